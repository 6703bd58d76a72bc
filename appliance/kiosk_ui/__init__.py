"""What customers see: the kiosk, the lobby board, the phone ticket page and a screen's enrolment.

Templates, scripts and styles only, bundled by `tools/bundle`; the pages meet the server over the
wire and share no Python with it.
"""
