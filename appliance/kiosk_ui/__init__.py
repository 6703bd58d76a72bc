"""What customers see: the kiosk, the lobby board, the phone ticket page and a screen's enrolment.

Templates and static files only. The server renders and serves them (`static/` as
`/static/kiosk/`); the pages meet it over the wire and share no Python with it.
"""
