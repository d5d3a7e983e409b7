"""Which files an import finds, what it takes out of zips, and what it says of the rest."""

import errno
import io
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.domain.import_records import FileLeft
from cvd_desktop.services import import_sources
from cvd_desktop.services.import_reasons import left_words
from cvd_desktop.services.import_sources import FileBytes, contents_of, find_files
from cvd_desktop.services.import_zips import ZipLimits, zip_members
from tests.support.zip_files import locked_zip_of, zip_of, zip_that_says

REPORT = b"DXS*1*VA*V0/6*1\r\nID1*S1\r\nDXE*1*1\r\n"


class Found:
    """What comes of some paths."""

    def __init__(self, *paths: Path, own: Path | None = None) -> None:
        self.left: list[FileLeft] = []
        own_folder = own or Path("/nowhere")
        self.files = list(find_files(paths, own_folder, self.left.append, lambda: None))
        self.contents: list[FileBytes] = [
            content
            for file in self.files
            for content in contents_of(file, self.left.append, lambda: None)
        ]

    @property
    def data(self) -> dict[str, bytes]:
        return {content.source: content.data for content in self.contents}

    @property
    def reasons(self) -> dict[str, str]:
        """By the last part of the name; every reason has words."""
        assert all(
            "{" not in left_words(each) and "?" not in left_words(each) for each in self.left
        )
        return {each.file.rpartition("/")[2]: each.reason for each in self.left}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


# --- files and folders --------------------------------------------------------------------------


def test_folders_are_gone_through_and_named_from_what_was_chosen(tmp_path: Path) -> None:
    folder = write(tmp_path / "usb", {"a.dex": b"1", "2019/may/b.dex": b"2", "2019/c": b"3"})
    single = write(tmp_path / "other", {"d.dex": b"4"}) / "d.dex"
    found = Found(folder, single)
    assert found.data == {
        "usb/a.dex": b"1",
        "usb/2019/may/b.dex": b"2",
        "usb/2019/c": b"3",
        "d.dex": b"4",
    }
    assert {content.name for content in found.contents} >= {f"{folder}/2019/c", str(single)}
    assert found.left == []


def test_hidden_files_and_our_own_data_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"a": b"1", ".hidden": b"2", ".git/x": b"3", "data/cvd.db": b"4"})
    found = Found(tmp_path, own=tmp_path / "data")
    assert set(found.data) == {f"{tmp_path.name}/a"}
    assert found.left == []


def test_hidden_file_that_was_chosen_itself_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {".hidden": b"2"})
    assert Found(tmp_path / ".hidden").data == {".hidden": b"2"}


def test_our_own_data_chosen_by_a_person_are_named(tmp_path: Path) -> None:
    write(tmp_path, {"data/cvd.db": b"4"})
    own = tmp_path / "data"
    assert Found(own, own / "cvd.db", own=own).reasons == {"data": "own_data", "cvd.db": "own_data"}


def test_file_that_is_named_twice_comes_once(tmp_path: Path) -> None:
    write(tmp_path, {"a": b"1", "b": b"2"})
    found = Found(tmp_path / "a", tmp_path, tmp_path)
    assert [content.source for content in found.contents] == ["a", f"{tmp_path.name}/b"]


def test_links_lead_nobody_in_circles(tmp_path: Path) -> None:
    folder = write(tmp_path / "usb", {"deep/a.dex": b"1"})
    outside = write(tmp_path / "outside", {"b.dex": b"2"})
    (folder / "deep" / "up").symlink_to(folder)
    (folder / "away").symlink_to(outside)
    (folder / "b-link.dex").symlink_to(outside / "b.dex")
    (folder / "itself").symlink_to(folder / "itself")
    (folder / "gone").symlink_to(folder / "nothing")
    found = Found(folder)
    assert found.data == {"usb/b-link.dex": b"2", "usb/deep/a.dex": b"1"}
    assert found.reasons == {"gone": "file_unreadable", "itself": "file_unreadable"}
    (tmp_path / "link").symlink_to(folder)
    assert len(Found(tmp_path / "link").data) == 2


def test_very_deep_folders_are_no_trouble(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 400)
    folder = tmp_path
    for _ in range(4):  # in steps: a path must not be too long
        folder = folder / "/".join(["d"] * 100)
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - a Path this deep is slow
    (folder / "a.dex").write_bytes(b"1")
    assert list(Found(tmp_path).data) == [f"{tmp_path.name}/{deep}/a.dex"]


@pytest.mark.parametrize("name", ["Käse ü.dex", "日本.dex", "a'b\"c;$(x).dex", "-o", " ", "%s {x}"])
def test_odd_names_stay_as_they_are(tmp_path: Path, name: str) -> None:
    write(tmp_path, {name: b"1"})
    assert Found(tmp_path).data == {f"{tmp_path.name}/{name}": b"1"}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no such names there")
def test_names_that_no_terminal_and_no_database_takes_get_a_mark(tmp_path: Path) -> None:
    for name in (b"caf\xe9.dex", b"line\nend.dex", b"\x1b[31mred.dex"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    names = {content.source for content in Found(tmp_path).contents}
    assert names == {
        f"{tmp_path.name}/{name}" for name in ("caf�.dex", "line�end.dex", "�[31mred.dex")
    }


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"file": b"1"})
    found = Found(tmp_path / "nothing", tmp_path / "file" / "inside")
    assert found.reasons == {"nothing": "path_missing", "inside": "path_missing"}


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_pipes_and_sockets_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert Found(tmp_path).reasons == {"pipe": "not_a_file", "socket": "not_a_file"}


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file that fails when read")
def test_file_that_fails_while_it_is_read_is_named() -> None:
    found = Found(Path("/proc/self/mem"))
    assert found.contents == []
    assert found.reasons == {"mem": "file_unreadable"}
    assert os.strerror(errno.EIO) in left_words(found.left[0])


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything: become somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="other rights there")
def test_what_may_not_be_read_is_named_and_the_rest_is_found() -> None:
    with tempfile.TemporaryDirectory() as name:  # where everybody comes to
        folder = write(Path(name), {"a": b"1", "secret": b"2", "locked/b": b"3"})
        folder.chmod(0o755)
        (folder / "secret").chmod(0)
        (folder / "locked").chmod(0)
        with as_nobody():
            found = Found(folder)
        (folder / "locked").chmod(0o700)
    assert list(found.data.values()) == [b"1"]
    assert found.reasons == {"secret": "file_unreadable", "locked": "folder_unreadable"}


def test_file_that_is_too_large_is_named(tmp_path: Path) -> None:
    with (tmp_path / "large.dex").open("wb") as file:
        file.truncate(import_sources.MAX_FILE_BYTES + 1)
    with (tmp_path / "largest.dex").open("wb") as file:
        file.truncate(import_sources.MAX_FILE_BYTES)
    found = Found(tmp_path)
    assert found.reasons == {"large.dex": "file_too_large"}
    assert [len(content.data) for content in found.contents] == [import_sources.MAX_FILE_BYTES]


def test_date_of_the_file_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"a": b"1"})
    os.utime(tmp_path / "a", (1_700_000_000, 1_700_000_000))
    (content,) = Found(tmp_path).contents
    assert content.modified == datetime.fromtimestamp(1_700_000_000, UTC)


# --- zips ---------------------------------------------------------------------------------------


def test_zip_gives_its_files_wherever_it_lies_and_whatever_its_name(tmp_path: Path) -> None:
    packed = zip_of({"a.dex": b"1", "x/b.dex": b"2", "x/": b"", "empty": b""})
    write(tmp_path, {"old.zip": packed, "sub/backup.bin": packed})
    found = Found(tmp_path)
    inside = {"a.dex": b"1", "x/b.dex": b"2", "empty": b""}
    assert found.data == {
        f"{tmp_path.name}/{zip_name}/{name}": data
        for zip_name in ("old.zip", "sub/backup.bin")
        for name, data in inside.items()
    }
    assert found.left == []


def test_names_in_a_zip_are_just_names(tmp_path: Path) -> None:
    names = ("../../etc/passwd", "/root/x", "C:\\x\\y", "a/../../b", "bell\a")
    write(tmp_path, {"z/z.zip": zip_of(dict.fromkeys(names, b"1"))})
    before = sorted(tmp_path.rglob("*"))
    found = Found(tmp_path / "z" / "z.zip")
    assert [content.source for content in found.contents] == [
        "z.zip/../../etc/passwd",
        "z.zip//root/x",
        "z.zip/C:\\x\\y",
        "z.zip/a/../../b",
        "z.zip/bell�",
    ]
    assert sorted(tmp_path.rglob("*")) == before


def test_hidden_files_of_a_zip_are_left_out(tmp_path: Path) -> None:
    names = ("a", ".hidden", "x/.git/y", "__MACOSX/._a")
    write(tmp_path, {"z.zip": zip_of(dict.fromkeys(names, b"1"))})
    assert [content.source for content in Found(tmp_path / "z.zip").contents] == ["z.zip/a"]


def test_zip_in_a_zip_is_opened_and_a_third_one_is_named(tmp_path: Path) -> None:
    third = zip_of({"deep.dex": b"3"})
    second = zip_of({"b.dex": b"2", "third.zip": third})
    write(tmp_path, {"first.zip": zip_of({"a.dex": b"1", "second.zip": second})})
    found = Found(tmp_path / "first.zip")
    assert found.data == {"first.zip/a.dex": b"1", "first.zip/second.zip/b.dex": b"2"}
    assert found.reasons == {"third.zip": "zip_nested"}


def test_locked_files_of_a_zip_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {"z.zip": locked_zip_of({"a": b"1", "b": b"2"})})
    found = Found(tmp_path)
    assert found.reasons == {"z.zip": "zip_locked"}
    assert found.left[0].values == {"files": 2}


def test_damaged_zip_gives_what_is_whole(tmp_path: Path) -> None:
    noise = os.urandom(3000)  # so that it is packed byte by byte
    whole = zip_of({"a.dex": b"1", "b.dex": noise, "c.dex": b"3"})
    place = whole.index(noise[:50])
    damaged = whole[: place + 100] + b"~~~~" + whole[place + 104 :]
    write(tmp_path, {"cut.zip": whole[:-30], "bit.zip": damaged, "start.zip": b"PK\x03\x04"})
    found = Found(tmp_path)
    assert set(found.data) == {f"{tmp_path.name}/bit.zip/{name}" for name in ("a.dex", "c.dex")}
    assert found.reasons == dict.fromkeys(("cut.zip", "b.dex", "start.zip"), "zip_damaged")


def test_every_byte_of_a_zip_may_be_wrong(tmp_path: Path) -> None:
    whole = zip_of({"a.dex": REPORT, "b.dex": REPORT * 2})
    path = tmp_path / "z.zip"
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        found = Found(path)
        assert len(found.contents) + len(found.left) >= 1, place


def test_zip_bomb_is_named_and_never_unpacked(tmp_path: Path) -> None:
    zeros = bytes(10_000_000)
    write(tmp_path, {"bomb.zip": zip_of({"zeros": zeros, "a.dex": b"1"})})
    found = Found(tmp_path)
    assert list(found.data.values()) == [b"1"]
    assert found.reasons == {"zeros": "zip_bomb"}


def test_zip_that_lies_about_its_sizes_gives_no_more_than_it_says(tmp_path: Path) -> None:
    write(tmp_path, {"liar.zip": zip_that_says({"a": bytes(500_000)}, unpacked_bytes=10)})
    found = Found(tmp_path)
    assert found.contents == []
    assert found.reasons == {"a": "zip_damaged"}


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ZipLimits(members=2), "zip_too_large"),
        (ZipLimits(unpacked_bytes=20), "zip_too_large"),
        (ZipLimits(directory_bytes=10), "zip_too_large"),
        (ZipLimits(member_bytes=9), "file_too_large"),
    ],
)
def test_zip_has_limits(limits: ZipLimits, reason: str) -> None:
    left: list[FileLeft] = []
    packed = io.BytesIO(zip_of(dict.fromkeys("abc", b"0123456789")))
    assert list(zip_members(packed, "z.zip", left.append, lambda: None, limits)) == []
    assert {each.reason for each in left} == {reason}
    assert all("?" not in left_words(each) for each in left)


def test_limits_hold_for_zips_in_a_zip_together() -> None:
    inner = zip_of(dict.fromkeys("abc", b"0123456789"))
    packed = io.BytesIO(zip_of({"1.zip": inner, "2.zip": inner, "3.zip": inner}))
    left: list[FileLeft] = []
    found = list(zip_members(packed, "z.zip", left.append, lambda: None, ZipLimits(members=10)))
    assert len(found) == 6
    assert [each.file for each in left] == ["z.zip/3.zip"]


def test_office_documents_are_no_zips_of_reports(tmp_path: Path) -> None:
    write(tmp_path, {"list.xlsx": zip_of({"[Content_Types].xml": b"<x/>", "xl/a.xml": b"<x/>"})})
    found = Found(tmp_path)
    assert found.contents == []
    assert found.reasons == {"list.xlsx": "no_report"}


def test_date_in_a_zip_is_that_of_its_file_else_that_of_the_zip(tmp_path: Path) -> None:
    write(tmp_path, {"z.zip": zip_of({"a": b"1"}, when=(1980, 1, 1, 0, 0, 0))})
    os.utime(tmp_path / "z.zip", (1_700_000_000, 1_700_000_000))
    (content,) = Found(tmp_path).contents
    assert content.modified == datetime.fromtimestamp(1_700_000_000, UTC)
    write(tmp_path, {"z.zip": zip_of({"a": b"1"}, when=(2020, 5, 6, 7, 8, 10))})
    (content,) = Found(tmp_path).contents
    local = time.mktime((2020, 5, 6, 7, 8, 10, 0, 0, -1))
    assert content.modified == datetime.fromtimestamp(local, UTC)


def test_work_can_be_ended_at_every_file(tmp_path: Path) -> None:
    class EnoughError(Exception):
        pass

    def ends_after(calls: int) -> Callable[[], None]:
        def pause() -> None:
            nonlocal calls
            calls -= 1
            if calls < 0:
                raise EnoughError

        return pause

    folder = write(tmp_path / "x", {f"{n}.dex": REPORT for n in range(20)})
    write(folder, {"z.zip": zip_of({f"{n}": REPORT for n in range(20)})})
    with pytest.raises(EnoughError):
        list(find_files([folder], tmp_path / "own", print, ends_after(10)))
    files = list(find_files([folder / "z.zip"], tmp_path / "own", print, lambda: None))
    with pytest.raises(EnoughError):
        list(contents_of(files[0], print, ends_after(10)))
