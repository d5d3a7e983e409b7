"""When a read of a file was taken: the report where it can be believed, else the file."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cvd_desktop.services.import_time import read_time
from cvd_shared.dex.machine_reading import MachineReading
from tests.support.dex_reports import reading_of

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
YESTERDAY = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
READ_OUT = "EA3**260303*1015**260201*0800"


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _zone(monkeypatch, "UTC")


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from _zone(monkeypatch, "America/New_York")


def _zone(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system has one zone for all programs")
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", name)
    time.tzset()
    yield
    monkeypatch.setenv("TZ", before or "")
    if before is None:
        monkeypatch.delenv("TZ")
    time.tzset()


def taken(
    reading: MachineReading, *, name: str = "read.dex", modified: datetime | None = YESTERDAY
) -> datetime:
    return read_time(reading, name=name, modified=modified, now=NOW)


def at(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_moment_of_the_read_in_the_report_comes_first() -> None:
    assert taken(reading_of("ID1*S1", "ID5*260303*1012", READ_OUT)) == at(2026, 3, 3, 10, 15)


def test_else_the_clock_of_the_machine() -> None:
    assert taken(reading_of("ID1*S1", "ID5*20260303*101233")) == at(2026, 3, 3, 10, 12, 33)


def test_clock_with_a_time_is_taken_before_a_day_alone() -> None:
    assert taken(reading_of("ID1*S1", "ID5*260303*1012", "EA3**260303")) == at(2026, 3, 3, 10, 12)


def test_else_the_date_of_the_file() -> None:
    assert taken(reading_of("ID1*S1")) == YESTERDAY


def test_else_now() -> None:
    assert taken(reading_of("ID1*S1"), modified=None) == NOW
    assert taken(reading_of("ID1*S1"), modified=at(1970, 1, 1)) == NOW
    assert taken(reading_of("ID1*S1"), modified=NOW + timedelta(days=1)) == NOW


@pytest.mark.parametrize(
    "clock",
    ["370710*0543", "20000101*0003", "19000101*0000", "260304*2359", "999999*9999", "00000000*0"],
    ids=["2037", "battery gone", "1900", "later today", "no date", "zeros"],
)
def test_clock_that_cannot_be_right_is_not_believed(clock: str) -> None:
    assert taken(reading_of("ID1*S1", f"EA3**{clock}", f"ID5*{clock}")) == YESTERDAY


def test_clock_after_the_date_of_the_file_is_not_believed() -> None:
    """The file was there before."""
    assert taken(reading_of("ID1*S1", READ_OUT), modified=at(2026, 2, 1)) == at(2026, 2, 1)


def test_old_report_that_was_copied_today_keeps_its_time() -> None:
    assert taken(reading_of("ID1*S1", "EA3**191206*094751")) == at(2019, 12, 6, 9, 47, 51)


@pytest.mark.parametrize(
    "name",
    ["Pc54601_20191206094813.daa", "20191206_0948_A-1.dex", "read 2019-12-06 09.48.13.txt"],
)
def test_moment_in_the_name_is_the_date_of_the_file(name: str) -> None:
    found = taken(reading_of("ID1*S1"), name=name)
    assert found.replace(second=0) == at(2019, 12, 6, 9, 48)
    broken = reading_of("ID1*S1", "ID5*20070101*0001")
    assert taken(broken, name=name).replace(second=0) == at(2019, 12, 6, 9, 48)


@pytest.mark.parametrize("name", ["20269999_9999.dex", "20291206_0948.dex", "serial 20191206.dex"])
def test_numbers_in_a_name_that_are_no_past_moment_say_nothing(name: str) -> None:
    assert taken(reading_of("ID1*S1"), name=name) == YESTERDAY


def test_clock_of_a_machine_is_local_time(in_new_york: None) -> None:
    assert taken(reading_of("ID1*S1", READ_OUT)) == at(2026, 3, 3, 15, 15)
    assert taken(reading_of("ID1*S1"), name="20260303_1015_A.dex") == at(2026, 3, 3, 15, 15)
