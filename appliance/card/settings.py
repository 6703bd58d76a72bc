"""What `lobby.yaml` says, put where the machine's programs read it.

What the image's roles wrote stays as it is: the server reads `lobby.env` after `server.env`. Each
file is whole or not there, and says nothing else when it is written again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from markupsafe import escape

from appliance.authority_bounds import LOCAL

from .lobby import Lobby, Station, Technician, Wifi
from .machine import CommandFailed, Machine

MAIN: Final = "/etc/appliance/main.crt"
"""On a station: the authority that vouches for the main machine; there once it is let in."""
SERVER: Final = "/etc/appliance/lobby.env"
DEVICES: Final = "/etc/appliance/peripherals.toml"
AVAHI: Final = "/etc/avahi/avahi-daemon.conf"
TRUST_PAGE: Final = "/usr/share/appliance/www/trust.html"
USER: Final = "technician"
_WRITTEN: Final = "# From lobby.yaml on the card's boot partition: change it there.\n"
_NETWORK_MANAGER: Final = "/etc/NetworkManager/system-connections/lobby.nmconnection"
_WPA: Final = "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
_WLAN: Final = "/etc/systemd/network/30-lobby-wlan0.network"
_RADIO: Final = "/etc/modprobe.d/lobby-wifi.conf"
_SUDO: Final = "/etc/sudoers.d/lobby-technician"


def apply(machine: Machine, card: Lobby | Station) -> None:
    """Write everything.

    Args:
        machine: The card's.
        card: What the file says.

    Raises:
        CommandFailed: The machine refused something.
    """
    _hostname(machine, card.hostname)
    machine.write(DEVICES, devices_settings(card))
    if isinstance(card, Lobby):
        _time_zone(machine, card.shop.time_zone)
        machine.write(SERVER, server_settings(card))
        _trust_page(machine, card)
    _wifi(machine, card.wifi)
    _technician(machine, card.technician)


def server_settings(lobby: Lobby) -> str:
    """The server's settings, as systemd's EnvironmentFile= and a shell read them."""
    shop = lobby.shop
    given = {
        "APPLIANCE_PUBLIC_URL": f"https://{lobby.hostname}.{LOCAL}",
        "APPLIANCE_SHOP_NAME": shop.name,
        "APPLIANCE_SHOP_DETAILS": "|".join(shop.details),
        "APPLIANCE_LANGUAGE": shop.language,
        "APPLIANCE_CURRENCY": shop.currency,
        "APPLIANCE_TIMEZONE": shop.time_zone,
        "CLOSING_TIME": f"{shop.closing_time:%H:%M}" if shop.closing_time else "",
    }
    lines = (f"{name}={_quoted(value)}\n" for name, value in given.items())
    return _WRITTEN + "".join(lines)


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def devices_settings(card: Lobby | Station) -> str:
    """`peripherals.toml`: JSON's texts, numbers and lists are TOML's, too."""
    return _WRITTEN + "\n".join(_devices(card)) + "\n"


def _devices(card: Lobby | Station) -> Iterator[str]:
    yield f"name = {json.dumps(card.hostname)}"
    yield f"lamp_active_low = {json.dumps(card.lamp_active_low)}"
    yield from ("", "[server]")
    if isinstance(card, Station):
        yield f"url = {json.dumps(f'https://{card.server}')}"
        yield f"ca_file = {json.dumps(MAIN)}"
    else:
        yield 'url = "http://127.0.0.1:5000"'
    yield 'token_file = "/run/credentials/appliance-peripherals.service/peripherals.token"'
    for printer in card.printers:
        yield from ("", "[[printer]]", *_keys(printer))
    for room in card.rooms:
        if "button_pin" in room:
            yield from ("", "[[room]]", *_keys(room))


def _keys(table: dict[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        yield f"{name} = {json.dumps(value, ensure_ascii=False)}"


def _hostname(machine: Machine, name: str) -> None:
    changed = machine.write("/etc/hostname", f"{name}\n")
    hosts = machine.read("/etc/hosts") or "127.0.0.1\tlocalhost\n"
    line = f"127.0.1.1 {name}"
    found = re.subn(r"(?m)^127\.0\.1\.1\s.*$", line, hosts)
    machine.write("/etc/hosts", found[0] if found[1] else f"{hosts.rstrip()}\n{line}\n")
    if (avahi := machine.read(AVAHI)) is not None:
        changed |= machine.write(AVAHI, re.sub(r"(?m)^host-name=.*$", f"host-name={name}", avahi))
    # At each start: a cut between the file and the kernel's own would leave the old one.
    machine.run("hostname", name)
    if changed:
        machine.run("systemctl", "--no-block", "try-restart", "avahi-daemon.service")


def _time_zone(machine: Machine, zone: str) -> None:
    machine.link("/etc/localtime", f"/usr/share/zoneinfo/{zone}")
    machine.write("/etc/timezone", f"{zone}\n")


def _trust_page(machine: Machine, lobby: Lobby) -> None:
    """The page that phones see before they trust the lobby names the shop."""
    page = machine.read(TRUST_PAGE)
    if page is None:
        return
    # As Jinja writes it, which the role has this page from.
    name = str(escape(lobby.shop.name))
    page = re.sub(r"(<title>Trust ).*(</title>)", lambda found: found[1] + name + found[2], page)
    page = re.sub(r"(<h1>).*(: make this phone)", lambda found: found[1] + name + found[2], page)
    page = re.sub(r"https://[a-z0-9-]+\.local/", f"https://{lobby.hostname}.{LOCAL}/", page)
    machine.write(TRUST_PAGE, page)


def _wifi(machine: Machine, wifi: Wifi | None) -> None:
    for name in (_NETWORK_MANAGER, _WPA, _WLAN, _RADIO) if wifi is None else ():
        machine.remove(name)
    if wifi is None:
        return
    machine.write(_RADIO, f"{_WRITTEN}options cfg80211 ieee80211_regdom={wifi.country}\n")
    if machine.path("/etc/NetworkManager").is_dir():
        machine.write(_NETWORK_MANAGER, _connection(wifi), 0o600)
        _try(machine, "nmcli", "radio", "wifi", "on")
        _try(machine, "nmcli", "connection", "reload")
    else:
        machine.write(_WLAN, f"{_WRITTEN}[Match]\nName=wlan0\n[Network]\nDHCP=yes\n")
        machine.write(_WPA, _supplicant(wifi), 0o600)
        _try(machine, "systemctl", "enable", "wpa_supplicant@wlan0.service")
        _try(machine, "systemctl", "--no-block", "restart", "wpa_supplicant@wlan0.service")
    _try(machine, "rfkill", "unblock", "wifi")


def _try(machine: Machine, *command: str) -> None:
    """Whether there is a radio, and who keeps it, differs from image to image."""
    try:
        machine.run(*command)
    except CommandFailed:
        return


def _connection(wifi: Wifi) -> str:
    security = (
        f"[wifi-security]\nkey-mgmt=wpa-psk\npsk={_keyfile(wifi.password)}\n"
        if wifi.password is not None
        else ""
    )
    return (
        f"{_WRITTEN}[connection]\nid=lobby\ntype=wifi\n[wifi]\nmode=infrastructure\n"
        f"ssid={_keyfile(wifi.ssid)}\n{security}[ipv4]\nmethod=auto\n[ipv6]\nmethod=auto\n"
    )


def _keyfile(value: str) -> str:
    """As GKeyFile reads it back: backslashes doubled, blanks at the ends and `;` escaped."""
    text = value.replace("\\", "\\\\").replace(";", "\\;")
    if text.startswith(" "):
        text = "\\s" + text[1:]
    return text[:-1] + "\\s" if text.endswith(" ") else text


def _supplicant(wifi: Wifi) -> str:
    # The name in hexadecimal digits, which needs no quotes; a password ends at the last quote.
    network = f"    ssid={wifi.ssid.encode().hex()}\n" + (
        "    key_mgmt=NONE\n" if wifi.password is None else f'    psk="{wifi.password}"\n'
    )
    return (
        f"{_WRITTEN}ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev\ncountry={wifi.country}\n"
        f"network={{\n{network}}}\n"
    )


def _technician(machine: Machine, technician: Technician | None) -> None:
    keys = f"/home/{USER}/.ssh/authorized_keys"
    known = re.search(rf"(?m)^{USER}:", machine.read("/etc/passwd") or "")
    if technician is None:
        machine.remove(keys)
        machine.remove(_SUDO)
        if known:
            machine.run("usermod", "--lock", USER)
        return
    if not known:
        machine.run("useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo", USER)
    # A hash is no password, but is not shown around either. `*`: no password is this one.
    machine.run(
        *("chpasswd", "--encrypted"),
        given=f"{USER}:{technician.password_hash or '*'}\n",
        secret=True,
    )
    folder = machine.path(f"/home/{USER}/.ssh")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    machine.run("chown", f"{USER}:", str(folder))
    machine.write(keys, f"{technician.ssh_key}\n", 0o600, owner=USER)
    if technician.password_hash is None:
        # Nothing that `sudo` could ask for.
        machine.write(_SUDO, f"{USER} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    else:
        machine.remove(_SUDO)
