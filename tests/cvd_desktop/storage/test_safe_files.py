"""Small files of the program's own: all of the new text, or all of the old."""

import json
from pathlib import Path

import pytest

from cvd_desktop.storage import safe_files
from cvd_desktop.storage.safe_files import PART, replace_json, replace_text


def test_the_new_text_stands_alone_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    replace_json(path, {"b": 1, "a": "é"})
    replace_json(path, {"b": 2}, for_people=True)
    assert json.loads(path.read_text(encoding="utf-8")) == {"b": 2}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_what_cannot_be_written_leaves_the_old_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tries"
    replace_text(path, "3")

    def no_room(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safe_files.os, "fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        replace_text(path, "4")
    assert path.read_text(encoding="utf-8") == "3"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs the names of open files")
def test_the_name_is_on_the_disk_after_the_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def told(opened: int) -> None:
        there = Path(f"/proc/self/fd/{opened}").readlink()
        order.append("folder" if there == tmp_path else there.name)

    monkeypatch.setattr(safe_files.os, "fsync", told)
    replace_text(tmp_path / "lock", "x")
    assert order == ["lock" + PART, "folder"]
