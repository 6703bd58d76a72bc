"""Takes the pictures in the documentation: `python -m tools.screenshots`.

Runs `appliance demo` on a free port with a database of its own, serves a few customers by touch and
click in a headless Chromium, and writes what the screens show to `docs/images/`.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tools.overview import compose

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PICTURE_LIMIT = 150_000
OVERVIEW_LIMIT = 400_000
"""Bytes; a README that loads slowly is not read."""

SCREEN = (1280, 800)
PHONE = (390, 844)
READY_WITHIN_SECONDS = 60
FINGER_MS = 300
"""How long a finger stays on a call button."""
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",  # as on the appliance: the board may ring
]

Pictures = dict[str, Image.Image]


def main() -> None:
    """Take all pictures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=CHROMIUM_OPTIONS,
        )
        pictures = Day(chromium, demo).run()
        chromium.close()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        save(picture, IMAGES / f"{name}.png", PICTURE_LIMIT)
    save(compose(pictures), IMAGES / "overview.png", OVERVIEW_LIMIT)


@contextmanager
def running_demo(folder: Path) -> Iterator[dict[str, Any]]:
    """Run `appliance demo`; gives what its `demo.json` says."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo_file = folder / "demo.json"
    command = [sys.executable, "-m", "appliance", "demo"]
    command += ["--port", str(port), "--data-dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        give_up_at = time.monotonic() + READY_WITHIN_SECONDS
        while not demo_file.exists():
            if process.poll() is not None or time.monotonic() > give_up_at:
                sys.exit("The demo does not start: run `appliance demo` to see why.")
            time.sleep(0.1)
        yield json.loads(demo_file.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


class Day:
    """A few customers of a day, and the moments worth a picture.

    Args:
        browser: Shows the screens.
        demo: The content of `demo.json`.
    """

    def __init__(self, browser: Browser, demo: dict[str, Any]) -> None:
        self._browser = browser
        self._base_url = demo["base_url"]
        self._passwords = {each["username"]: each["password"] for each in demo["logins"]}
        self._pictures: Pictures = {}
        tokens = demo["device_tokens"]
        self._kiosk = self._open(f"/enroll#{tokens['kiosk']}", SCREEN, has_touch=True)
        self._board = self._open(f"/enroll#{tokens['display']}", SCREEN)
        self._simulator = self._open("/simulator", SCREEN)
        self._therapist = self._log_in("therapist", "ana", PHONE, is_mobile=True, scale=2)
        self._cashier = self._log_in("cashier", "eva", SCREEN)

    def run(self) -> Pictures:
        """Serve the customers.

        Returns:
            The pictures by name.
        """
        self._choose("Massage", "Swedish Massage", "Whole body")
        self._confirm("0001")
        self._choose("Facial", "Express Facial", "Standard")
        self._confirm("0002")
        self._choose("Hands & Feet", "Manicure", "Gel")
        self._confirm("0003")
        self._serve("1")
        self._add_a_service("Foot Reflexology", "Feet")
        self._serve("2")
        self._finish("2")
        self._pay("0002", "50")
        self._press("3", "Customer called, on the way")
        self._choose("Massage", "Hot Stone Massage", "Classic")
        self._add("Deep Tissue Massage", "Whole body")
        self._take("kiosk", self._kiosk)
        self._confirm("0004")
        self._choose("Body Treatment", "Mud Wrap", "With head massage")
        self._confirm("0005", picture="kiosk-code")
        self._take("therapist", self._therapist)
        self._take("cashier", self._cashier)
        self._take_lit("simulator", self._simulator, ("3", "4"))
        self._press("4", "Customer called, on the way")
        calling = self._board.get_by_role("region", name="Now calling")
        expect(calling.get_by_role("paragraph").filter(has_text="0004")).to_be_visible()
        self._take("board", self._board)
        return self._pictures

    # The kiosk

    def _choose(self, category: str, service: str, variant: str) -> None:
        self._tap("Touch to begin")
        self._tap(category)
        self._tap_service(service, variant)

    def _add(self, service: str, variant: str) -> None:
        self._kiosk.get_by_role("main").get_by_role("button").first.tap()
        self._tap_service(service, variant)

    def _tap_service(self, service: str, variant: str) -> None:
        items = self._kiosk.get_by_role("region", name="Your selection").get_by_role("listitem")
        already = items.count()
        for name in (service, variant):
            self._kiosk.get_by_role("button", name=re.compile(f"^{re.escape(name)}\\b")).first.tap()
        expect(items).to_have_count(already + 1)

    def _confirm(self, code: str, picture: str | None = None) -> None:
        self._tap("Confirm and get my number")
        expect(self._kiosk.get_by_text(code, exact=True)).to_be_visible()
        if picture:
            self._kiosk.wait_for_function(
                "[...document.images].every((one) => one.naturalWidth > 0)"
            )
            self._take(picture, self._kiosk)
        self._kiosk.get_by_role("button", name="Done").tap()
        expect(self._kiosk.get_by_role("button", name="Touch to begin")).to_be_visible()
        expect(self._simulator.get_by_text(code, exact=True).first).to_be_visible()

    def _tap(self, button: str) -> None:
        self._kiosk.get_by_role("button", name=button, exact=True).tap()

    # The rooms

    def _room(self, number: str) -> Locator:
        heading = self._simulator.get_by_role("heading", name=f"Room {number}", exact=True)
        return self._simulator.get_by_role("listitem").filter(has=heading)

    def _press(self, number: str, then: str) -> None:
        self._button(number).click(delay=FINGER_MS)
        expect(self._room(number)).to_contain_text(then)

    def _button(self, number: str) -> Locator:
        return self._simulator.get_by_role("button", name=f"Call button, room {number}")

    def _serve(self, number: str) -> None:
        expect(self._room(number)).to_contain_text("Customers are waiting")
        self._press(number, "Customer called, on the way")
        self._press(number, "In service")

    def _finish(self, number: str) -> None:
        self._button(number).hover()
        self._simulator.mouse.down()
        expect(self._room(number)).to_contain_text("Room being prepared")
        self._simulator.mouse.up()
        self._simulator.mouse.move(0, 0)

    # The staff

    def _add_a_service(self, service: str, variant: str) -> None:
        self._therapist.get_by_role("button", name="Add a service").tap()
        picker = self._therapist.get_by_role("dialog", name="Add a service")
        picker.get_by_role("searchbox").fill(f"{service} {variant}")
        picker.get_by_role("button", name=service).first.tap()
        expect(picker).to_be_hidden()
        expect(self._therapist.get_by_text(service)).to_be_visible()

    def _pay(self, code: str, amount: str) -> None:
        self._cashier.get_by_role("textbox", name="Customer's code").fill(code)
        self._cashier.keyboard.press("Enter")
        self._cashier.get_by_role("textbox", name="Cash received").fill(amount)
        self._cashier.keyboard.press("Enter")
        expect(self._cashier.get_by_role("heading", name="Change", exact=True)).to_be_visible()
        expect(self._simulator.get_by_text("Cash drawer opened")).to_be_visible()

    def _log_in(self, role: str, username: str, size: tuple[int, int], **options: Any) -> Page:
        page = self._open(f"/{role}/dashboard", size, **options)
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password", exact=True).fill(self._passwords[username])
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("button", name="Log out")).to_be_visible()
        return page

    # The pictures

    def _open(
        self,
        path: str,
        size: tuple[int, int],
        *,
        has_touch: bool = False,
        is_mobile: bool = False,
        scale: int = 1,
    ) -> Page:
        context = self._browser.new_context(
            base_url=self._base_url,
            viewport={"width": size[0], "height": size[1]},
            has_touch=has_touch or is_mobile,
            is_mobile=is_mobile,
            device_scale_factor=scale,
            locale="en-US",
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(path)
        return page

    def _take(self, name: str, page: Page) -> None:
        shot = page.screenshot(animations="disabled")
        self._pictures[name] = Image.open(BytesIO(shot)).convert("RGB")

    def _take_lit(self, name: str, page: Page, rooms: tuple[str, ...]) -> None:
        """Take a picture at a moment when these blinking lamps are lit."""
        for _ in range(100):
            for room in rooms:
                expect(self._room(room)).to_have_attribute("data-lamp", "on")
            self._take(name, page)
            if all(self._is_lit(self._pictures[name], room) for room in rooms):
                return
        sys.exit(f"The lamps of the rooms {', '.join(rooms)} are never lit together.")

    def _is_lit(self, picture: Image.Image, room: str) -> bool:
        box = self._button(room).bounding_box()
        assert box, "the button is not on the screen"  # noqa: S101 - for the type checker
        # Beside the number on the button, which is dark on a lit lamp.
        spot = (int(box["x"] + box["width"] * 0.3), int(box["y"] + box["height"] * 0.5))
        return int(picture.convert("L").getpixel(spot)) > 170  # type: ignore[arg-type]


def save(picture: Image.Image, path: Path, limit: int) -> None:
    """Write a PNG of at most `limit` bytes, with fewer colours where it takes that."""
    for colours in (None, 256, 192, 128, 96, 64):
        reduced = picture.quantize(colours, kmeans=4) if colours else picture
        reduced.save(path, optimize=True)
        size = path.stat().st_size
        if size <= limit:
            sys.stdout.write(f"{path.name}: {size / 1000:.0f} kB, {colours or 'all'} colours\n")
            return
    sys.exit(f"{path.name} does not fit into {limit} bytes.")


if __name__ == "__main__":
    main()
