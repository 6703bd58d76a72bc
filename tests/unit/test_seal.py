"""Who does not hold the key makes no file that is taken for ours, and changes none."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from appliance import seal

KEY, OTHER = seal.key_from("a5" * 32), seal.key_from("5a" * 32)
CONTENT = bytes(range(256)) * 5000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file.tar"
    path.write_bytes(CONTENT)
    seal.seal_file(path, KEY, "backup")
    return path


def test_what_was_sealed_is_read(file: Path) -> None:
    with seal.opened(file, KEY, "backup") as content:
        assert content.read() == CONTENT
    assert seal.is_sealed(file)


@pytest.mark.parametrize("where", [0, 700, len(CONTENT) - 1, len(CONTENT) + 30])
def test_one_changed_bit_is_noticed(file: Path, where: int) -> None:
    changed = bytearray(file.read_bytes())
    changed[where] ^= 1
    file.write_bytes(changed)
    with pytest.raises((seal.SealBroken, seal.NotSealed)), seal.opened(file, KEY, "backup"):
        pass


@pytest.mark.parametrize(
    "forge",
    [
        lambda content: content[: -seal.BLOCK],
        lambda content: content[seal.BLOCK :],
        lambda content: content + content[-seal.BLOCK :],
        lambda content: content[: seal.BLOCK] + content[-seal.BLOCK :],
        lambda content: content[:0],
        lambda content: content[-seal.BLOCK :],
        lambda content: content + b"\0",
    ],
    ids=["cut off", "beginning gone", "seal twice", "seal on less", "empty", "alone", "longer"],
)
def test_a_seal_is_for_these_bytes_only(file: Path, forge: object) -> None:
    file.write_bytes(forge(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises((seal.SealBroken, seal.NotSealed)), seal.opened(file, KEY, "backup"):
        pass


def test_another_key_and_another_purpose_are_refused(file: Path) -> None:
    for key, purpose in ((OTHER, "backup"), (KEY, "release")):
        with pytest.raises(seal.SealBroken), seal.opened(file, key, purpose):  # type: ignore[arg-type]
            pass


def test_what_is_changed_after_the_look_is_not_what_is_read(file: Path) -> None:
    with seal.opened(file, KEY, "backup") as content:
        file.write_bytes(b"somebody else's")
        assert content.read() == CONTENT


def test_a_tars_readers_do_not_see_the_seal(tmp_path: Path) -> None:
    inside, made = tmp_path / "inside", tmp_path / "made.tar"
    inside.write_text("hello")
    with tarfile.open(made, "w") as tar:
        tar.add(inside, "inside")
    seal.seal_file(made, KEY, "release")
    with tarfile.open(made, "r:") as tar:
        assert tar.getnames() == ["inside"]


@pytest.mark.parametrize("text", ["", "a5", "g" * 64, "a5" * 33, "A5" * 32])
def test_what_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(seal.KeyUnusable) as refused:
        seal.key_from(text)
    assert not text or text not in str(refused.value)


def test_a_seal_that_cannot_be_written_leaves_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(seal, "append", full)
    with pytest.raises(OSError, match="No space"):
        seal.seal_file(path, KEY, "backup")
    assert path.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [path]
