"""Alembic's migrations. Each runs on MariaDB and on SQLite."""
