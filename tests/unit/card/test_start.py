"""The start of a flashed card: cut off at every moment, it ends as if it had not been."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509

from appliance.card import authority, database, secrets_made, settings
from appliance.card.machine import CommandFailed
from appliance.card.screen import AS_BEFORE, LATIN, NOT_YET, WRONG
from appliance.card.secrets_made import FOLDER, SECRETS
from appliance.card.start import BOOT, JOURNAL, MISTAKES, Start
from appliance.card.text import Mistaken
from appliance.notices import CARD, read, remaining
from appliance.peripherals import config as devices
from appliance.release.host import _settings
from appliance.server.config import Settings
from appliance.site_authority import authority as site
from appliance.site_authority.authority import may_vouch_for
from appliance.translations import LANGUAGES, translations
from tests.unit.test_site_authority import phone_takes, request

from .card import Card, Cut
from .test_lobby_file import FULL, SHOP, lobby_of
from .test_lobby_file import WRONG as WRONG_FILES

KIOSK = ("systemctl", "--no-block", "start", "appliance-kiosk.service")
SECRET = re.compile(
    r"^(etc/appliance/(secrets|authority|tls)/|etc/appliance/ca\.crt|etc/ssh/|usr/share/appliance/www/ca)"
)


def start(card: Card) -> list[float]:
    waited: list[float] = []
    Start(card, waited.append).run(keep_trying=False)
    return waited


def told(card: Card) -> list[str]:
    """What somebody has to know about the file, in English."""
    return [said for notice in remaining([card.path(CARD)]) for said in notice.english()]


def kept(card: Card) -> dict[str, str]:
    """What must never be another once it is there."""
    names = [*(f"{FOLDER}/{name}" for name in SECRETS), f"{authority.AUTHORITY}/ca.key"]
    return {name: found for name in names if (found := card.read(name)) is not None}


def test_a_first_start_makes_everything_that_a_card_must_have(tmp_path: Path) -> None:
    card = Card(tmp_path, FULL)
    start(card)
    assert card.file_system == 61_000_000
    assert set(card.devices) == {"kiosk", "peripherals"}
    assert card.rooms == ["0101", "yes"]
    assert (tmp_path / "etc/localtime").readlink() == Path("/usr/share/zoneinfo/Asia/Manila")
    assert card.read("/etc/hostname") == "serenity\n"
    assert "127.0.1.1 serenity" in str(card.read("/etc/hosts"))
    assert "host-name=serenity" in str(card.read("/etc/avahi/avahi-daemon.conf"))
    page = str(card.read("/usr/share/appliance/www/trust.html"))
    assert "<h1>Serenity: spa &amp; more: make this phone" in page
    assert page.count("https://serenity.local/") == 2
    assert 'psk="#12345 67"' in str(card.read("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"))
    assert card.read("/home/technician/.ssh/authorized_keys")
    for name in (*SECRETS, "../authority/ca.key", "../tls/server.key"):
        assert card.path(f"{FOLDER}/{name}").stat().st_mode & 0o777 == 0o600
    assert card.read(MISTAKES) is None
    assert "Setting up the database" in card.screen() or "Ginagawa" in card.screen()


def test_a_second_start_changes_nothing_and_asks_little(tmp_path: Path) -> None:
    card = Card(tmp_path, FULL)
    start(card)
    before = card.files()
    card.commands.clear()
    assert start(card) == []
    assert card.files() == before
    asked = {command[0] for command in card.commands}
    assert asked.isdisjoint(
        {"mariadb", "sfdisk", "resize2fs", "/opt/appliance/bin/appliance-release"}
    )


def test_cut_off_at_any_moment_it_goes_on_at_the_next_start(tmp_path: Path) -> None:
    whole = Card(tmp_path / "whole", FULL)
    start(whole)
    wanted = {name: found for name, found in whole.files().items() if not SECRET.match(name)}
    secret = {name: mode for name, (mode, _) in whole.files().items() if SECRET.match(name)}
    assert len(whole.points) > 100
    for moment in range(len(whole.points)):
        card = Card(tmp_path / str(moment), FULL)
        card.cut_at = moment
        with pytest.raises(Cut):
            start(card)
        had = kept(card)
        card.cut_at = -1
        start(card)
        found = card.files()
        point = whole.points[moment]
        assert {n: f for n, f in found.items() if not SECRET.match(n)} == wanted, point
        assert {n: mode for n, (mode, _) in found.items() if SECRET.match(n)} == secret, point
        assert all(kept(card)[name] == content for name, content in had.items()), point
        assert set(card.devices) == {"kiosk", "peripherals"}, point
        assert (card.rooms, card.file_system) == (whole.rooms, whole.file_system), point
        for name, (_, token) in card.devices.items():
            assert token.strip() == card.read(f"{FOLDER}/{name}.token"), point
        for account, name in (
            ("appliance", "mysql_password"),
            ("appliance_server", "mysql_server_password"),
            ("appliance_rehearsal", "mysql_rehearsal_password"),
        ):
            assert card.accounts[account] == card.read(f"{FOLDER}/{name}"), point
        assert str(card.read(f"{authority.TLS}/server.crt")).endswith(
            str(card.read(f"{authority.TLS}/server.key"))
        ), point


def test_nothing_secret_is_the_same_on_two_cards(tmp_path: Path) -> None:
    one, two = Card(tmp_path / "one", FULL), Card(tmp_path / "two", FULL)
    start(one)
    start(two)
    secret = [name for name in one.files() if SECRET.match(name) and not name.endswith("names")]
    assert len(secret) > len(SECRETS) + 6
    for name in secret:
        assert one.files()[name][1] != two.files()[name][1], name


def test_no_secret_is_on_a_command_line_in_the_journal_or_on_the_screen(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = Card(tmp_path, FULL)
    caplog.set_level("DEBUG")
    start(card)
    said = "\n".join(
        [
            *(" ".join(command) for command in card.commands),
            caplog.text,
            str(card.read(JOURNAL)),
            card.screen(),
        ]
    )
    for name, content in kept(card).items():
        assert content.strip() not in said, name
    assert "$6$" not in said
    assert "#12345 67" not in said


def test_a_wrong_file_at_the_first_start_is_told_and_waited_for(tmp_path: Path) -> None:
    card = Card(tmp_path, SHOP.replace("PHP", "pesos"))
    with pytest.raises(Mistaken):
        start(card)
    assert "Line 4: `currency` is 'pesos'" in card.screen()
    assert "Switch off, correct the file" in card.screen()
    assert [one for one in told(card) if "Line 4: `currency` is 'pesos'" in one]
    assert card.read(settings.SERVER) is None
    assert card.devices == {}

    def corrected(_: float) -> None:
        assert card.commands == [KIOSK], "the browser says it too, and nothing else has begun"
        assert card.read(f"{FOLDER}/kiosk.token")
        card.path(BOOT).write_text(SHOP)

    Start(card, corrected).run()
    assert card.read(MISTAKES) is None
    assert told(card) == []
    assert set(card.devices) == {"kiosk", "peripherals"}


def test_a_wrong_file_later_keeps_what_was_set_and_says_so(tmp_path: Path) -> None:
    card = Card(tmp_path, FULL)
    start(card)
    before = {name: found for name, found in card.files().items() if name != BOOT[1:]}
    for wrong in (FULL.replace("PHP", "pesos"), ""):
        card.path(BOOT).write_text(wrong)
        assert start(card) == [], "nobody waits for somebody who reads"
        assert told(card)[0] == WRONG
        assert told(card)[-1] == AS_BEFORE
        after = card.files()
        assert json.loads(after.pop(MISTAKES[1:])[1])
        assert {name: found for name, found in after.items() if name != BOOT[1:]} == before
    assert "The file is empty." in card.screen()
    card.path(BOOT).write_text(FULL)
    assert start(card) == []
    assert card.read(MISTAKES) is None
    assert told(card) == []


@pytest.mark.parametrize(("content", "sentence"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_every_mistake_is_on_the_screen_and_what_was_set_before_stays(
    tmp_path: Path, content: bytes | str, sentence: str
) -> None:
    wrong = content if isinstance(content, bytes) else content.encode()
    card = Card(tmp_path / "later", FULL)
    start(card)
    before = {name: found for name, found in card.files().items() if name != BOOT[1:]}
    card.commands.clear()
    card.path(BOOT).write_bytes(wrong)
    start(card)
    # What the browser shows, and the console where no browser is.
    assert [one for one in told(card) if sentence in one]
    assert told(card)[-1] == AS_BEFORE
    assert sentence in card.screen()
    card.path(BOOT).write_text(FULL)
    after = card.files()
    assert [one for one in json.loads(after.pop(MISTAKES[1:])[1]) if sentence in one]
    assert {name: found for name, found in after.items() if name != BOOT[1:]} == before

    fresh = Card(tmp_path / "first", FULL)
    fresh.path(BOOT).write_bytes(wrong)
    with pytest.raises(Mistaken):
        start(fresh)
    assert [one for one in told(fresh) if sentence in one]
    assert told(fresh)[-1] == NOT_YET
    assert sentence in fresh.screen()
    assert fresh.commands == []
    assert fresh.read(settings.SERVER) is None, "nothing is a guess"


def test_a_boot_partition_without_a_file_and_a_damaged_one_are_two_things(tmp_path: Path) -> None:
    card = Card(tmp_path, FULL)
    start(card)
    file, kernel = card.path(BOOT), card.path(BOOT).with_name("vmlinuz")
    file.unlink()
    for prepare, sentence in (
        (kernel.touch, "There is no file lobby.yaml"),
        # Not mounted: where it would be is nothing.
        (kernel.unlink, "first partition, LOBBYBOOT, cannot be read"),
        (file.parent.rmdir, "first partition, LOBBYBOOT, cannot be read"),
        # What is left of a directory that was damaged.
        (lambda: file.mkdir(parents=True), "lobby.yaml cannot be read (Is a directory)"),
    ):
        prepare()
        start(card)
        assert sentence in told(card)[1]
        assert told(card)[-1] == AS_BEFORE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mistake_is_told_in_the_shops_language(tmp_path: Path, language: str) -> None:
    wrong = SHOP.replace("PHP", f"pesos\n  language: {language}")
    card = Card(tmp_path, wrong)
    with pytest.raises(Mistaken):
        start(card)
    notice = read(card.path(CARD))
    assert notice
    assert notice.language == language
    words = translations(language)
    first, mistake, then = notice.spoken()
    assert first == (words.gettext(WRONG), language)
    assert mistake[1] == "en"
    assert then == (words.gettext(NOT_YET), language)
    on_console = words.gettext(WRONG) if language in LATIN else WRONG
    assert on_console in card.screen()


def test_how_far_a_start_has_come_is_told_and_gone_at_its_end(tmp_path: Path) -> None:
    card = Card(tmp_path, FULL)
    card.cut_at = 80
    with pytest.raises(Cut):
        start(card)
    notice = read(card.path(CARD))
    assert notice
    assert len(notice.sentences) > 3
    assert remaining([card.path(CARD)]) == [], "it is nothing that anybody has to know later"
    card.cut_at = -1
    start(card)
    assert read(card.path(CARD)) is None
    assert card.commands[-1] == KIOSK


def test_a_file_edited_later_is_taken(tmp_path: Path) -> None:
    card = Card(tmp_path, FULL, real=True)
    start(card)
    phones = card.read(authority.TRUSTED)
    card.path(BOOT).write_text(SHOP + "hostname: spa\nrooms:\n  - number: 7\n")
    start(card)
    assert card.rooms == ["0101", "yes", "7"], "a room goes only when somebody removes it"
    assert card.read("/etc/hostname") == "spa\n"
    assert card.read(authority.TRUSTED) == phones, "no phone has to trust again"
    assert card.read("/etc/wpa_supplicant/wpa_supplicant-wlan0.conf") is None
    assert card.read("/home/technician/.ssh/authorized_keys") is None
    assert ("usermod", "--lock", "technician") in card.commands
    _is_trusted(card)


def test_what_does_not_work_is_told_and_tried_again(tmp_path: Path) -> None:
    card = Card(tmp_path, SHOP)
    down = iter([True, True, False])
    answer = card._answer

    def with_a_slow_database(command, given):
        if command[0] == "mariadb" and next(down, False):
            raise CommandFailed("mariadb --batch: exit status 1")
        return answer(command, given)

    card._answer = with_a_slow_database  # type: ignore[method-assign]
    waited: list[float] = []
    Start(card, waited.append).run()
    assert waited == [5.0, 5.0]
    assert set(card.devices) == {"kiosk", "peripherals"}


@pytest.mark.parametrize("root", ["/dev/loop0", "overlay", "/dev/mapper/vg-root"])
def test_a_root_that_is_no_partition_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    card = Card(tmp_path, SHOP)
    answer = card._answer
    monkeypatch.setattr(
        card,
        "_answer",
        lambda command, given: f"{root}\n" if command[0] == "findmnt" else answer(command, given),
    )
    start(card)
    assert not [command for command in card.commands if command[0] in {"sfdisk", "resize2fs"}]


def test_a_card_that_does_not_grow_is_a_lobby_and_is_grown_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Card(tmp_path, SHOP)
    answer = card._answer

    def refuse(command: Sequence[str], given: str) -> str:
        if command[0] == "resize2fs":
            raise CommandFailed("resize2fs: Permission denied")
        return answer(command, given)

    with monkeypatch.context() as refused:
        refused.setattr(card, "_answer", refuse)
        start(card)
    assert card.schema
    assert card.file_system == 6_000_000
    start(card)
    assert card.file_system > 60_000_000


def test_what_the_programs_read_is_what_the_file_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = (
        FULL.replace("Serenity: spa & more", "Se\\\"re`n$ity 'spa' #1")
        .replace('name: "', "name: '")
        .replace('#1"', "#1'")
        .replace("'spa'", "''spa''")
    )
    lobby = lobby_of(odd)
    card = Card(tmp_path, odd)
    start(card)
    for name, value in _settings(card.path(settings.SERVER)):
        monkeypatch.setenv(name, value)
    found = Settings.from_environment()
    assert found.shop.name == lobby.shop.name
    assert found.shop.details == lobby.shop.details
    assert (found.language, found.shop.currency) == ("fil", "PHP")
    assert found.shop.closes == lobby.shop.closing_time
    assert found.shop.public_url == "https://serenity.local"
    config = devices.load(card.path(settings.DEVICES))
    assert [printer.name for printer in config.printers] == ["lobby", "desk"]
    assert config.printers[0].cash_drawer
    assert [(room.number, room.button_pin, room.lamp_active_low) for room in config.rooms] == [
        ("0101", 17, True)
    ]


def test_its_authority_is_bounded_as_a_technicians(tmp_path: Path) -> None:
    card = Card(tmp_path, SHOP, real=True)
    start(card)
    ca = x509.load_pem_x509_certificate(str(card.read(authority.TRUSTED)).encode())
    assert may_vouch_for(ca, "lobby.local")
    assert may_vouch_for(ca, "192.168.1.9")
    assert may_vouch_for(ca, "fd00::9")
    assert not may_vouch_for(ca, "bank.example")
    assert not may_vouch_for(ca, "203.0.113.9")
    assert ca.subject.rfc4514_string() == "CN=Serenity (lobby appliance)"
    certificate = _is_trusted(card)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["lobby.local", "lobby"]
    good = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert 800 < good.days <= 825


def test_a_technicians_machine_goes_on_with_its_authority(tmp_path: Path) -> None:
    """What is kept of a dead card vouches for the machine in its place."""
    card = Card(tmp_path, SHOP, real=True)
    start(card)
    kept = card.path(authority.AUTHORITY)
    key, ca = site.authority(kept, "Another shop", ["lobby.local"])
    made = site.sign(request(), key, ca, ["lobby.local", "lobby", "192.168.1.9"], 820)
    assert phone_takes(kept, made, "lobby.local")
    assert phone_takes(kept, made, "192.168.1.9")


def test_its_accounts_are_those_of_a_provisioned_machine(tmp_path: Path) -> None:
    from jinja2 import Environment

    card = Card(tmp_path, SHOP)
    secrets_made.make(card)
    roles = Path(__file__).parents[3] / "provisioning/ansible/roles"
    jinja = Environment(autoescape=False)
    jinja.filters["b64decode"] = lambda text: text
    values = {
        "appliance_database": "appliance",
        "mariadb_server_user": "appliance_server",
        "mariadb_max_connections": 30,
        "backup_access_beside": r"appliance\_%",
        "backup_access_rehearsals": r"appliance\_rehearsal\_%",
        "mariadb_password": {"content": secrets_made.read(card, "mysql_password")},
        "mariadb_server_password": {"content": secrets_made.read(card, "mysql_server_password")},
        "backup_access_password": {"content": secrets_made.read(card, "mysql_rehearsal_password")},
    }
    templates = ("mariadb/templates/accounts.sql.j2", "backup_access/templates/rehearsal.sql.j2")
    rendered = "".join(
        jinja.from_string((roles / name).read_text()).render(values) + "\n" for name in templates
    )
    assert _statements(database.accounts(card)) == _statements(rendered)


def _statements(sql: str) -> list[str]:
    lines = (line for line in sql.splitlines() if not line.startswith("--"))
    return [" ".join(one.split()) for one in " ".join(lines).split(";") if one.strip()]


def _is_trusted(card: Card) -> x509.Certificate:
    """That a phone which trusts the authority trusts the server, whose key is the server's."""
    from cryptography.hazmat.primitives import serialization

    ca = x509.load_pem_x509_certificate(str(card.read(authority.TRUSTED)).encode())
    found = x509.load_pem_x509_certificate(str(card.read(f"{authority.TLS}/server.crt")).encode())
    found.verify_directly_issued_by(ca)
    key = serialization.load_pem_private_key(
        str(card.read(f"{authority.TLS}/server.key")).encode(), None
    )
    assert key.public_key() == found.public_key()
    return found
