"""The shop's rules, pure: no framework, no database, no clock of its own."""
