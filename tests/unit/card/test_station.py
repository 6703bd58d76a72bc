"""A station's card: cut off at every moment, it is let in once and with one token."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appliance import station_code
from appliance.card import settings, station
from appliance.card.example import STATION as STATION_EXAMPLE
from appliance.card.lobby import Lobby, Station, load
from appliance.card.start import Start, accepted
from appliance.card.station import Main, NotLetInError, NotYetError
from appliance.notices import CARD, remaining
from appliance.peripherals import config as devices
from tests.support.tls import make_certificate

from .card import Card, Cut
from .test_lobby_file import FULL, SHOP, sentences

SECRET = "abcdefgh234567xy"
KIOSK = "appliance-kiosk.service"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_certificate(tmp_path_factory.mktemp("main"))[1].read_text()


def code_for(certificate: str, secret: str = SECRET) -> str:
    return str(station_code.StationCode(secret, station_code.fingerprint(certificate)))


def file(code: str) -> str:
    return f"""\
role: station
server: lobby.local
code: {code}
hostname: annex
language: fil
rooms:
  - number: 7
    button_pin: 17
    lamp_pin: 27
printers:
  - name: back
    roles: ticket
    connection: usb:/dev/usb/lp0
"""


class House(Main):
    """The main machine: lets in by a code once, and again with the token that it has kept."""

    def __init__(self, certificate: str, secret: str = SECRET) -> None:
        super().__init__("lobby.local")
        self.shown = certificate
        self.secret = secret
        self.token: str | None = None
        self.asked = 0
        self.lose_answer = False

    def certificate(self) -> str:
        return self.shown

    def let_in(self, certificate: str, code: str, token: str) -> None:
        assert certificate == self.shown
        self.asked += 1
        if code != self.secret or self.token not in {None, token}:
            raise NotLetInError("This station code has been used already.")
        self.token = token
        if self.lose_answer:
            self.lose_answer = False
            raise Cut("the answer")


def start(card: Card, house: House) -> list[float]:
    Start(card, lambda _: None).run(keep_trying=False)
    found = accepted(card)
    assert isinstance(found, Station)
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            raise Cut("nobody waits for ever")

    station.keep_asking(card, found, house, wait)
    return waited


def test_a_first_start_is_let_in_and_runs_the_daemon_alone(
    tmp_path: Path, certificate: str
) -> None:
    card, house = Card(tmp_path, file(code_for(certificate))), House(certificate)
    start(card, house)
    assert card.read(station.TOKEN) == house.token
    assert card.path(station.TOKEN).stat().st_mode & 0o777 == 0o600
    assert card.read(settings.MAIN) == certificate
    assert card.accounts == {}
    assert card.read("/etc/appliance/lobby.env") is None
    assert not any(KIOSK in command and "start" in command for command in card.commands)
    assert ("systemctl", "--no-block", "restart", station.DAEMON) in card.commands
    for unit in station.OF_THE_LOBBY:
        said = str(card.read(f"/etc/systemd/system/{unit}.d/station.conf"))
        assert f"ConditionPathExists=!{station.MARK}" in said
    config = devices.load(card.path(settings.DEVICES))
    assert (config.server.url, config.server.ca_file) == (
        "https://lobby.local",
        Path(settings.MAIN),
    )
    assert [room.number for room in config.rooms] == ["7"]
    told = card.files()
    start(card, house)
    assert (house.asked, card.files()) == (1, told), "a second start asks nobody"


def test_cut_off_at_any_moment_it_goes_on_at_the_next_start(
    tmp_path: Path, certificate: str
) -> None:
    whole = Card(tmp_path / "whole", file(code_for(certificate)))
    start(whole, House(certificate))
    assert len(whole.points) > 50
    random = {station.TOKEN[1:], "etc/ssh/ssh_host_ed25519_key"}
    wanted = {name: found for name, found in whole.files().items() if name not in random}
    for moment, point in enumerate(whole.points):
        card = Card(tmp_path / str(moment), file(code_for(certificate)))
        house = House(certificate)
        card.cut_at = moment
        with pytest.raises(Cut):
            start(card, house)
        card.cut_at = -1
        start(card, house)
        found = {name: said for name, said in card.files().items() if name not in random}
        assert found == wanted, point
        assert card.read(station.TOKEN) == house.token, point


def test_an_answer_that_the_power_took_is_asked_for_again(tmp_path: Path, certificate: str) -> None:
    card, house = Card(tmp_path, file(code_for(certificate))), House(certificate)
    house.lose_answer = True
    with pytest.raises(Cut):
        start(card, house)
    assert card.read(station.ENROLLED) is None
    start(card, house)
    assert (house.asked, card.read(station.TOKEN)) == (2, house.token)


def test_nothing_secret_is_said_to_a_machine_with_another_certificate(
    tmp_path: Path, certificate: str
) -> None:
    other = make_certificate(tmp_path)[1].read_text()
    card, stranger = Card(tmp_path / "card", file(code_for(certificate))), House(other)
    with pytest.raises(Cut):
        start(card, stranger)
    assert stranger.asked == 0
    [told] = remaining([card.path(CARD)])
    assert "shows another certificate" in told.english()[1]
    assert SECRET not in str(told)
    stranger.shown = "<html>Log in to the hotel's network</html>"
    with pytest.raises(NotYetError, match="no certificate"):
        station.enrol(card, _station(card).code, stranger)
    house = House(certificate)
    start(card, house)
    assert house.asked == 1


def _station(card: Card) -> Station:
    found = accepted(card)
    assert isinstance(found, Station)
    return found


def test_a_refusal_is_told_and_another_code_brings_another_token(
    tmp_path: Path, certificate: str
) -> None:
    card, house = Card(tmp_path, file(code_for(certificate))), House(certificate)
    house.token = "somebody else's"
    with pytest.raises(NotLetInError):
        start(card, house)
    [told] = remaining([card.path(CARD)])
    assert told.english()[0] == "The main machine did not accept this station."
    assert "used already" in told.english()[1]
    assert "new code" in told.english()[2]
    first = str(card.read(station.OFFERED))
    again = "yyyyyyyy22222222"
    card.path("/boot/firmware/lobby.yaml").write_text(file(code_for(certificate, again)))
    house.secret, house.token = again, None
    start(card, house)
    assert house.token
    assert house.token not in first
    assert remaining([card.path(CARD)]) == []


def test_a_station_can_be_a_lobby_again(tmp_path: Path, certificate: str) -> None:
    card, never = Card(tmp_path / "card", FULL), Card(tmp_path / "never", FULL)
    for each in (card, never):
        Start(each, lambda _: None).run(keep_trying=False)
    tokens = dict(card.devices)
    card.path("/boot/firmware/lobby.yaml").write_text(file(code_for(certificate)))
    start(card, House(certificate))
    card.path("/boot/firmware/lobby.yaml").write_text(FULL)
    card.commands.clear()
    Start(card, lambda _: None).run(keep_trying=False)
    assert card.devices == tokens, "its own daemon is let in as before"
    assert card.read(station.MARK) is None
    assert not list(card.root.rglob("station.conf"))
    assert ("systemctl", "start", "mariadb.service") in card.commands
    assert ("systemctl", "--no-block", "start", KIOSK) in card.commands
    assert card.read(settings.DEVICES) == never.read(settings.DEVICES)


def test_everything_that_a_stations_file_can_say(certificate: str) -> None:
    found = load(file(code_for(certificate).upper()).encode())
    assert isinstance(found, Station)
    assert (found.server, str(found.code)) == ("lobby.local", code_for(certificate))
    assert (found.hostname, found.language) == ("annex", "fil")
    assert isinstance(load(SHOP.encode()), Lobby)


def test_the_example_can_be_used_with_everything_filled_in() -> None:
    text = STATION_EXAMPLE.read_text()
    found = load(text.encode())
    assert isinstance(found, Station)
    assert (found.server, found.hostname) == ("lobby.local", "station")
    text = re.sub(r"(?m)^( *)# (?=[a-z_ -]*[a-z_]+:( |$))", r"\1", text)
    found = load(text.replace("$6$…", "$6$salt$0123456789abcdefghij").encode())
    assert found.wifi
    assert found.technician
    assert found.printers[0]["profile"] == "TM-T20II"


CODE = "abcd-efgh-2345-67xy-abcd-efgh-2345-67xy"
STATION = file(CODE)
WRONG = {
    "role": (STATION.replace("role: station", "role: annex"), "Line 1: `role` is 'annex'. Write station"),
    "shop": (STATION + SHOP, "Line 14: `shop` belongs on the main machine's card. Take it out here."),
    "currency": (STATION + "currency: PHP\n", "Line 14: `currency` belongs on the main machine's card."),
    "time zone": (STATION + "time_zone: Asia/Manila\n", "Line 14: `time_zone` belongs on the main machine's"),
    "unknown": (STATION + "serve: a\n", "Line 14: `serve` is not known in a station's file. Did you mean `server`?"),
    "no server": (STATION.replace("server: lobby.local\n", ""), "`server` is missing in a station's file."),
    "no code": (STATION.replace(f"code: {CODE}\n", ""), "`code` is missing in a station's file."),
    "empty code": (STATION.replace(CODE, ""), "`server` and `code` are both needed."),
    "address": (STATION.replace("lobby.local", "https://lobby.local/"), "Line 2: `server` is 'https://lobby.local/'. Write the name"),
    "short code": (STATION.replace(CODE, "abcd-efgh"), "Line 3: `code` is no code of a station."),
    "a digit that no code has": (STATION.replace("2345", "0189"), "Line 3: `code` is no code of a station."),
    "language": (STATION.replace("fil", "no"), "Line 5: `language` is 'no', which the screens do not speak"),
    "room without pins": (
        STATION.replace("    button_pin: 17\n    lamp_pin: 27\n", ""),
        "The room has neither a button nor a lamp.",
    ),
    "half a room": (STATION.replace("    button_pin: 17\n", ""), "but no `button_pin`"),
    "nothing on it": (STATION.partition("rooms:")[0], "There is neither a printer nor a room."),
    "a lobby with a server": (SHOP + "server: lobby.local\n", "Line 5: `server` belongs on a station's card."),
    "a lobby with a code": (SHOP + f"code: {CODE}\n", "Line 5: `code` belongs on a station's card."),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_a_sentence(content: str, told: str) -> None:
    found = sentences(content)
    assert any(told in sentence for sentence in found), found
    assert not any(CODE in sentence for sentence in found)


def test_a_main_machine_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    card = Card(tmp_path, STATION)
    Start(card, lambda _: None).run(keep_trying=False)
    # Ports that nobody listens on.
    with pytest.raises(NotYetError, match="does not answer"):
        station.enrol(card, _station(card).code, Main("127.0.0.1", 9, 9))
