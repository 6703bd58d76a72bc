"""What goes out over sockets, as text."""

from __future__ import annotations

import json

import pytest

from appliance.server.edge import json_limit


def test_it_is_compact_and_holds_letters_as_they_are() -> None:
    said = {"ok": True, "name": "Zoë 顧客", "price": 80.5, "items": [1, None]}
    assert json_limit.dumps(said) == '{"ok":true,"name":"Zoë 顧客","price":80.5,"items":[1,null]}'


@pytest.mark.parametrize("half", ["\ud83e", "a\udc00b"])
def test_half_a_letter_that_a_client_has_sent_is_told_back(half: str) -> None:
    assert json.loads(json_limit.dumps({"error": half})) == {"error": half}


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        json_limit.dumps({"what": object()})
