"""`make pictures`: every page in every state, language and size, for people to look at.

`python -m tools.pictures --help` says how to ask for some of them. The pictures, contact sheets of
them and a list of what looks suspicious are written to `var/pictures/index.html`.
"""
