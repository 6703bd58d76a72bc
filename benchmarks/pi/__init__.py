"""The product on a machine that is made as slow as a Raspberry Pi 4 (`python -m benchmarks --pi`).

`shares` limits what a process gets of the CPU, `flushes` makes the card slow, `lab` starts MariaDB,
server and daemon that way, `finger` presses buttons, `measured` has the figures.
"""
