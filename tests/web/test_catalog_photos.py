"""Photos and icons of the catalogue: what a manager may bring, who sees it, and the file."""

from __future__ import annotations

import io
import os
import re
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from PIL import Image

from appliance import photo
from appliance.server.clock import utc_now
from appliance.server.domain.states import SYSTEM
from appliance.server.store import catalog
from appliance.server.store.unit_of_work import Store
from appliance.server.usecases import manager
from appliance.server.usecases.manager import menu
from appliance.server.wire import catalog_file
from tests.support.clients import Http
from tests.support.lobby import Lobby
from tests.web.conftest import OpenLobby
from tests.web.test_manager_over_http import good, history, refused

PHOTOS = "/api/manager/photos"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>'
BOUND_MB = 320
"""What reading a photo may take; the server's unit ends at 512, and the server itself takes 90."""


@pytest.fixture
def lobby(open_lobby: OpenLobby) -> Lobby:
    """A server of the test's own: what it offers changes here."""
    return open_lobby(CURRENCY="USD")


@pytest.fixture
def gloria(lobby: Lobby) -> Http:
    return lobby.http(lobby.token("gloria"))


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **more: object) -> bytes:
    """A photo, as a phone or a program writes it."""
    made = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, "teal").save(made, kind, **more)
    return made.getvalue()


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes which is a square with sides of so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    row = b"\0" * (1 + side // 8)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def bring(gloria: Http, content: bytes) -> requests.Response:
    """Upload a file, as what its name says it is."""
    return gloria.post(PHOTOS, data=content, headers={"Content-Type": "image/png"})


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photo_is_kept_small_and_shown_to_everybody(lobby: Lobby, gloria: Http) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Lies on its side.
    exif[0x010F] = "A phone's maker"
    jpeg = picture(size=(4000, 3000), exif=exif, comment=b"who took it")
    for content in (jpeg, picture("PNG"), picture("WEBP")):
        kept = good(bring(gloria, content))
        assert kept == good(bring(gloria, content)), "the same photo is the same one"
        answer = lobby.http().get(kept["photo_url"])
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer.headers["Cache-Control"]
        again = {"If-None-Match": answer.headers["ETag"]}
        assert lobby.http().get(kept["photo_url"], headers=again).status_code == 304
        shown = opened(answer.content)
        assert (shown.format, max(shown.size) <= photo.SIDE) == ("JPEG", True)
        assert not shown.getexif()
        assert b"who took it" not in answer.content
        if content is jpeg:
            assert shown.size == (900, 1200), "upright"
    for missing in ("0" * 32, "x", "..%2f..%2fetc"):
        refused(lobby.http().get(f"/catalog/photos/{missing}.jpg"), 404, "not_found")


def test_others_are_served_while_a_photo_is_read(lobby: Lobby, gloria: Http) -> None:
    large = picture("PNG", (4000, 4000))

    def served() -> int:
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(bring, gloria, large)
            meanwhile = 0
            while not reading.done():
                assert lobby.http().get("/livez").status_code == 200
                meanwhile += 1
        good(reading.result())
        return meanwhile

    # The first may come before it begins, the last when it has ended. Where a machine is busy,
    # those who ask may have had no turn in between: they ask beside another one.
    assert any(served() > 2 for _ in range(20))


def test_what_is_no_photo_changes_nothing(lobby: Lobby, gloria: Http) -> None:
    eva = lobby.http(lobby.token("eva"))
    before = lobby.rows()
    jpeg = picture(size=(2000, 2000))
    no_picture = "This is not a JPEG, PNG or WebP photo, or the file is damaged."
    too_large = "This photo is too large. Make it smaller and try again."
    for content, sentence in (
        (b"", no_picture),
        (SVG, no_picture),
        (picture("GIF"), no_picture),
        (jpeg[: len(jpeg) // 2], no_picture),
        (b"\x89PNG\r\n\x1a\n" + os.urandom(300), no_picture),
        (bomb(50_000), too_large),
    ):
        assert refused(bring(gloria, content), 400, "validation_failed") == sentence
    huge = SVG + b" " * (200 * 1024 * 1024)
    refused(bring(gloria, huge), 413, "validation_failed")
    # What does not say how long it is is not read at all.
    pieces = (b"x" * 65536 for _ in range(100))
    refused(gloria.post(PHOTOS, data=pieces), 400, "validation_failed")
    status = Path(f"/proc/{lobby.server.process.pid}/status").read_text()
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    assert int(peak) < 160 * 1024, "the server has read none of it"
    refused(bring(lobby.http(), picture()), 401, "authentication_required")
    assert lobby.rows() == before
    refused(bring(eva, picture()), 403, "forbidden")


@pytest.mark.parametrize(
    ("kind", "size"), [("PNG", (4000, 4000)), ("JPEG", (8000, 6000)), ("PNG", (50_000, 50_000))]
)
def test_reading_a_photo_takes_no_more_than_there_is(
    kind: str, size: tuple[int, int], tmp_path: Path
) -> None:
    content = bomb(size[0]) if size[0] == 50_000 else picture(kind, size)
    file = tmp_path / "photo"
    file.write_bytes(content)
    # A shell in between: a process inherits the peak of the one that starts it.
    measure = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'appliance.photo'], stdin=open(sys.argv[1], 'rb'),"
        " stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, str(file)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < BOUND_MB * 1024


def test_a_service_has_an_icon_and_a_photo(lobby: Lobby, gloria: Http) -> None:
    kiosk = lobby.device("door")
    kept = good(bring(gloria, picture()))
    whole = good(gloria.get("/api/manager/catalog"))["categories"]
    massage = whole[0]
    category, service = (
        f"/api/manager/categories/{massage['id']}",
        f"/api/manager/services/{massage['services'][0]['id']}",
    )
    new = {"icon": "hand-heart", "photo": kept["photo"], "description": " With warm oil "}
    for path, kind in ((category, "category"), (service, "service")):
        kiosk.forget()
        changed = good(gloria.patch(path, json=new))[kind]
        assert changed["photo_url"] == kept["photo_url"]
        kiosk.wait_for("catalog_updated")
    shown = good(lobby.http().get("/api/catalog"))["categories"][0]
    for entry in (shown, shown["services"][0]):
        assert (entry["icon"], entry["photo_url"], entry["description"]) == (
            "hand-heart", kept["photo_url"], "With warm oil",
        )  # fmt: skip
    assert "icon" not in shown["services"][1]
    other = good(bring(gloria, picture("WEBP", (300, 300))))["photo"]
    before = lobby.rows()
    for bad, status, code in (
        ({"icon": "skull"}, 400, "validation_failed"),
        ({"photo": "f" * 32}, 404, "not_found"),
        ({"photo": "../x"}, 400, "validation_failed"),
        ({"photo": other, "expected": {"photo": None}}, 409, "invalid_state"),
    ):
        refused(gloria.patch(service, json=bad), status, code)
    assert lobby.rows() == before
    assert good(gloria.patch(service, json={"photo": None}))["service"]["photo_url"] is None
    assert history(lobby, "service_changed")[-1]["before"] == {"photo": kept["photo"]}


def test_photos_that_nothing_shows_are_forgotten_in_time(lobby: Lobby, gloria: Http) -> None:
    store = Store(lobby.database, utc_now)
    shown, left = (good(bring(gloria, picture(size=(side, 100))))["photo"] for side in (100, 200))
    massage = good(gloria.get("/api/manager/catalog"))["categories"][0]["id"]
    good(gloria.patch(f"/api/manager/categories/{massage}", json={"photo": shown}))
    store.run(lambda unit: catalog.forget_photos(unit.session, utc_now() - menu.KEEP_PHOTOS))
    assert lobby.http().get(f"/catalog/photos/{left}.jpg").status_code == 200
    store.run(lambda unit: catalog.forget_photos(unit.session, utc_now() + timedelta(seconds=1)))
    assert lobby.http().get(f"/catalog/photos/{left}.jpg").status_code == 404
    assert lobby.http().get(f"/catalog/photos/{shown}.jpg").status_code == 200


def test_the_file_says_everything_and_makes_it_so_again(lobby: Lobby, gloria: Http) -> None:
    store = Store(lobby.database, utc_now)
    kept = good(bring(gloria, picture()))["photo"]
    massage = good(gloria.get("/api/manager/catalog"))["categories"][0]
    service = massage["services"][0]
    looks = {"icon": "waves", "photo": kept}
    good(
        gloria.patch(
            f"/api/manager/categories/{massage['id']}", json=looks | {"description": "All kinds"}
        )
    )
    words = {"translations": {"es": {"name": "Sueco", "description": "Largo"}}}
    tomorrow = {"hidden_until": "next_business_day"}
    change = looks | words | tomorrow | {"tax_rate": "12.5"}
    good(gloria.patch(f"/api/manager/services/{service['id']}", json=change))
    path = f"/api/manager/classifications/{lobby.spa.swedish_60}"
    later = {"price": 99, "from": (utc_now() + timedelta(days=7)).isoformat()}
    good(gloria.patch(path, json=tomorrow | {"turn_value": 0.5}))
    good(gloria.patch(path, json=later))

    def whole() -> object:
        return good(gloria.get("/api/manager/catalog"))

    def run(text: str) -> None:
        wanted = catalog_file.load(text)
        store.run(lambda unit: manager.import_catalog(unit, SYSTEM, wanted))

    before = whole()
    for ids in (False, True):
        file = catalog_file.dump(
            store.run(lambda unit, ids=ids: manager.export_catalog(unit, ids=ids))
        )
        run(file)
        assert whole() == before
        nothing = {"icon": None, "photo": None, "hidden_until": None, "tax_rate": 0}
        good(gloria.patch(f"/api/manager/services/{service['id']}", json=nothing))
        good(gloria.patch(path, json={"turn_value": 1, "hidden_until": None, "price": 1}))
        good(gloria.patch(path, json=later | {"price": None}))
        assert whole() != before
        run(file)
        assert whole() == before
    # By id, names may change, and even change places.
    renamed = file.replace("name: 30 minutes", "name: X").replace("name: 60 minutes", "name: Y")
    renamed = renamed.replace("name: X", "name: 60 minutes").replace("name: Y", "name: 30 minutes")
    run(renamed)
    ids = {
        variant["id"]: variant["name"]
        for variant in whole()["categories"][0]["services"][0]["classifications"]
    }
    assert ids == {lobby.spa.swedish_30: "60 minutes", lobby.spa.swedish_60: "30 minutes"}
    after = whole()
    for old, new in (
        (f"id: {lobby.spa.swedish_30}", "id: 987654"),
        (f"photo: {kept}", f"photo: {'f' * 32}"),
        ("icon: waves", "icon: skull"),
        ("turn_value: '0.5'", "turn_value: 3"),
        ("tax_rate: '12.5'", "tax_rate: 101"),
    ):
        assert old in renamed, old
        with pytest.raises(Exception, match=r"entry|photo|icon|turn_value|tax_rate"):
            run(renamed.replace(old, new))
        assert whole() == after
    # A file from before says nothing of all that: it stays.
    short = re.sub(r"\n +(tax_rate|turn_value|icon|photo): .*", "", renamed)
    run(short)
    assert whole() == after
