"""Closed years in files of their own, which can be proved and read without the appliance."""

from .keeping import Archives, NotClosed, YearManifest
from .lines import Line
from .reading import Asked

__all__ = ["Archives", "Asked", "Line", "NotClosed", "YearManifest"]
