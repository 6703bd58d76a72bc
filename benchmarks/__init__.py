"""What `make bench` runs; `README.md` says how to read it."""
