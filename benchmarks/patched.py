"""Importing this replaces the standard library's blocking parts by gevent's.

It comes before anything that imports ssl or sockets.
"""

from gevent import monkey

monkey.patch_all()
