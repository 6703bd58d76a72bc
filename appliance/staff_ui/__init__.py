"""What staff see: log-in, therapist, cashier and manager pages.

Templates and static files only. The server renders and serves them; the pages meet it over the
wire and share no Python with it.
"""
