"""Treatment rooms: one illuminated call button each."""
