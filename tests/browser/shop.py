"""A whole shop for a browser: the real processes, and a screen for everybody who stands at one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from appliance.server.auth import passwords
from appliance.server.store import invariants, people
from appliance.server.store.unit_of_work import Store, UnitOfWork
from tests.browser.at_rest import box_of
from tests.browser.complaints import Complaints
from tests.support import nursery
from tests.support.nursery import Program
from tests.support.server import ServerProcess
from tests.support.spa import PASSWORD, Spa

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
WALL = {"width": 1280, "height": 720}

PORTRAIT = {"width": 1080, "height": 1920}
LANDSCAPE = {"width": 1280, "height": 800}
SEVEN_INCH = {"width": 800, "height": 480}
KIOSK_SIZES = [PORTRAIT, LANDSCAPE, SEVEN_INCH]

FINGER_MS = 300

PIN = "483920"

_NEVER_BUSY = "window.requestIdleCallback = (work) => { work(); return 0; }"
"""What a kiosk draws unseen before the first customer (`kiosk/warm_up.js`) is drawn at one go: on a
busy machine it would stand beside what is seen for long, and a test would find everything twice."""

_STILL = """(() => {
  const day = 86_400_000;
  const later = window.setTimeout;
  // Whole: with a fraction, what has passed can be a little less than what was added.
  let now = Math.floor(performance.now());
  performance.now = () => now;
  window.setTimeout = (work, ms, ...rest) => later(work, ms >= 10_000 ? day : ms, ...rest);
  window.letPass = (seconds) => { now += seconds * 1000; };
})()"""
"""What a screen waits for by itself does not come, however long a slow machine looks at it."""

_LAMP_CHANGES = """(room) => new Promise((resolve, reject) => {
  let left = 2;
  const late = setTimeout(() => reject(new Error("the lamp does not blink")), 120_000);
  new MutationObserver((_, observer) => {
    left -= 1;
    if (left > 0) return;
    clearTimeout(late);
    observer.disconnect();
    resolve();
  }).observe(room, { attributes: true, attributeFilter: ["data-lamp"] });
})"""


class Shop:
    """The server, the devices' daemon and every screen of a test.

    Args:
        browser: Shows the screens.
        server: Running, with the simulator.
        spa: Who and what is in its database.
        store: For looking at what the server has written.
        folder: For the daemon's configuration and log.
    """

    def __init__(
        self, browser: Browser, server: ServerProcess, spa: Spa, store: Store, folder: Path
    ) -> None:
        self.server = server
        self.base_url = server.base_url
        """Where the screens look for the server; a test may put a line in between."""
        self.spa = spa
        self.store = store
        self.complaints = Complaints()
        self.screens: dict[str, Page] = {}
        self._browser = browser
        self._folder = folder
        self._daemon: Program | None = None

    # Processes

    def start_devices(self) -> None:
        """Start `appliance peripherals` with two printers and two rooms, all simulated."""
        config = write_peripherals(self._folder, self.server.base_url, self.spa.device_tokens["pi"])
        with self.device_log.open("ab") as log:
            self._daemon = nursery.daemons().start(
                ["peripherals", "--config", str(config)],
                {"PATH": os.environ["PATH"], "GPIOZERO_PIN_FACTORY": "mock"},
                log,
                self._folder,
            )

    @property
    def device_log(self) -> Path:
        """Where the daemon's output goes."""
        return self._folder / "peripherals.log"

    def command(self, *arguments: str) -> None:
        """Run `appliance` as the technician does, on the server's database."""
        subprocess.run(
            [sys.executable, "-m", "appliance", *arguments],
            env=self.server.environment,
            check=True,
            capture_output=True,
        )

    def stop(self) -> None:
        """End the daemon."""
        if self._daemon and self._daemon.poll() is None:
            self._daemon.terminate()
            self._daemon.wait(timeout=240)

    def violations(self) -> list[str]:
        """What in the database breaks a rule."""
        return self.store.run(lambda unit: list(invariants.violations(unit.session)))

    # Screens

    def screen(
        self,
        name: str,
        path: str,
        viewport: dict[str, int],
        *,
        own_clock: bool = False,
        prepare: Callable[[BrowserContext], None] | None = None,
        **options: Any,
    ) -> Page:
        """Open a page in a browser of its own, as on a machine of its own.

        Args:
            name: Who stands before it, for complaints and pictures.
            path: What to open.
            viewport: The screen's size.
            own_clock: Whether the test may turn the page's clock on.
            prepare: What to do with the browser before it opens anything.
            options: Further ones of `Browser.new_context`.
        """
        context = self._browser.new_context(
            base_url=self.base_url,
            viewport={"width": viewport["width"], "height": viewport["height"]},
            locale="en-US",
            # Six screens that move all the time are much work for a browser without a GPU.
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(120_000)
        self.complaints.listen(name, context)
        context.add_init_script(_NEVER_BUSY)
        if prepare:
            prepare(context)
        page = context.new_page()
        if own_clock:
            page.clock.install()
        self.screens[name] = page
        page.goto(path)
        return page

    def kiosk(self, *, still: bool = False) -> Page:
        """The touch screen at the door, enrolled by its link.

        Args:
            still: Whether nobody is taken for having left before `let_pass` says that they have.
                Such a page does not notice a silent line.
        """
        prepare = (lambda context: context.add_init_script(_STILL)) if still else None
        page = self.screen("kiosk", self.enrolment("door"), DESK, has_touch=True, prepare=prepare)
        expect(page).to_have_url(f"{self.base_url}/kiosk")
        return page

    def board(self) -> Page:
        """The lobby's board, enrolled by its link."""
        page = self.screen("board", self.enrolment("lobby"), WALL)
        expect(page).to_have_url(f"{self.base_url}/board")
        return page

    def simulator(self) -> Page:
        """The page with paper, lamps and call buttons; the devices are connected."""
        page = self.screen("simulator", "/simulator", {"width": 1280, "height": 1400})
        expect(page.locator(".pill.online")).to_be_visible()
        return page

    def therapist(
        self, username: str = "ana", path: str = "/therapist/dashboard", **options: Any
    ) -> Page:
        """A therapist's phone, logged in; `options` as of `screen`."""
        page = self._before_log_in(username, path, PHONE, has_touch=True, is_mobile=True, **options)
        page.get_by_role("button", name="Log in").tap()
        expect(page).to_have_url(self.base_url + path)
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        return page

    def cashier(
        self, username: str = "eva", path: str = "/cashier/dashboard", **options: Any
    ) -> Page:
        """A cashier's desk, logged in; `options` as of `screen`."""
        page = self._before_log_in(username, path, DESK, **options)
        page.keyboard.press("Enter")
        expect(page).to_have_url(self.base_url + path)
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        return page

    def manager(
        self, username: str = "gloria", path: str = "/manager/dashboard", **options: Any
    ) -> Page:
        """The manager's screen, logged in; `options` as of `screen`."""
        return self.cashier(username, path, **options)

    def enrolment(self, device: str) -> str:
        """The link that turns a browser into a device."""
        return f"/enroll#{self.spa.device_tokens[device]}"

    def _before_log_in(
        self, username: str, path: str, viewport: dict[str, int], **options: Any
    ) -> Page:
        self.complaints.expect(rf"^{username}: .*\b401\b.*{re.escape(path)}")
        page = self.screen(username, path, viewport, **options)
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        return page


class Taps:
    """A finger on the kiosk."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def button(self, name: str) -> None:
        """Tap the button that is called exactly so."""
        self.page.get_by_role("button", name=name, exact=True).tap()

    def button_that_begins(self, name: str) -> None:
        """Tap the button whose words begin so; prices and minutes follow."""
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(name)}\\b")).tap()

    def come_to_rest(self) -> None:
        """Wait until the taps so far are over: the next one on the same thing is meant."""
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)


def let_pass(kiosk: Page, seconds: float) -> None:
    """So much time goes by for a kiosk that is `still`."""
    kiosk.evaluate("(seconds) => letPass(seconds)", seconds)


def room(simulator: Page, number: str) -> Locator:
    """A room's call button with its lamp and what they mean now."""
    heading = simulator.get_by_role("heading", name=f"Room {number}", exact=True)
    return simulator.get_by_role("listitem").filter(has=heading)


def call_button(simulator: Page, number: str) -> Locator:
    """The button alone."""
    return simulator.get_by_role("button", name=f"Call button, room {number}")


def press(simulator: Page, number: str) -> None:
    """Press a room's button and let it go, as long as a finger takes on a busy day."""
    call_button(simulator, number).click(delay=FINGER_MS)


def expect_blinking(lamp: Locator) -> None:
    """The lamp goes on and off, whatever the words beside it say."""
    lamp.evaluate(_LAMP_CHANGES)


def papers(simulator: Page, printer: str) -> Locator:
    """The paper that lies in a printer's tray, newest first."""
    tray = simulator.get_by_role("region", name=f"Paper from {printer}, newest first")
    return tray.get_by_role("article")


def switch(simulator: Page, printer: str, name: str) -> Locator:
    """A switch of what can go wrong with a printer."""
    return simulator.get_by_role("region", name=printer, exact=True).get_by_role(
        "switch", name=name
    )


def height(thing: Locator) -> float:
    """How tall it stands on the screen, in CSS pixels."""
    return box_of(thing)["height"]


def manager_has_pin(shop: Shop) -> None:
    """Gloria's PIN, for what a cashier may not do alone, is `PIN`."""
    hashed = passwords.hash_password(PIN)

    def give(unit: UnitOfWork) -> None:
        gloria = people.named(unit.session, "gloria")
        assert gloria is not None
        gloria.pin_hash = hashed

    shop.store.run(give)


def write_peripherals(folder: Path, url: str, token: str) -> Path:
    """The daemon's configuration, in which every device is simulated."""
    token_file = folder / "peripherals.token"
    token_file.write_text(token)
    token_file.chmod(0o600)
    lines = ["[server]", f'url = "{url}"', f"token_file = {json.dumps(str(token_file))}"]
    lines += ["[simulator]", "enabled = true"]
    for name, roles in (("lobby", ["ticket"]), ("desk", ["receipt", "report"])):
        lines += ["[[printer]]", f'name = "{name}"', f"roles = {json.dumps(roles)}"]
        lines += [f'connection = "simulator:{name}"', 'profile = "TM-T20II"']
        lines += [f"cash_drawer = {json.dumps(name == 'desk')}"]
    for number, button, lamp in (("1", 17, 27), ("2", 22, 23)):
        lines += ["[[room]]", f'number = "{number}"']
        lines += [f"button_pin = {button}", f"lamp_pin = {lamp}"]
    path = folder / "peripherals.toml"
    path.write_text("\n".join(lines) + "\n")
    return path
