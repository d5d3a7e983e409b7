"""Reads of a killed program: finished at the next start, unless somebody is still reading."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.reads import list_reads, read_detail
from cvd_desktop.services.recover_reads import recover_reads
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, read_store
from cvd_desktop.storage.read_store import ReadStart
from tests.support.local_workplace import workplace


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def _left_open(wp: Workplace, *blocks: bytes, last: bool = False) -> str:
    """A read as a killed program leaves it."""
    read_id = wp.new_id()
    with wp.database.write() as connection:
        read_store.open_read(connection, ReadStart(read_id, wp.clock(), "p", "dexucs", "look"))
        for number, data in enumerate(blocks):
            trace = ((number + 1.5, "M", data),)
            is_last = last and number == len(blocks) - 1
            read_store.append_block(connection, read_id, number, data, trace, last=is_last)
    return read_id


def test_opening_the_workplace_finishes_what_was_left(tmp_path: Path) -> None:
    with workplace(tmp_path) as wp:
        whole = _left_open(wp, b"DXS*", b"...", last=True)
        partial = _left_open(wp, b"DXS*")
        _left_open(wp)
    with workplace(tmp_path) as wp:
        assert {read.id: read.complete for read in list_reads(wp)} == {whole: True, partial: False}
        assert len(list_outbox(wp)) == 2
        detail = read_detail(wp, partial)
        assert detail.verdict.transfer.values["failure"] == "interrupted"
        assert detail.seconds == 1.5
        assert recover_reads(wp) == 0


def test_read_that_is_running_is_left_alone(wp: Workplace) -> None:
    read_id = _left_open(wp, b"DXS*")
    with wp.hold(f"read-{read_id}"):
        assert recover_reads(wp) == 0
        assert list_reads(wp) == []
    assert recover_reads(wp) == 1


def test_killed_between_raw_bytes_and_verdict_it_is_judged_at_the_next_start(
    wp: Workplace,
) -> None:
    read_id = _left_open(wp, b"DXS*", last=True)
    with wp.database.write() as connection:
        outcome = read_store.LinkOutcome(1.0, 0, None, None, {})
        assert read_store.finish_read(connection, read_id, outcome) == "whole"
    (listed,) = list_reads(wp)
    assert set(listed.verdict.values()) == {"unknown"}
    assert recover_reads(wp) == 1
    assert read_detail(wp, read_id).verdict.transfer.code == "end_missing"


def test_verdict_and_event_are_written_together_or_not_at_all(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read_id = _left_open(wp, b"DXS*", last=True)

    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(read_store, "settle_read", broken)
        assert recover_reads(wp) == 0, "a bug there does not keep the program shut"
    assert read_id in caplog.text
    caplog.clear()
    assert list_outbox(wp) == []
    assert [read.id for read in list_reads(wp)] == [read_id], "kept and listed all the same"
    assert recover_reads(wp) == 1
    assert len(list_outbox(wp)) == 1
    with wp.database.read() as connection:
        assert outbox_store.counts(connection).waiting == 1
