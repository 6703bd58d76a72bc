"""The till on a real MariaDB."""
