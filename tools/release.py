"""Makes a release's file: `dist/appliance-VERSION.tar`, which installs without a network.

In it: the product's wheel and those of everything that it needs, for each target; hashes of them
all; and the program that installs it. Wheels are asked of pip's own package index, each by the hash
in `requirements-pi.lock`; nothing is built, so that the Pi needs no compiler.

    python -m tools.release [--platforms cp313-aarch64,…] [--version 1.2.3]
    python -m tools.release --trust FILE --sha256 DIGEST

The file is sealed with the site's key, which never leaves this machine: the playbook installs no
other. Beside it lies its signature, for machines that get it from a USB stick. `--trust` seals and
signs one that somebody else has made, for those who know its digest from them.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipapp
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement

from appliance import seal
from appliance.release import stick

ROOT: Final = Path(__file__).parents[1]
KEY: Final = "release.key"
SIGNING_KEY: Final = "release-signing.pem"
PLATFORMS: Final = ("cp311-aarch64", "cp313-aarch64")
"""Raspberry Pi OS bookworm and trixie, 64 bits."""
OLDEST: Final = {"cp311": "3.11.2", "cp313": "3.13.5"}
"""The Python that Debian ships in each: markers are answered as it would."""
GLIBC: Final = range(36, 16, -1)
"""Debian bookworm has 2.36; a wheel made for an older one works on it."""


def main() -> None:
    """Make the file and print where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--platforms", default=",".join(PLATFORMS), help="such as cp313-aarch64")
    parser.add_argument("--version", help="another version than pyproject.toml's, for a test")
    parser.add_argument("--outdir", type=Path, default=ROOT / "dist")
    parser.add_argument("--source", type=Path, default=ROOT, help="another product, for a test")
    parser.add_argument("--site", type=Path, default=ROOT / "var/site", help="with the site's keys")
    parser.add_argument("--trust", type=Path, metavar="FILE", help="seal this one")
    parser.add_argument("--sha256", help="of the file to trust, from the one who made it")
    wanted = parser.parse_args()
    if wanted.trust:
        trust(wanted.trust, wanted.sha256 or "", wanted.site)
        sys.stdout.write(f"{wanted.trust} now belongs to this site.\n")
        return
    platforms = [name.strip() for name in wanted.platforms.split(",") if name.strip()]
    unknown = [name for name in platforms if not re.fullmatch(r"cp31[13]-(aarch64|x86_64)", name)]
    if unknown or not platforms:
        parser.error(f"a platform is such as {PLATFORMS[1]}, not {', '.join(unknown) or 'none'}")
    made = make(platforms, wanted.version, wanted.outdir, wanted.source, wanted.site)
    sys.stderr.write(f"SHA-256 {_digest(made)}\n")
    sys.stdout.write(f"{made}\n")


def trust(file: Path, sha256: str, site: Path) -> None:
    """Seal a release that somebody else has made.

    Args:
        file: The release.
        sha256: Its digest, from the one who made it and not from where the file came from.
        site: The folder of the site's keys.
    """
    found = _digest(file)
    if not hmac.compare_digest(found.encode(), sha256.lower().encode()):
        sys.exit(f"{file.name} is not the file whose SHA-256 that is: its own is {found}")
    if seal.is_sealed(file):
        with file.open("r+b") as content:
            content.truncate(file.stat().st_size - seal.BLOCK)
    seal.seal_file(file, seal.made_once(site / KEY), "release")
    sign(file, site)


def make(
    platforms: Iterable[str],
    version: str | None,
    outdir: Path,
    source: Path = ROOT,
    site: Path = ROOT / "var/site",
) -> Path:
    """Make a release's file.

    Args:
        platforms: Such as `cp313-aarch64`.
        version: Another version than that of pyproject.toml.
        outdir: Where to.
        source: The checkout of the product that goes in.
        site: The folder of the site's keys.

    Returns:
        The file.
    """
    key = seal.made_once(site / KEY)
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder) / "parts"
        product = _build(source, Path(folder) / "source", version)
        for platform in platforms:
            _gather(platform, product, parts / "wheels" / platform)
        _program(Path(folder) / "program", parts / "appliance-release")
        found = _metadata(product)["Version"]
        _manifest(found, _schemas(source), parts)
        outdir.mkdir(parents=True, exist_ok=True)
        target = outdir / f"appliance-{found}.tar"
        with tarfile.open(target, "w") as tar:
            for path in sorted(parts.rglob("*")):
                if path.is_file():
                    tar.add(path, path.relative_to(parts), filter=_without_owner)
        seal.seal_file(target, key, "release")
        sign(target, site)
    return target


def sign(file: Path, site: Path) -> Path:
    """Sign a release's file for machines that get it from a USB stick.

    Unlike the seal's key the one that checks it is no secret: it is in every image. With a library
    and not with `openssl`, which on some laptops knows no Ed25519.

    Args:
        file: The release, sealed.
        site: The folder of the site's keys; a pair is made where there is none.

    Returns:
        The signature's file, beside the release.
    """
    private = site / SIGNING_KEY
    if not private.exists():
        made = Ed25519PrivateKey.generate()
        handle = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as key_file:
            key_file.write(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(private.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        sys.exit(f"{private} is no key of the kind that signs releases: Ed25519")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (site / stick.KEY).write_bytes(public)
    signature = file.with_name(file.name + stick.SIGNATURE_SUFFIX)
    signature.write_bytes(key.sign(stick.statement(_digest(file))))
    return signature


def copy_product(source: Path, target: Path) -> None:
    """Copy what the product's wheel is made of.

    Args:
        source: A checkout.
        target: A folder that is made.
    """
    target.mkdir()
    for name in ("appliance", "LICENSE", "README.md", "pyproject.toml"):
        path = source / name
        if path.is_dir():
            shutil.copytree(path, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, target / name)


def _build(checkout: Path, source: Path, version: str | None) -> Path:
    """The product's wheel, built in a copy so that another version leaves no trace."""
    copy_product(checkout, source)
    if version:
        project = source / "pyproject.toml"
        text, count = re.subn(
            r'(?m)^version = ".*"$', f'version = "{version}"', project.read_text()
        )
        if count != 1:
            raise ValueError("pyproject.toml must have one version")
        project.write_text(text)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "made"]
    subprocess.run(  # noqa: S603 — our own arguments
        [*command, "."], cwd=source, check=True, stdout=subprocess.DEVNULL
    )
    return next((source / "made").glob("*.whl"))


def _gather(platform: str, product: Path, target: Path) -> None:
    """Everything that one target needs, and a list of it with hashes."""
    target.mkdir(parents=True)
    python, _, machine = platform.partition("-")
    wanted = target.parent / f"{platform}.txt"
    wanted.write_text("".join(lines_for(platform, ROOT / "requirements-pi.lock")))
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-input", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        *(f"--dest={target}", f"--requirement={wanted}", "--implementation=cp"),
        *(f"--python-version={python[2]}.{python[3:]}", f"--abi={python}", "--abi=abi3"),
        "--abi=none",
        *(f"--platform=manylinux_2_{minor}_{machine}" for minor in GLIBC),
        *(f"--platform={name}_{machine}" for name in ("manylinux2014", "linux")),
    ]
    subprocess.run(command, check=True)  # noqa: S603 — our own arguments
    wanted.unlink()
    shutil.copy(product, target)
    (target / "requirements.txt").write_text(
        "".join(
            f"{_metadata(wheel)['Name']}=={_metadata(wheel)['Version']} "
            f"--hash=sha256:{_digest(wheel)}\n"
            for wheel in sorted(target.glob("*.whl"))
        )
    )


def lines_for(platform: str, lock: Path) -> Iterator[str]:
    """The lines of a lock file that concern a target, without their markers.

    pip answers markers for the Python that it runs on, whatever `--python-version` says.

    Args:
        platform: Such as `cp313-aarch64`.
        lock: The file.

    Yields:
        Each requirement with its hashes, on a line.
    """
    python, _, machine = platform.partition("-")
    environment: Environment = default_environment() | {
        "python_full_version": OLDEST[python],
        "python_version": f"{python[2]}.{python[3:]}",
        "platform_machine": machine,
        "sys_platform": "linux",
    }
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        if not entry.strip():
            continue
        stated, *hashes = re.split(r"\s*\\\n\s*", entry.strip())
        requirement = Requirement(stated)
        if requirement.marker is None or requirement.marker.evaluate(dict(environment)):  # type: ignore[arg-type]
            yield f"{requirement.name}{requirement.specifier} {' '.join(hashes)}\n"


def _program(folder: Path, target: Path) -> None:
    (folder / "appliance").mkdir(parents=True)
    for module in ("__init__.py", "seal.py", "words.py"):
        shutil.copy(ROOT / "appliance" / module, folder / "appliance")
    shutil.copytree(
        ROOT / "appliance/release",
        folder / "appliance/release",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    zipapp.create_archive(
        folder, target, interpreter="/usr/bin/python3", main="appliance.release.__main__:main"
    )


def _manifest(version: str, schemas: list[str], parts: Path) -> None:
    files = sorted(path for path in parts.rglob("*") if path.is_file())
    manifest = {
        "format": 1,
        "version": version,
        "schemas": schemas,
        "files": {str(path.relative_to(parts)): _digest(path) for path in files},
    }
    (parts / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def _schemas(source: Path) -> list[str]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(source / "appliance/server/store/migrations"))
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    return [script.revision for script in reversed(list(scripts))]


def _metadata(wheel: Path) -> dict[str, str]:
    with ZipFile(wheel) as content:
        name = next(n for n in content.namelist() if n.endswith(".dist-info/METADATA"))
        return dict(HeaderParser().parsestr(content.read(name).decode()))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    main()
