"""A backup that is damaged, and a machine of which nothing is left."""

from __future__ import annotations

from pathlib import Path

from appliance import seal
from tests.support.fake_printer import FakePrinter

from .books import books, every_promise_holds
from .machine import Machine
from .shop import APPLIANCE, Shop, a_day, order, serve_who_waits
from .technician import Technician
from .test_kiosk import becomes, is_painted
from .test_recovery import SERVER, is_healthy


def newest(folder: Path) -> Path:
    return max(folder.glob("appliance-backup-*.tar"))


def test_a_damaged_backup_is_refused_by_name(
    machine: Machine, technician: Technician, shop: Shop, printer: FakePrinter
) -> None:
    technician.run("backup.yml")
    good = newest(technician.site / "backups")
    content = bytearray(good.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = machine.work / good.name.replace("nightly", "damaged")
    damaged.write_bytes(content)
    a_day(shop, printer)
    kept, server = books(machine), machine.ssh(SERVER)
    said = technician.fail("restore.yml", "--extra-vars", f"backup_file={damaged}")
    assert f"{damaged.name} is damaged" in said
    assert books(machine) == kept
    assert machine.ssh(SERVER) == server, "nothing was stopped for it"
    assert damaged.name not in machine.ssh("sudo ls /var/backups/appliance")


def test_a_backup_without_the_sites_seal_is_refused_by_name(
    machine: Machine, technician: Technician, shop: Shop
) -> None:
    technician.run("backup.yml")
    good = newest(technician.site / "backups")
    forged = machine.work / good.name.replace("nightly", "forged")
    forged.write_bytes(good.read_bytes()[: -seal.BLOCK])
    kept, server = books(machine), machine.ssh(SERVER)
    said = technician.fail("restore.yml", "--extra-vars", f"backup_file={forged}")
    assert f"{forged.name} is damaged, or no backup of this site" in said
    assert books(machine) == kept
    assert machine.ssh(SERVER) == server, "nothing was stopped for it"
    assert forged.name not in machine.ssh("sudo ls /var/backups/appliance")


def test_the_rehearsals_account_sees_no_live_row(machine: Machine, shop: Shop) -> None:
    asked = (
        "MYSQL_PWD=$(cat /etc/appliance/secrets/mysql_rehearsal_password) "
        "mariadb --user=appliance_rehearsal --execute "
    )
    assert "appliance" not in machine.ssh(f"{asked} 'SHOW DATABASES'").split()
    assert machine.ssh(f"{asked} 'SELECT * FROM appliance.staff'", check=False) == ""


def test_a_machine_of_which_nothing_is_left(
    machine: Machine, technician: Technician, shop: Shop, printer: FakePrinter
) -> None:
    a_day(shop, printer)
    waiting = order(shop)
    kept, token = books(machine), shop.kiosk_token()
    technician.run("backup.yml")
    backup = newest(technician.site / "backups")

    machine.ssh(
        "systemctl stop appliance-server appliance-peripherals appliance-kiosk mariadb nginx && "
        "rm -rf /etc/appliance /opt/appliance /var/lib/appliance/* /var/backups/appliance "
        "/var/lib/mysql/* && "
        "mariadb-install-db --user=mysql --auth-root-authentication-method=socket "
        "--skip-test-db > /dev/null"
    )
    technician.run("site.yml")
    assert books(machine)["takings"] == []
    technician.run("restore.yml", "--extra-vars", f"backup_file={backup}")

    assert books(machine) == kept
    assert every_promise_holds(machine)
    assert becomes(lambda: is_healthy(shop), 60), "the devices' daemon is let in again"
    assert becomes(lambda: is_painted(machine), 120), "so is the kiosk"
    assert shop.kiosk_token() != token
    # Who holds the old card does not hold a key to the new machine.
    devices = machine.ssh(f"{APPLIANCE} devices list").splitlines()
    assert len([line for line in devices if not line.endswith("revoked")]) == 2, devices
    assert shop.refuses_device(token)
    assert serve_who_waits(shop) == [waiting]
    a_day(shop, printer)
