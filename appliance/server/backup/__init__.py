"""Backups: one file that says what it holds, rehearsed before anybody relies on it."""

from .archive import BackupError, Damaged, Manifest, NotOurs, Unreadable
from .keeping import Backups
from .mariadb import Account

__all__ = ["Account", "BackupError", "Backups", "Damaged", "Manifest", "NotOurs", "Unreadable"]
