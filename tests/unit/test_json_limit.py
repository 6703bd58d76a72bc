"""What goes out over sockets and HTTP, as text."""

from __future__ import annotations

import json

import pytest
from flask import Flask, jsonify

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


def test_an_answer_over_http_is_the_same_text() -> None:
    app = Flask("test")
    app.json = json_limit.Answers(app)
    said = {"b": "Zoë", "a": [1, None]}
    with app.test_request_context():
        assert jsonify(said).get_data(as_text=True).rstrip() == json_limit.dumps(said)
