"""The devices' daemon: printers, lamps and call buttons, in plain threads.

It meets the server only over the wire (namespace `/peripherals`) and shares nothing with it but
the names in `appliance.protocol`.
"""
