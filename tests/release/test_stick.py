"""A release on a USB stick: taken when this site has signed it, else refused with a reason."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance.notices import Notice, read
from appliance.release import stick
from appliance.release.layout import Layout
from appliance.release.stick import Stick
from appliance.translations import LANGUAGES
from tools import release


class Shop:
    """A machine with release 1.9.0, and the technician's folder of keys.

    Args:
        folder: Where both are.
    """

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.site.mkdir(mode=0o700)
        self.stick = folder / "stick"
        self.stick.mkdir()
        self.settings = folder / "etc"
        self.settings.mkdir()
        self.layout = Layout(folder / "opt")
        self.layout.path("1.9.0").mkdir(parents=True)
        self.layout.point_to("1.9.0")
        self.notices = folder / "run/notice.json"
        self.installed: list[str] = []
        self.problem: str | None = None

    def put(self, version: str = "1.10.0", name: str | None = None) -> Path:
        """Put a signed release on the stick, as `make release` leaves it in `dist/`."""
        file = self.stick / (name or f"appliance-{version}.tar")
        with tarfile.open(file, "w") as tar:
            for member, content in (
                ("manifest.json", json.dumps({"version": version}).encode()),
                ("appliance-release", b"its own program"),
            ):
                info = tarfile.TarInfo(member)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
        release.sign(file, self.site)
        (self.settings / stick.KEY).write_bytes((self.site / stick.KEY).read_bytes())
        return file

    def put_in(self) -> bool:
        """Put the stick into the machine."""
        return Stick(self.layout, self.settings, self.notices, self._install).take(self.stick)

    def _install(self, program: Path, file: Path, sha256: str) -> str | None:
        assert program.read_bytes() == b"its own program"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == sha256
        assert self.stick not in file.parents, "not from the stick, which may answer otherwise"
        notice = read(self.notices)
        assert notice
        assert not notice.remains, "screens say that it is being installed"
        self.installed.append(file.name)
        return self.problem

    def told(self) -> list[str]:
        """What people are told."""
        return self.notice().english()

    def notice(self) -> Notice:
        found = read(self.notices)
        assert found
        return found


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_signed_release_is_installed(shop: Shop) -> None:
    shop.put()
    assert shop.put_in()
    assert shop.installed == ["appliance-1.10.0.tar"]
    assert shop.told()[0] == "Release 1.10.0 has been installed from the USB stick."
    assert shop.notice().good
    assert not (shop.layout.folder / "incoming-stick").exists()
    assert shop.site.joinpath(release.SIGNING_KEY).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("file", [None, "holiday.jpg", "appliance.tar.gz", "old/appliance-2.0.tar"])
def test_any_other_stick_is_nobodys_business(shop: Shop, file: str | None) -> None:
    if file:
        (shop.stick / file).parent.mkdir(exist_ok=True)
        (shop.stick / file).write_bytes(b"x")
    assert not shop.put_in()
    assert not shop.notices.exists()


def _changed(shop: Shop, file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[700] ^= 1
    file.write_bytes(content)


def _of_another_site(shop: Shop, file: Path) -> None:
    other = shop.site.with_name("other")
    other.mkdir()
    release.sign(file, other)


def _signature_of_another(shop: Shop, file: Path) -> None:
    other = shop.put("1.11.0")
    signature = other.with_name(other.name + ".sig")
    signature.rename(file.with_name(file.name + ".sig"))
    other.unlink()


def _no_signature(_shop: Shop, file: Path) -> None:
    file.with_name(file.name + ".sig").unlink()


def _empty_signature(_shop: Shop, file: Path) -> None:
    file.with_name(file.name + ".sig").write_bytes(b"")


def _huge_signature(_shop: Shop, file: Path) -> None:
    file.with_name(file.name + ".sig").write_bytes(b"x" * 5000)


def _link(_shop: Shop, file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/shadow")


def _pipe(_shop: Shop, file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _two(shop: Shop, _file: Path) -> None:
    shop.put("1.11.0")


def _no_key(shop: Shop, _file: Path) -> None:
    (shop.settings / stick.KEY).unlink()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_changed, "Its signature is not this shop's"),
        (_of_another_site, "Its signature is not this shop's"),
        (_signature_of_another, "Its signature is not this shop's"),
        (_no_signature, "Copy appliance-1.10.0.tar.sig onto the stick"),
        (_empty_signature, "The stick cannot be read: appliance-1.10.0.tar.sig"),
        (_huge_signature, "The stick cannot be read: appliance-1.10.0.tar.sig"),
        (_link, "The stick cannot be read"),
        (_pipe, "The stick cannot be read: appliance-1.10.0.tar"),
        (_two, "There are several on it"),
        (_no_key, "does not have this shop's key"),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_reason(
    shop: Shop, spoil: Callable[[Shop, Path], None], why: str
) -> None:
    spoil(shop, shop.put())
    assert not shop.put_in()
    assert shop.installed == []
    first, reason = shop.told()
    assert first == "The release on the USB stick was not installed."
    assert why in reason
    assert shop.notice().remains
    assert not shop.notice().good
    assert not (shop.layout.folder / "incoming-stick").exists()


def test_nothing_is_looked_into_before_its_signature_was_right(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shop.put()
    _changed(shop, file)
    opened: list[object] = []
    monkeypatch.setattr(tarfile, "open", lambda *args, **_: opened.append(args))
    shop.put_in()
    assert opened == []


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.9.0", "Release 1.9.0 on the USB stick is in use already."),
        ("1.8.9", "Release 1.8.9 is older than release 1.9.0, which is in use."),
    ],
)
def test_what_is_not_newer_is_left_alone(shop: Shop, version: str, told: str) -> None:
    shop.put(version)
    assert not shop.put_in()
    assert shop.installed == []
    assert told in shop.told()


def test_an_upgrade_that_goes_back_says_why(shop: Shop) -> None:
    shop.put()
    shop.problem = "release 1.10.0 is not healthy: 503"
    assert not shop.put_in()
    assert shop.told()[1] == "Release 1.9.0 is still in use: release 1.10.0 is not healthy: 503"


def test_a_full_card_is_said_before_anything_is_copied(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.put()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    assert not shop.put_in()
    assert shop.told()[1] == "There is not enough space on the card."


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_told_in_the_shops_language(shop: Shop, language: str) -> None:
    (shop.settings / "server.env").write_text("APPLIANCE_LANGUAGE=en\n")
    (shop.settings / "lobby.env").write_text(f'APPLIANCE_LANGUAGE="{language}"\n')
    shop.put("1.8.0")
    shop.put_in()
    assert {spoken for _, spoken in shop.notice().spoken()} == {language}
