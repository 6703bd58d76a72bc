"""A browser for the tests of the screens, and pictures of what was on them when one fails."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from appliance.server.clock import utc_now
from appliance.server.store.db import Database
from appliance.server.store.unit_of_work import Store
from tests.browser.shop import Shop
from tests.conftest import StartServer
from tests.support.spa import Spa, open_spa

ARTIFACTS = Path(__file__).parents[2] / "var" / "test-artifacts"
APPLIANCE = Path(__file__).parents[2] / "appliance"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",  # as on the appliance
]
_FAILED = pytest.StashKey[bool]()

OpenShop = Callable[..., Shop]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the fixtures whether their test has failed."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="package", autouse=True)
def bundles_are_fresh() -> None:
    """What the browser is given is what stands in the source."""
    sources = [
        path
        for kind in ("*.js", "*.css")
        for path in APPLIANCE.rglob(kind)
        if not {"vendor", "bundles"} & set(path.parts)
    ]
    made = APPLIANCE / "web_common" / "bundles" / ".done"
    newest = max(path.stat().st_mtime for path in sources)
    assert made.exists(), "run `make bundles` first"
    assert made.stat().st_mtime >= newest, "run `make bundles` first"


# For this folder only: playwright keeps an event loop, which would be in other tests' way.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    # The same engine without the windows around it, which are a third of Chromium's work.
    program = shutil.which("chromium-headless-shell")
    assert program, "it is missing: sudo apt-get install chromium-headless-shell"
    expect.set_options(timeout=120_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_shop(
    browser: Browser,
    start_server: StartServer,
    database: Database,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[OpenShop]:
    """Open a shop with its devices; keyword arguments are further settings of the server.

    When the test ends, no page may have complained, and the data must keep every rule.
    """
    opened: list[Shop] = []

    def open_(**settings: str) -> Shop:
        store = Store(database, utc_now)
        spa = open_spa(store)
        # Where a machine is busy, a test that looks at one page for long is no customer who left.
        patient = {"APPLIANCE_SIMULATOR": "true", "SELECTING_TIMEOUT_SECONDS": "600"}
        shop = Shop(browser, start_server(**patient | settings), spa, store, tmp_path)
        opened.append(shop)
        shop.start_devices()
        return shop

    yield open_
    for shop in opened:
        complaints = _leave(shop, request.node)
        assert not complaints, "\n".join(complaints)
        assert not shop.violations()
        assert "Traceback" not in shop.server.log.read_text()
        assert "Traceback" not in shop.device_log.read_text()


@pytest.fixture
def bare_shop(
    browser: Browser,
    start_server: StartServer,
    database: Database,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Shop]:
    """A server whose database is empty, and no devices."""
    shop = Shop(browser, start_server(), Spa(), Store(database, utc_now), tmp_path)
    yield shop
    complaints = _leave(shop, request.node)
    assert not complaints, "\n".join(complaints)
    assert not shop.violations()
    assert "Traceback" not in shop.server.log.read_text()


def _leave(shop: Shop, test: pytest.Item) -> list[str]:
    """Close the screens, with a picture of each if anything went wrong."""
    try:
        for page in shop.screens.values():
            page.title()  # What the page has said so far is heard before it closes.
        complaints = shop.complaints.unexpected()
        if test.stash.get(_FAILED, False) or complaints:
            _keep_pictures(shop, test.name)
        for page in shop.screens.values():
            page.context.close()
    finally:
        shop.stop()
    return complaints


def _keep_pictures(shop: Shop, test: str) -> None:
    folder = ARTIFACTS / re.sub(r"\W+", "_", test)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, page in shop.screens.items():
        try:
            page.screenshot(path=folder / f"{name}.png")
            snapshot = page.locator("body").aria_snapshot()
            (folder / f"{name}.yaml").write_text(f"# {page.url}\n{snapshot}\n")
        except Error as error:  # One dead page must not cost the other pictures.
            (folder / f"{name}.txt").write_text(str(error))
    (folder / "complaints.txt").write_text("\n".join(shop.complaints.heard) + "\n")
