"""Printers, lamps and call buttons without hardware, for the demo, for training and for tests.

A simulated printer is a byte stream like a real one: it takes ESC/POS, answers real-time status
requests and can run out of paper. Lamps and buttons are the pins of gpiozero's mock factory, so the
daemon above them is the very program that runs on the appliance.
"""
