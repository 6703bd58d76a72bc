"""What every page shares: the page shell, design tokens, controls and the browser-side clients.

Templates and static files only. The server renders `templates/base.html` and serves `static/` as
`/static/common/`; the pages meet the server over the wire and share no Python with it. The
libraries in `static/vendor/` are put there by `make`.
"""
