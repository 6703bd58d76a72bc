"""The server: the only process with a database connection."""
