"""HTTP: one blueprint per audience."""
