"""`appliance-release`: install, also from a stick, roll back, recover."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path
from typing import Final

from . import artefact
from .host import Host
from .layout import Layout, ReleaseError
from .stick import RUN, Refused, Stick, mounted
from .switching import Releases

log = logging.getLogger(__name__)
RETRY_SECONDS: Final = 5


def main() -> None:
    """Run the command; exits 1 with one clear line when it fails."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    wanted = _parser().parse_args()
    layout = Layout(wanted.folder)
    host = Host(layout, wanted.settings, wanted.backups, wanted.health_url, wanted.patience)
    releases = Releases(layout, host)
    try:
        if wanted.command == "install":
            changed = releases.install(artefact.authenticate(wanted.file, wanted.sha256))
            _say(
                f"Release {layout.current_version()} is {'now' if changed else 'already'} current."
            )
        elif wanted.command == "place":
            releases.place(
                artefact.authenticate(wanted.file, wanted.sha256), station=host.is_station
            )
            _say(f"Release {layout.current_version()} is in its place.")
        elif wanted.command == "rollback":
            _say(f"Release {releases.roll_back(wanted.version)} is now current.")
        elif wanted.command == "recover":
            origin = _recover(releases, keep_trying=wanted.keep_trying)
            _say(f"Release {origin} is current again." if origin else "Nothing was left undone.")
        elif wanted.command == "stick":
            _take_from(wanted.device, layout, wanted.settings)
        elif wanted.command == "status":
            _say(json.dumps(releases.status(), indent=2))
        else:
            host.exec(wanted.arguments)
    except (ReleaseError, OSError) as error:
        sys.exit(f"Error: {error}")


def _recover(releases: Releases, *, keep_trying: bool) -> str | None:
    while True:
        try:
            return releases.recover()
        except ReleaseError:
            if not keep_trying:
                raise
            log.exception("this cannot be undone yet; trying again in %s s", RETRY_SECONDS)
            # After a power cut the database may take minutes, and nothing tells when it is there.
            time.sleep(RETRY_SECONDS)


def _take_from(device: Path, layout: Layout, settings: Path) -> None:
    """Look for a release on a stick; what is wrong with it is told to those who put it in."""
    stick = Stick(layout, settings)
    try:
        with mounted(device, RUN / "stick") as folder:
            if folder is not None:
                stick.take(folder)
    except Refused as refused:
        # Another use of it, such as a backup that is written: for more, it is put in again.
        _say(f"{refused}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="appliance-release", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/opt/appliance"))
    parser.add_argument("--settings", type=Path, default=Path("/etc/appliance"))
    parser.add_argument("--backups", type=Path, default=Path("/var/backups/appliance"))
    parser.add_argument("--health-url", default="http://127.0.0.1:5000/healthz")
    parser.add_argument("--patience", type=float, default=60, help="seconds to become healthy")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in (
        ("install", "install a release's file and switch to it"),
        (
            "place",
            "install a release's file where no server runs: in an image's tree, on a station",
        ),
    ):
        install = commands.add_parser(name, help=purpose)
        install.add_argument("file", type=Path)
        install.add_argument("--sha256", required=True, help="of it, as `make release` printed")
    stick = commands.add_parser("stick", help="install a signed release from a USB stick")
    stick.add_argument("device", type=Path, help="its partition, such as /dev/sda1")
    rollback = commands.add_parser("rollback", help="switch to a release that is still here")
    rollback.add_argument("version", nargs="?", help="the one before the present unless given")
    recover = commands.add_parser("recover", help="undo an upgrade that was cut off")
    recover.add_argument("--keep-trying", action="store_true", help="until it has worked")
    commands.add_parser("status", help="what is installed, as JSON")
    run = commands.add_parser("exec", help="run the current release's `appliance`")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


if __name__ == "__main__":
    main()
