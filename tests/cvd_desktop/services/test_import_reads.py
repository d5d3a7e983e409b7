"""Importing files: every report once, oldest first, judged and queued as a read over a cable."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.devices.virtual_machine import virtual_machine
from cvd_desktop.domain.import_records import ImportPhase, ImportReport, ImportStep
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.services import import_reads, import_reports
from cvd_desktop.services.import_reads import import_files
from cvd_desktop.services.outbox import list_outbox
from cvd_desktop.services.read_machine import read_machine
from cvd_desktop.services.reads import list_reads, raw_bytes, read_detail
from cvd_desktop.services.settle_read import JudgedRead, judge_read
from cvd_desktop.services.words import answer_words
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage.read_store import StoredRead
from cvd_shared.canonical import sha256_hex
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.wire_events import ReadRecorded
from cvd_shared.wire_records import MachineRecord
from tests.support.corpus import corpus_files
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.simple_report import simple_report
from tests.support.zip_files import zip_of

BAUD = 400_000


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "laptop") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "usb"
    made.mkdir()
    return made


def dated(report: bytes, day: str, clock: str = "0900") -> bytes:
    """The report with a read-out time; its check value is no longer right."""
    return report.replace(b"G85*", f"EA3**{day}*{clock}\r\nG85*".encode())


def sources_of(wp: Workplace, report: ImportReport) -> list[str]:
    return [read_detail(wp, read_id).source for read_id in report.reads]


# --- what becomes a read ------------------------------------------------------------------------


def test_file_becomes_a_read_like_one_over_a_cable(wp: Workplace, folder: Path) -> None:
    raw = b"<000|Operations|x|daa>" + simple_report({"1": 5}) + b"<AAAA|BBBB>"
    (folder / "a.daa").write_bytes(raw)
    os.utime(folder / "a.daa", (1_770_000_000, 1_770_000_000))
    report = import_files(wp, [folder / "a.daa"])
    (read_id,) = report.reads
    assert (report.files, report.bytes, report.cancelled, report.problem) == (
        1,
        len(raw),
        False,
        None,
    )
    assert raw_bytes(wp, read_id) == raw
    detail = read_detail(wp, read_id)
    assert detail.source == detail.summary.source == "a.daa"
    assert detail.summary.link == "file"
    assert detail.summary.machine_asset == "A-1"
    assert detail.summary.at == datetime.fromtimestamp(1_770_000_000, UTC)
    assert detail.summary.state is RecordState.RECORDED_HERE
    assert detail.verdict.link.code == "from_file"
    assert answer_words("transfer", detail.verdict.transfer) == (
        f"Whole: {len(raw)} bytes of the file a.daa"
    )
    assert detail.verdict.integrity.code == "matches"
    assert detail.verdict.plausibility.code == "first_read"
    (entry,) = list_outbox(wp)
    payload = ReadRecorded.model_validate(entry.payload)
    assert (payload.read_id, payload.link, payload.purpose) == (read_id, "file", "look")
    assert (payload.raw_sha256, payload.size) == (sha256_hex(raw), len(raw))
    assert entry.recorded_at > detail.summary.at  # recorded now, though read long ago


def test_five_reports_in_a_file_become_five_reads_that_are_the_file_again(
    wp: Workplace, folder: Path
) -> None:
    reports = [simple_report({"1": n}, asset_number=f"A-{n}") for n in range(1, 6)]
    data = b"header of the logger\r\n" + b"-- next --\r\n".join(reports) + b"footer"
    (folder / "log.txt").write_bytes(data)
    report = import_files(wp, [folder])
    assert len(report.reads) == 5
    assert b"".join(raw_bytes(wp, read_id) for read_id in report.reads) == data
    assert [read_detail(wp, each).summary.machine_asset for each in report.reads] == [
        f"A-{n}" for n in range(1, 6)
    ]


def test_reads_of_a_machine_are_judged_in_the_order_of_time(wp: Workplace, folder: Path) -> None:
    """Whatever the order of files: each finds the one before it."""
    for name, sold, day in (("z", 10, "260101"), ("m", 25, "260102"), ("a", 27, "260103")):
        (folder / f"{name}.dex").write_bytes(dated(simple_report({"1": sold}), day))
    (folder / "other.dex").write_bytes(
        dated(simple_report({"1": 3}, asset_number="B", serial_number="S9"), "260102")
    )
    report = import_files(wp, [folder])
    assert sources_of(wp, report) == ["usb/z.dex", "usb/m.dex", "usb/other.dex", "usb/a.dex"]
    verdicts = [read_detail(wp, read_id).verdict.plausibility for read_id in report.reads]
    assert [each.code for each in verdicts] == [
        "first_read",
        "continues",
        "first_read",
        "continues",
    ]
    assert [each.values.get("units") for each in verdicts] == [None, 15, None, 2]


def test_reports_of_one_moment_keep_the_order_of_the_file(wp: Workplace, folder: Path) -> None:
    """No clock in them, one date of the file: they stand in it as they were taken."""
    data = b"".join(simple_report({"1": sold}) for sold in (10, 25, 27, 40))
    (folder / "log.dex").write_bytes(data)
    report = import_files(wp, [folder])
    details = [read_detail(wp, read_id) for read_id in report.reads]
    assert [detail.selections[0].sold for detail in details] == [None, 15, 2, 13]
    assert len({detail.summary.at for detail in details}) == 4


def test_machine_is_recognised_by_what_the_office_knows(wp: Workplace, folder: Path) -> None:
    tell_snapshot(wp, [MachineRecord(id="m1", asset_number="A-1", serial_number="S100")])
    (folder / "a.dex").write_bytes(simple_report({"1": 5}))
    (read_id,) = import_files(wp, [folder]).reads
    assert read_detail(wp, read_id).summary.machine_id == "m1"
    assert ReadRecorded.model_validate(list_outbox(wp)[0].payload).machine_id == "m1"


def test_zips_folders_and_files_in_any_mixture(wp: Workplace, folder: Path) -> None:
    def report(number: int) -> bytes:
        return simple_report({"1": number}, asset_number=f"A-{number}")

    (folder / "deep").mkdir()
    (folder / "deep" / "1.dex").write_bytes(report(1))
    inner = zip_of({"3.dex": report(3)})
    (folder / "old.zip").write_bytes(zip_of({"x/2.dex": report(2), "inner.zip": inner}))
    single = folder.parent / "4.dex"
    single.write_bytes(report(4))
    found = import_files(wp, [folder, single])
    assert sorted(sources_of(wp, found)) == [
        "4.dex",
        "usb/deep/1.dex",
        "usb/old.zip/inner.zip/3.dex",
        "usb/old.zip/x/2.dex",
    ]
    assert found.files == 4


def test_files_of_real_machines(wp: Workplace) -> None:
    """Every report of the corpus once: one file there holds three of the others."""
    files = corpus_files()
    folder = Path(__file__).parents[3] / "../shared/dex-corpus"
    report = import_files(wp, [folder / file.name for file in files])
    assert len(report.reads) == 19
    assert len(report.duplicates) == 3
    assert report.without_report == report.skipped == ()
    kept = [raw_bytes(wp, read_id) for read_id in report.reads]
    assert sum(map(len, kept)) == sum(file.size for file in files) - sum(
        file.size
        for file in files
        if any(str(each.file).endswith(file.name) for each in report.duplicates)
    )
    assert all(len(read_dex(raw).reports) == 1 for raw in kept)
    again = import_files(wp, [folder])
    assert again.reads == ()
    assert len(again.duplicates) == 22
    assert [Path(each.file).name for each in again.without_report] == ["README.md"]


# --- duplicates ---------------------------------------------------------------------------------


def test_copies_are_told_with_the_read_that_they_are_copies_of(wp: Workplace, folder: Path) -> None:
    raw = simple_report({"1": 5})
    copies = {
        "a.dex": raw,
        "b other name.txt": raw,
        "c line ends.dex": raw.replace(b"\r\n", b"\n"),
        "d wrapped.daa": b"<000|x|>" + raw + b"<AAAA|BBBB>",
        "e.zip": zip_of({"inside.dex": raw}),
        "f twice.dex": raw + raw,
    }
    for name, data in copies.items():
        (folder / name).write_bytes(data)
    report = import_files(wp, [folder])
    (read_id,) = report.reads
    assert sources_of(wp, report) == ["usb/a.dex"]
    assert [(Path(each.file).name, each.number) for each in report.duplicates] == [
        ("b other name.txt", 1),
        ("c line ends.dex", 1),
        ("d wrapped.daa", 1),
        ("inside.dex", 1),
        ("f twice.dex", 1),
        ("f twice.dex", 2),
    ]
    assert {each.read_id for each in report.duplicates} == {read_id}
    assert len(list_reads(wp)) == len(list_outbox(wp)) == 1


def test_report_that_was_read_over_a_cable_here_is_a_duplicate(wp: Workplace, folder: Path) -> None:
    raw = simple_report({"1": 5})
    with virtual_machine(raw, baud_rate=BAUD) as machine:
        read = read_machine(wp, machine.device, max_wait=5.0).read
    assert read is not None
    (folder / "copy.daa").write_bytes(b"<000|x|>" + raw.replace(b"\r\n", b"\n"))
    report = import_files(wp, [folder])
    assert report.reads == ()
    assert [each.read_id for each in report.duplicates] == [read.id]


def test_second_import_of_a_folder_stores_only_what_is_new(wp: Workplace, folder: Path) -> None:
    (folder / "a.dex").write_bytes(simple_report({"1": 5}))
    first = import_files(wp, [folder])
    (folder / "b.dex").write_bytes(simple_report({"1": 6}))
    second = import_files(wp, [folder])
    assert sources_of(wp, second) == ["usb/b.dex"]
    assert [each.read_id for each in second.duplicates] == list(first.reads)


def test_two_imports_at_once_store_every_report_once(wp: Workplace, folder: Path) -> None:
    for number in range(60):
        raw = simple_report({"1": number}, asset_number=f"A-{number % 7}")
        (folder / f"{number}.dex").write_bytes(raw)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: import_files(wp, [folder]), range(2)))
    assert all(report.problem is None for report in reports)
    assert sum(len(report.reads) for report in reports) == 60
    assert sum(len(report.duplicates) for report in reports) == 60
    assert len(list_reads(wp)) == len(list_outbox(wp)) == 60


# --- what is left alone -------------------------------------------------------------------------


def test_what_is_no_report_is_named_and_nothing_else_happens(wp: Workplace, folder: Path) -> None:
    junk = {
        "empty.dex": b"",
        "letter.txt": b"Dear Sir,\r\nDXS and ST are no reports.\r\n",
        "notes.md": b"A report begins with `DXS*` and ends with `DXE*`.\n",
        "picture.jpg": bytes(range(256)) * 40,
        "zeros.bin": bytes(100_000),
        "old.7z": b"7z\xbc\xaf\x27\x1c" + bytes(100),
        "download.zip": b"<html>not found</html>",
    }
    for name, data in junk.items():
        (folder / name).write_bytes(data)
    report = import_files(wp, [folder])
    assert {
        Path(each.file).name: each.reason for each in (*report.without_report, *report.skipped)
    } == {
        "empty.dex": "empty",
        "letter.txt": "no_report",
        "notes.md": "no_report",
        "picture.jpg": "no_report",
        "zeros.bin": "no_report",
        "old.7z": "other_archive",
        "download.zip": "zip_damaged",
    }
    assert (report.reads, report.duplicates, report.files) == ((), (), 7)
    assert list_reads(wp) == list_outbox(wp) == []


def test_report_with_too_much_around_it_is_skipped_alone(
    wp: Workplace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_reports, "MAX_REPORT_BYTES", 2_000)
    small = [simple_report({"1": n}, asset_number=f"A-{n}") for n in (1, 2)]
    data = small[0] + b"a long log\r\n" * 500 + simple_report({"1": 3}) + small[1]
    (folder / "log.txt").write_bytes(data)
    report = import_files(wp, [folder])
    assert [raw_bytes(wp, each) for each in report.reads] == small
    (left,) = report.skipped
    assert (left.reason, left.values["number"]) == ("report_too_large", 2)


def test_file_that_breaks_our_parser_costs_no_other_file(
    wp: Workplace, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    right = import_reports.read_dex

    def broken(data: bytes) -> object:
        if b"A-7" in data:
            raise AssertionError("a bug of ours")
        return right(data)

    monkeypatch.setattr(import_reports, "read_dex", broken)
    (folder / "a.dex").write_bytes(simple_report({"1": 1}, asset_number="A-7"))
    (folder / "b.dex").write_bytes(simple_report({"1": 2}))
    report = import_files(wp, [folder])
    assert sources_of(wp, report) == ["usb/b.dex"]
    assert [each.reason for each in report.skipped] == ["not_understood"]
    assert "a bug of ours" in caplog.text
    caplog.clear()


def test_report_that_breaks_our_rules_costs_no_other_report(
    wp: Workplace, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(wp: Workplace, stored: StoredRead) -> JudgedRead:
        if b"A-7" in stored.raw:
            raise AssertionError("a bug of ours")
        return judge_read(wp, stored)

    monkeypatch.setattr(import_reads, "judge_read", broken)
    (folder / "a.dex").write_bytes(simple_report({"1": 1}, asset_number="A-7"))
    (folder / "b.dex").write_bytes(simple_report({"1": 2}))
    report = import_files(wp, [folder])
    assert sources_of(wp, report) == ["usb/b.dex"]
    assert [each.reason for each in report.skipped] == ["not_understood"]
    assert "a bug of ours" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    "data",
    [
        b"DXS*1*VA*V0/6*1\r\n" * 20_000,
        b"DXE*1*1\r\nST\r\nSE\r\n" * 20_000,
        b"DXS*1*VA*V0/6*1\r\nID1*S1\r\n" + b"PA1*1*2\r\n" * 25_000,
        b"DXS*1*VA*V0/6*1\r\nID1*S1" + b"*x" * 100_000,
        "DXS*1*VA*V0/6*1\r\nID1*ü*\r\nDXE*1*1\r\n".encode("utf-16"),
        b"ID1*\xff\xfe\x00***" + b"9" * 5000 + b"\r\nEA3**\xff*\xff\r\n",
    ],
    ids=["headers", "trailers", "segments", "one line", "utf-16", "bytes"],
)
def test_odd_files_give_an_answer(wp: Workplace, folder: Path, data: bytes) -> None:
    (folder / "odd.dex").write_bytes(data)
    report = import_files(wp, [folder])
    assert report.problem is None
    assert len(report.reads) + len(report.without_report) >= 1
    for read_id in report.reads:
        assert raw_bytes(wp, read_id) == data


def test_report_cut_at_every_byte(wp: Workplace, folder: Path) -> None:
    whole = envelope(["ID1*S1****A1", "VA1*1*2*3*4", "PA1*1*100", "PA2*5*500"], "CVD0000001")
    for size in range(len(whole)):
        (folder / f"{size:04}.dex").write_bytes(whole[:size])
    report = import_files(wp, [folder])
    assert report.problem is None
    assert report.skipped == ()
    told = len(report.reads) + len(report.duplicates) + len(report.without_report)
    assert told == len(whole)
    reasons = {each.reason for each in report.without_report}
    assert reasons == {"empty", "no_report"}


# --- progress, cancelling, trouble --------------------------------------------------------------


def test_progress_tells_how_far_it_is(wp: Workplace, folder: Path) -> None:
    total = 0
    for number in range(40):
        raw = simple_report({"1": number}, asset_number=f"A-{number}")
        (folder / f"{number}.dex").write_bytes(raw)
        total += len(raw)
    (folder / "copy.dex").write_bytes(raw)
    (folder / "junk.dex").write_bytes(b"junk")
    steps: list[ImportStep] = []
    import_files(wp, [folder, folder / "missing"], on_progress=steps.append)
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == [ImportPhase.LOOKING, ImportPhase.READING, ImportPhase.STORING]
    last = steps[-1]
    assert (last.files, last.files_found) == (42, 42)
    assert last.bytes == last.bytes_found == total + len(raw) + 4
    assert (last.reads, last.reads_found, last.duplicates) == (40, 40, 1)
    assert (last.without_report, last.skipped, last.part) == (1, 1, 1.0)
    for name in ("files", "bytes", "reads", "duplicates", "part", "seconds"):
        values = [getattr(step, name) for step in steps]
        assert values == sorted(values), name


def test_cancelled_import_keeps_what_is_stored_and_goes_on_next_time(
    wp: Workplace, folder: Path
) -> None:
    for number in range(120):
        raw = simple_report({"1": number}, asset_number=f"A-{number}")
        (folder / f"{number:03}.dex").write_bytes(raw)
    cancelled = threading.Event()

    def cancel_in_the_middle(step: ImportStep) -> None:
        if step.reads > 0:
            cancelled.set()

    first = import_files(wp, [folder], on_progress=cancel_in_the_middle, cancelled=cancelled)
    assert first.cancelled
    assert 0 < len(first.reads) < 120
    assert [each.id for each in reversed(list_reads(wp))] == sorted(first.reads)
    second = import_files(wp, [folder])
    assert len(first.reads) + len(second.reads) == 120
    assert len(second.duplicates) == len(first.reads)
    assert len(list_outbox(wp)) == 120


@pytest.mark.parametrize("phase", [ImportPhase.LOOKING, ImportPhase.READING])
def test_import_cancelled_before_anything_is_stored(
    wp: Workplace, folder: Path, phase: ImportPhase
) -> None:
    (folder / "a.dex").write_bytes(simple_report({"1": 5}))
    cancelled = threading.Event()
    report = import_files(
        wp,
        [folder],
        on_progress=lambda step: cancelled.set() if step.phase is phase else None,
        cancelled=cancelled,
    )
    assert report.cancelled
    assert report.reads == ()
    assert list_reads(wp) == list_outbox(wp) == []


def test_full_disk_ends_the_import_and_keeps_what_is_stored(wp: Workplace, folder: Path) -> None:
    for number in range(60):
        raw = simple_report({"1": number}, asset_number=f"A-{number}", filler=300)
        (folder / f"{number:03}.dex").write_bytes(raw)
    with wp.database.outside_transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {(pages or 0) + 80}")
    report = import_files(wp, [folder])
    assert isinstance(report.problem, Problem)
    assert report.problem.code == "disk_full"
    assert 0 < len(report.reads) < 60
    assert len(list_reads(wp)) == len(list_outbox(wp)) == len(report.reads)
    with wp.database.outside_transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert len(import_files(wp, [folder]).reads) == 60 - len(report.reads)


def test_machine_is_read_while_files_are_imported(wp: Workplace, folder: Path) -> None:
    """The cable read stores every block before it says received: it must get its turn."""
    for number in range(400):
        raw = simple_report({"1": number}, asset_number=f"A-{number}")
        (folder / f"{number:03}.dex").write_bytes(raw)
    begun = threading.Event()
    stop = threading.Event()

    def progress(step: ImportStep) -> None:
        if step.phase is ImportPhase.STORING:
            begun.set()

    with (
        ThreadPoolExecutor(1) as pool,
        virtual_machine(
            simple_report({"1": 5}, asset_number="cable", filler=60), baud_rate=BAUD
        ) as machine,
    ):
        importing = pool.submit(import_files, wp, [folder], on_progress=progress, cancelled=stop)
        assert begun.wait(60)
        outcome = read_machine(wp, machine.device, max_wait=5.0)
        stop.set()
        report = importing.result()
    assert outcome.problem is None
    assert outcome.read is not None
    assert outcome.read.complete
    assert report.problem is None
    assert len(list_reads(wp, limit=None)) == len(report.reads) + 1
