"""What staff see: log-in, therapist, cashier and manager pages.

Templates, scripts and styles only, bundled by `tools/bundle`; the pages meet the server over the
wire and share no Python with it.
"""
