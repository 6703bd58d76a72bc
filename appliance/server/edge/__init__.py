"""What stands between the network and the product: paces, sizes, queues, frames.

It knows none of the product's events and imports nothing of the server but the errors of its
domain. What it needs from further inside, it is given (`given.py`).
"""
