"""What runs on a flashed card: its first start, and each later one, from `lobby.yaml`.

The image holds everything but what must differ from card to card. At each start, before the server,
one program makes what is missing and takes what `lobby.yaml` says. Every step may be cut off at any
moment: what is there is whole, and what is not is made at the next start.
"""
