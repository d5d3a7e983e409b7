"""Settings: kept as a whole, readable before the database, never in the way of a start."""

import json
from pathlib import Path

import pytest

from cvd_desktop.services.settings import Settings, load_settings, save_settings


def test_what_was_saved_is_there_again(tmp_path: Path) -> None:
    window = (10, 20, 1280, 800)
    wanted = Settings("sunlight", 1.5, "outbox", window, True, "https://cvd.example", "COM3")
    save_settings(tmp_path / "new" / "folder", wanted)
    assert load_settings(tmp_path / "new" / "folder") == wanted
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["settings.json"]


def test_without_a_file_they_are_as_new(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b'"text"'])
def test_damaged_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "settings.json").write_bytes(content)
    assert load_settings(tmp_path) == Settings()
    assert (tmp_path / "settings.json.damaged").read_bytes() == content
    save_settings(tmp_path, Settings(theme="dark"))
    assert load_settings(tmp_path).theme == "dark"


def test_what_makes_no_sense_is_as_new_and_the_rest_stays(tmp_path: Path) -> None:
    document = {
        "theme": "purple",
        "text_scale": True,
        "window": [0, 0, -5, "wide"],
        "maximized": 1,
        "last_screen": "read",
        "server": None,
        "port": 3,
        "from_a_newer_version": {},
    }
    (tmp_path / "settings.json").write_text(json.dumps(document), encoding="utf-8")
    assert load_settings(tmp_path) == Settings(last_screen="read")
