"""Takes the pictures: `python -m tools.pictures --page kiosk --language ar --size 1080x1920`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy.engine import URL, make_url

from appliance.server.clock import utc_now
from appliance.server.store import schema
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from appliance.translations import LANGUAGES
from tests.browser.conftest import OPTIONS
from tests.browser.shop import Shop
from tests.support.server import ServerProcess
from tests.support.spa import Spa, open_spa
from tools.pictures.album import Album
from tools.pictures.scenes import PATIENCE_MS, SCENES, Scene, Stage

ALBUM: Final = Path(__file__).parents[2] / "var" / "pictures"


def main() -> None:
    """Take what is asked for; ends with 1 if a state could not be reached."""
    asked = _arguments()
    shutil.rmtree(ALBUM, ignore_errors=True)
    ALBUM.mkdir(parents=True)
    album = Album(ALBUM, asked.size)
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        # A demo's kind of database: its file is copied for each shop, which takes no time.
        migrated = Path(name) / "migrated.sqlite"
        database = Database(_address(migrated))
        schema.upgrade(database.engine)
        database.dispose()
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), args=OPTIONS
        )
        try:
            for language in asked.language or LANGUAGES:
                for scene in SCENES:
                    if not asked.page or scene.page in asked.page:
                        _play(scene, language, browser, migrated, album)
        finally:
            browser.close()
    odd = sum(bool(each.suspicions) for each in album.pictures)
    index = album.bind()
    _say(f"{len(album.pictures)} pictures, {odd} to look at first: {index}")
    sys.exit(1 if album.missing else 0)


def _play(scene: Scene, language: str, browser: Browser, migrated: Path, album: Album) -> None:
    """One scene in one language, in a shop of its own."""
    began = time.monotonic()
    called = f"{scene.page} ({scene.play.__name__}, {language})"
    folder = migrated.with_name(f"{scene.play.__name__}-{language}")
    folder.mkdir()
    address = _address(Path(shutil.copy(migrated, folder / "shop.sqlite")))
    database = Database(address)
    store = Store(database, utc_now)
    spa = Spa() if scene.is_bare else open_spa(store)
    environment = {"DATABASE_URL": str(address)}
    environment |= {"APPLIANCE_LANGUAGE": language, "APPLIANCE_SIMULATOR": "true"}
    environment |= scene.settings(folder)
    server = ServerProcess(environment, folder / "serve.log").start()
    shop = Shop(browser, server, spa, store, folder)
    try:
        scene.play(Stage(shop, album, language, folder))
    except Exception as error:  # noqa: BLE001 - one scene must not cost the other pictures
        album.missing.append(f"{called}: {error}")
        _say(f"{called} stops: {error}")
    finally:
        for page in shop.screens.values():
            page.context.close()
        shop.stop()
        server.stop()
        database.dispose()
    _say(f"{called}: {time.monotonic() - began:.0f} s")


def _address(file: Path) -> URL:
    return make_url(f"sqlite:///{file}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    pages = list(dict.fromkeys(scene.page for scene in SCENES))
    parser.add_argument("--page", action="append", choices=pages, help="only this one; repeatable")
    parser.add_argument("--language", action="append", choices=[*LANGUAGES], help="only this one")
    parser.add_argument("--size", action="append", default=[], help="only this one, as 1280x800")
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
