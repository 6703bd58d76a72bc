"""Duty as programs see it."""

from __future__ import annotations

from tests.support.lobby import Lobby


def test_a_duty_over_the_wire(module_lobby: Lobby) -> None:
    lobby = module_lobby
    ana = lobby.person("ana")
    boss = lobby.http(lobby.token("gloria"))

    def listed() -> tuple[bool, str]:
        staff = boss.get("/api/manager/staff").json()["staff"]
        return next((one["on_duty"], one["duty"]) for one in staff if one["username"] == "ana")

    answers = [
        ana.ask(event, "duty_result")
        for event in ("duty_in", "duty_break", "duty_back", "duty_out", "duty_out", "duty_in")
    ]
    assert all(answer["ok"] and answer["since"] for answer in answers)
    assert [answer["state"] for answer in answers] == ["in", "break", "in", "out", "out", "in"]
    assert listed() == (True, "in")
    ana.ask("duty_break", "duty_result")
    assert listed() == (True, "break")
    refused = ana.ask("therapist_confirm_next", "therapist_confirm_result")
    assert (refused["ok"], refused["code"]) == (False, "invalid_state")
    ana.ask("duty_out", "duty_result")
    assert listed() == (False, "out")
    assert ana.ask("duty_break", "duty_result")["code"] == "invalid_state"
    for who in (lobby.person("eva"), lobby.device("door")):
        assert who.ask("duty_in", "duty_result")["code"] == "forbidden"
    assert lobby.connect().ask("duty_in", "duty_result")["code"] == "authentication_required"
