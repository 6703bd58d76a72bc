"""What the program that makes photos small says by its exit status.

Apart from the program, so that the server, which starts it, does not load its decoders.
"""

from __future__ import annotations

from typing import Final

NO_PICTURE: Final = 3
TOO_LARGE: Final = 4
