"""Backups: one file that says what it holds, rehearsed before anybody relies on it."""

from .archive import BackupError, Damaged, Manifest
from .keeping import Backups

__all__ = ["BackupError", "Backups", "Damaged", "Manifest"]
