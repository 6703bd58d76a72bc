"""Ways to a printer: one contract, an implementation for each kind of connection."""
