"""Reads of files go to the server as reads over a cable do, however many wait."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.services.import_reads import import_files
from cvd_desktop.services.outbox import sync_status
from cvd_shared.wire import BATCH_OPS
from tests.support.simple_report import simple_report
from tests.support.sync_world import Laptop, sync_world


def _import(laptop: Laptop, folder: Path, count: int) -> tuple[str, ...]:
    """Reports of machine A-1, one a day and years old, as they come from an old computer."""
    folder.mkdir()
    for number in range(count):
        raw = simple_report({"10": number}, asset_number="A-1", serial_number="SER1")
        day = datetime(2023, 1, 1, tzinfo=UTC).toordinal() + number
        name = f"{datetime.fromordinal(day):%Y%m%d}_0700.dex"
        (folder / name).write_bytes(raw)
    report = import_files(laptop.wp, [folder])
    assert len(report.reads) == count
    return report.reads


def test_more_reads_than_one_push_takes_arrive_once_and_in_order(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        reads = _import(laptop, tmp_path / "old", BATCH_OPS + 30)
        assert sync_status(laptop.wp).waiting == len(reads)
        world.settled(laptop)
        records = [row for (kind, _), row in laptop.records().items() if kind == "read"]
        assert len(records) == len(reads)
        by_id = {row["id"]: row for row in records}
        for number, read_id in enumerate(reads):
            row = by_id[read_id]
            assert (row["link"], row["machine_id"]) == ("file", "m1")
            assert row["number_of_paid_vends_since_init"] == number
            assert row["at"].startswith("2023-")
        assert world.problems() == []


def test_old_reads_of_a_machine_that_is_mine_today_are_accepted(tmp_path: Path) -> None:
    """The person recorded them now; when the machine was read is another matter."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        _import(laptop, tmp_path / "old", 1)
        world.settled(laptop)
        (event,) = laptop.events()
        assert event.outcome == "applied"
        assert event.body["occurred_at"].startswith("2026-03-04")
        assert event.body["payload"]["at"].startswith("2023-01-01")


@pytest.mark.parametrize("asset", ["A-3", "NOBODYS"])
def test_reads_of_machines_that_are_not_mine_are_kept_too(tmp_path: Path, asset: str) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        world.settled(laptop)
        file = tmp_path / "a.dex"
        file.write_bytes(simple_report({"10": 5}, asset_number=asset, serial_number="X"))
        import_files(laptop.wp, [file])
        world.settled(laptop)
        (event,) = laptop.events()
        assert event.outcome == "applied"
