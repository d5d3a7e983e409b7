"""A set-up says which server and which name, survives every way it travels, and holds no secret."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from cvd_desktop.app.set_up_source import setup_from
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.set_up import SetUp, read_setup, setup_link, write_setup_file
from cvd_desktop.services.words import words

OURS = SetUp("https://cvd.example:8443/tidewater", "driver07", "Tidewater & Söhne")


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_name_comes_back(user: str, operator: str) -> None:
    setup = SetUp("https://cvd.example", user.strip(), operator.strip())
    try:
        link = setup_link(setup)
    except UnicodeEncodeError:
        return  # half a surrogate: no link can hold it
    assert read_setup(f"  {link}\r\n") == setup


def test_a_file_and_the_picture_of_its_code_say_the_same(tmp_path: Path, qapp: object) -> None:
    file, code, picture = (tmp_path / name for name in ("a.cvdsetup", "a.svg", "a.jpg"))
    write_setup_file(OURS, file)
    write_setup_file(OURS, code)
    page = QImage(2000, 3000, QImage.Format.Format_RGB32)
    page.fill(0xFFE8E8E8)
    painter = QPainter(page)
    painter.translate(300, 900)
    painter.rotate(8)
    QSvgRenderer(str(code)).render(painter, page.rect().adjusted(0, 0, -1300, -2300))
    painter.end()
    assert page.save(str(picture), quality=60)
    assert setup_from(file) == OURS
    assert setup_from(picture) == OURS
    assert setup_from(setup_link(OURS)) == OURS


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "setup_unreadable"),
        ("https://cvd.example", "setup_unreadable"),
        ("cvd://setup", "setup_unreadable"),
        ("cvd://setup?user=me", "setup_unreadable"),
        ("cvd://else?server=https://cvd.example", "setup_unreadable"),
        ("cvd://setup?server=http://cvd.example", "server_address_plain"),
        ("cvd://setup?server=ftp://cvd.example", "server_address_wrong"),
        ("cvd://setup?server=https://me:secret@cvd.example", "server_address_wrong"),
        ("cvd://setup?" + "&".join(f"a{n}=1" for n in range(50)), "setup_unreadable"),
        ("cvd://[setup?server=x", "setup_unreadable"),
        ("\x00" * 100, "setup_unreadable"),
    ],
)
def test_what_is_no_set_up_is_said_in_words(text: str, code: str) -> None:
    with pytest.raises(Problem) as caught:
        setup_from(text)
    assert caught.value.code == code
    assert words(code, caught.value.values).do


def test_files_that_hold_none_are_said_in_words(tmp_path: Path, qapp: object) -> None:
    large, broken, empty = (tmp_path / name for name in ("l.cvdsetup", "b.png", "e.png"))
    large.write_bytes(b"cvd://setup?server=https://cvd.example" + b" " * 100_000)
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    blank = QImage(300, 300, QImage.Format.Format_RGB32)
    blank.fill(0xFFFFFFFF)
    assert blank.save(str(empty))
    expected = {
        large: "setup_unreadable",
        broken: "picture_unreadable",
        empty: "setup_no_code",
        tmp_path / "gone.cvdsetup": "file_unreadable",
        tmp_path / "gone.png": "picture_unreadable",
    }
    for path, code in expected.items():
        with pytest.raises(Problem) as caught:
            setup_from(path)
        assert caught.value.code == code
        assert words(code, caught.value.values).do


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders are Unix's")
@pytest.mark.parametrize("name", ["a.cvdsetup", "a.png"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(Problem) as caught:
        setup_from(tmp_path / name)
    assert caught.value.code in ("file_unreadable", "picture_unreadable")
