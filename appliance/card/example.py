"""The commented files that the image has on its boot partition."""

from __future__ import annotations

from pathlib import Path
from typing import Final

EXAMPLE: Final = Path(__file__).with_name("lobby.example.yaml")
STATION: Final = Path(__file__).with_name("station.example.yaml")
