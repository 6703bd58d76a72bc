"""Paper: what a print job says, how it looks, how it reaches a printer, and whether it did."""
