"""Every icon of the menu has a name for those who hear the page."""

from __future__ import annotations

import re
from pathlib import Path

import appliance.staff_ui
from appliance.server.domain.menu_icons import MENU_ICONS

_NAME = re.compile(r'^  "?([a-z0-9-]+)"?: N_\("([^"]+)"\),$', re.MULTILINE)


def test_every_icon_has_a_name_of_its_own() -> None:
    folder = Path(appliance.staff_ui.__file__).parent / "static"
    names = dict(_NAME.findall((folder / "manager" / "menu" / "icon_names.js").read_text()))
    assert list(names) == list(MENU_ICONS)
    assert len(set(names.values())) == len(names)
