"""What an upgrade asks of a real machine: settings, secrets, health, and sentences that help."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from appliance import seal
from appliance.release import host as host_module
from appliance.release.host import Host
from appliance.release.layout import Layout, ReleaseError


@pytest.fixture
def host(tmp_path: Path) -> Host:
    settings = tmp_path / "etc"
    (settings / "secrets").mkdir(parents=True)
    (settings / "server.env").write_text(
        '# a comment\nMYSQL_USER=appliance\nAPPLIANCE_SHOP_NAME="Quiet = Water"\n\n'
    )
    (settings / "secrets/mysql_password").write_text("hush")
    health = (tmp_path / "health.json").as_uri()
    return Host(Layout(tmp_path / "opt"), settings, tmp_path / "backups", health, patience=0.5)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A release 1.0 whose `appliance` is a script that a test writes."""
    path = tmp_path / "opt/releases/1.0/bin/appliance"
    path.parent.mkdir(parents=True)
    return path


def write(program: Path, body: str) -> None:
    program.write_text(f"#!{sys.executable}\nimport os, sys\n{body}\n")
    program.chmod(0o755)


def test_a_release_runs_with_the_settings_and_where_secrets_are(host: Host, program: Path) -> None:
    write(program, "import json; print(json.dumps(dict(os.environ) | {'args': sys.argv[1:]}))")
    said = json.loads(host.appliance("1.0", "db", "upgrade"))
    assert said["args"] == ["db", "upgrade"]
    assert said["MYSQL_USER"] == "appliance"
    assert said["APPLIANCE_SHOP_NAME"] == "Quiet = Water"
    assert said["MYSQL_PASSWORD_FILE"].endswith("secrets/mysql_password")
    assert "hush" not in str(said), "a secret is never in an environment"
    assert "FLASK_SECRET_KEY_FILE" not in said, "only what is there is named"


def test_lobby_yaml_has_the_last_word_on_a_flashed_card(
    host: Host, program: Path, tmp_path: Path
) -> None:
    write(program, "import json; print(json.dumps(dict(os.environ)))")
    (tmp_path / "etc/lobby.env").write_text('APPLIANCE_SHOP_NAME="The \\"Quiet\\" One"\n')
    said = json.loads(host.appliance("1.0", "db", "upgrade"))
    assert said["APPLIANCE_SHOP_NAME"] == 'The "Quiet" One'
    assert said["MYSQL_USER"] == "appliance", "what it does not say stays"


def test_a_releases_own_sentence_is_handed_on(host: Host, program: Path) -> None:
    write(program, "sys.exit('Error: the database does not answer')")
    with pytest.raises(ReleaseError, match=r"db upgrade` failed: the database does not answer"):
        host.appliance("1.0", "db", "upgrade")


def test_a_backup_says_where_it_is(host: Host, program: Path, tmp_path: Path) -> None:
    write(program, "print('noise'); print(sys.argv[3] + '/made.tar')")
    assert host.back_up("1.0", "before-upgrade") == f"{tmp_path}/backups/made.tar"


def test_what_a_release_from_before_seals_has_backed_up_is_sealed(
    host: Host, program: Path, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    write(program, "path = sys.argv[3] + '/made.tar'; open(path, 'w').write('x'); print(path)")
    (tmp_path / "etc/secrets/backup_key").write_text("a5" * 32)
    made = Path(host.back_up("1.0", "before-upgrade"))
    with seal.opened(made, seal.key_from("a5" * 32), "backup") as content:
        assert content.read() == b"x"
    (tmp_path / "etc/secrets/backup_key").write_text("no key")
    with pytest.raises(ReleaseError, match="backup_key: the key must be"):
        host.back_up("1.0", "before-upgrade")


def test_missing_settings_are_named(host: Host, program: Path, tmp_path: Path) -> None:
    write(program, "")
    (tmp_path / "etc/server.env").unlink()
    with pytest.raises(ReleaseError, match=r"server\.env are missing: run the playbook"):
        host.appliance("1.0", "db", "check")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (None, "No such file"),
        ({"ok": True, "version": "0.9"}, "version 0.9 answers"),
        ({"ok": False, "version": "1.0"}, "version 1.0 answers"),
        ([], "not healthy"),
    ],
)
def test_a_release_that_is_not_healthy_in_time(
    host: Host, tmp_path: Path, answer: object, word: str
) -> None:
    if answer is not None:
        (tmp_path / "health.json").write_text(json.dumps(answer))
    with pytest.raises(ReleaseError, match=word):
        host.wait_healthy("1.0")


def test_a_healthy_release_is_seen(host: Host, tmp_path: Path) -> None:
    (tmp_path / "health.json").write_text('{"ok": true, "version": "1.0"}')
    host.wait_healthy("1.0")


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script that a test writes in place of systemctl."""
    path = tmp_path / "bin/systemctl"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", str(path.parent), prepend=":")
    return path


def test_a_slow_start_is_waited_for_longer_than_a_release_that_is_up(
    host: Host, tmp_path: Path, systemctl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    health, asked = tmp_path / "health.json", tmp_path / "asked"
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(
        host_module, "time", SimpleNamespace(monotonic=lambda: clock[0], sleep=sleep)
    )
    # Looked at every 0.2 s: six times is more than the patience of a server that is up.
    write(
        systemctl,
        f"""asked = open({str(asked)!r}, "a+")
asked.write("x")
asked.seek(0)
if len(asked.read()) == 6:
    open({str(health)!r}, "w").write('{{"ok": true, "version": "1.0"}}')
print("NRestarts=0\\nSubState=start")""",
    )
    host.wait_healthy("1.0")
    assert asked.read_text() == "x" * 6


@pytest.mark.parametrize(
    "said", ["NRestarts=1\\nSubState=start", "NRestarts=0\\nSubState=running", "SubState=dead"]
)
def test_a_start_that_has_failed_or_ended_is_not_waited_for(
    host: Host, systemctl: Path, said: str
) -> None:
    write(systemctl, f"print('{said}')")
    with pytest.raises(ReleaseError, match="not healthy"):
        host.wait_healthy("1.0")


def test_wheels_for_another_machine_are_refused(host: Host, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no wheels for this machine"):
        host.build(tmp_path, tmp_path / "made")


def test_the_systems_lgpio_is_linked_where_no_wheel_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tmp_path / "system"
    system.mkdir()
    for name in ("lgpio.py", "_lgpio.cpython-313-aarch64-linux-gnu.so", "flask.py"):
        (system / name).touch()
    monkeypatch.setattr(host_module, "SYSTEM_PACKAGES", system)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = tmp_path / "release/lib" / version / "site-packages"
    packages.mkdir(parents=True)
    host_module.see_lgpio(tmp_path / "release")
    assert {path.name for path in packages.iterdir()} == {
        "lgpio.py",
        "_lgpio.cpython-313-aarch64-linux-gnu.so",
    }
    host_module.see_lgpio(tmp_path / "release")
