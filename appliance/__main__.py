"""`python -m appliance`."""

from .cli import main

main()
