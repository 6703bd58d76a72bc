"""What every page shares: the page shell, design tokens, controls and the browser-side clients.

Templates, scripts and styles only; the pages meet the server over the wire and share no Python with
it. The server renders `templates/base.html`. `make` puts libraries into `static/vendor/` and makes
one script and one style sheet for each page in `bundles/` (`tools/bundle`), which is what browsers
load; scripts and styles name each other as `/static/common/…`.
"""
