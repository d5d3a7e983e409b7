"""The last good trace of a machine or its model, and a bundle in which no secret is."""

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cvd_desktop.domain.bench_records import StoredTrace, TraceHead
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.bench import export_diagnostics, good_trace_for, last_good_trace, trace_of
from cvd_desktop.services.diagnostics_bundle import without_secrets
from cvd_desktop.services.pass_codes import keep_codes
from cvd_desktop.services.settings import Settings, save_settings
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart
from cvd_desktop.sync.credentials import RefreshSecretStore
from cvd_shared.wire_records import MachineRecord
from tests.support import bench_traces as traces
from tests.support.local_workplace import tell_snapshot, workplace

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MACHINES = (
    MachineRecord(id="m1", asset_number="10433", make="Alder", model="Five"),
    MachineRecord(id="m2", asset_number="10427", make="Alder", model="Five"),
    MachineRecord(id="m3", asset_number="10402", make="Birch", model="Tea"),
)
SECRETS = (
    "opensesame-passphrase",
    "r3fr3sh-secret-current",
    "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "hunter2hunter2",
    "driver-pw-77",
    "4321-8765",
    "X4321TOP",
)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path / "data") as opened:
        tell_snapshot(opened, MACHINES)
        yield opened


def _store(
    wp: Workplace,
    read_id: str,
    machine: int,
    hours: int,
    *,
    failure: str | None = None,
    practice: bool = False,
    report: bytes = traces.REPORT,
) -> None:
    record = MACHINES[machine]
    start = ReadStart(
        id=read_id,
        at=NOON + timedelta(hours=hours),
        port="COM3",
        link="dexucs",
        purpose="look",
        machine_id=record.id,
        asset_number=record.asset_number,
        practice=practice,
    )
    entries = tuple(traces.dex_read(before_session_2=0.4 + machine, report=report))
    with wp.database.write() as connection:
        read_store.open_read(connection, start)
        read_store.append_block(connection, read_id, 0, report, entries, last=True)
        outcome = LinkOutcome(2.0, 0, failure, None, {}, baud_rate=9600)
        read_store.finish_read(connection, read_id, outcome)


def test_the_newest_good_trace_of_the_same_machine_is_found(wp: Workplace) -> None:
    _store(wp, "old", 0, 0)
    _store(wp, "new", 0, 2)
    _store(wp, "failed", 0, 3, failure="broken_off")
    _store(wp, "practice", 0, 4, practice=True)
    found = last_good_trace(wp, asset_number="10433")
    assert found is not None
    assert (found.read_id, found.same_machine) == ("new", True)
    assert found.entries == tuple(traces.dex_read(before_session_2=0.4))
    assert (found.head.link, found.head.machine) == ("dexucs", "10433")


def test_a_trace_is_compared_with_an_older_one(wp: Workplace) -> None:
    _store(wp, "old", 0, 0)
    _store(wp, "new", 0, 2)
    found = last_good_trace(wp, machine_id="m1", now=trace_of(wp, "new"))
    assert found is not None
    assert found.read_id == "old"
    assert last_good_trace(wp, machine_id="m1", now=trace_of(wp, "old")) is None


def test_the_trace_says_whose_it_is_before_the_person_does(wp: Workplace) -> None:
    _store(wp, "old", 0, 0)
    _store(wp, "other", 1, 1)
    _store(wp, "new", 0, 2)
    found = good_trace_for(wp, trace_of(wp, "new"), MACHINES[1])
    assert found is not None
    assert found.read_id == "old"
    silent = StoredTrace(TraceHead(at=NOON + timedelta(hours=3)), tuple(traces.no_answer()))
    found = good_trace_for(wp, silent, MACHINES[1])
    assert found is not None
    assert found.read_id == "other"


def test_without_one_of_its_own_the_model_serves(wp: Workplace) -> None:
    _store(wp, "brother", 1, 0)
    _store(wp, "stranger", 2, 1)
    found = last_good_trace(wp, machine_id="m1")
    assert found is not None
    assert (found.read_id, found.same_machine, found.head.machine) == ("brother", False, "10427")


def test_nothing_known_is_nothing(wp: Workplace) -> None:
    _store(wp, "stranger", 2, 1)
    assert last_good_trace(wp) is None
    assert last_good_trace(wp, asset_number="99999") is None
    assert last_good_trace(wp, machine_id="m1") is None


def test_a_read_of_a_file_has_no_trace(wp: Workplace) -> None:
    with pytest.raises(Problem) as caught:
        trace_of(wp, "nothing")
    assert caught.value.code == "read_unknown"


def test_no_planted_secret_is_in_the_bundle(
    wp: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passphrase, refresh, token, password, named, codes, report_code = SECRETS
    monkeypatch.setenv("CVD_PASSPHRASE", passphrase)
    RefreshSecretStore(wp.database, wp.key_store).start("family", refresh)
    with wp.database.write() as connection:
        meta.put(connection, meta.ACCESS, json.dumps({"token": token, "renew_at": "later"}))
    keep_codes(wp, codes, codes, asset_number="10433")
    save_settings(wp.data_dir, Settings(server=f"https://boss:{password}@office.example:8443/x"))
    for folder, name in (("logs", "cvd.log"), ("crashes", "a.txt")):
        (wp.data_dir / folder).mkdir(exist_ok=True)
        (wp.data_dir / folder / name).write_text(
            f"started\nAuthorization: Bearer {token}\npassword={named!r}\n"
            f"opened with {passphrase}\nhttps://boss:{password}@office.example/\n"
            f"refresh {refresh}\ncodes {codes} {codes.replace('-', '')}\n"
            f"SD1*{report_code}*B\nended\n"
        )
    report = traces.REPORT + f"SD1*{report_code}*X8765TOP\r\n".encode()
    _store(wp, "read", 0, 0, report=report)
    now = StoredTrace(
        TraceHead(link="ddcmp", machine="10433", port="COM3"),
        tuple(traces.ddcmp_read(bytes.fromhex("43218765"))),
        "read",
    )
    problem = Problem("refused", ExitCode.REFUSED, response="codes", password=named)
    path = export_diagnostics(
        wp,
        tmp_path / "bundle.zip",
        trace=now,
        good=trace_of(wp, "read"),
        problem=problem,
        versions=[("CVD Desktop", "1.0")],
    )
    with zipfile.ZipFile(path) as bundle:
        content = {name: bundle.read(name) for name in bundle.namelist()}
    for name, data in content.items():
        for secret in (*SECRETS, "43218765", "X8765TOP"):
            assert secret.encode() not in data, (name, secret)
            assert secret.encode().hex(" ").upper().encode() not in data, (name, secret)
        assert b"43 21 87 65" not in data, name
    assert b"started" in content["logs/cvd.log"]
    assert b"ended" in content["crashes/a.txt"]
    assert json.loads(content["problem.json"])["code"] == "refused"
    assert json.loads(content["settings.json"])["server"] == "office.example"
    assert json.loads(content["read.json"])["machine"] == "10433"
    assert b"ENQ" in content["good-trace.txt"]
    assert {"trace.cvdtrace", "comparison.txt", "report.txt", "ports.json"} <= set(content)


@pytest.mark.parametrize(
    "told",
    [
        "pwd: S3cr3t",
        "DdcmpIdentity(security_code=S3cr3t, at=None)",
        '{"next_hash": "S3cr3t"}',
        "CVD_PASSPHRASE=S3cr3t",
        "https://name:S3cr3t@office.example/api",
    ],
)
def test_what_a_name_calls_a_secret_is_removed(told: str) -> None:
    assert "S3cr3t" not in without_secrets(told)


@pytest.mark.parametrize(
    "innocent",
    [
        "block 12 of 40, 243 characters, CRC right",
        "0199c6a2-5b1e-7c3a-9d2f-1a2b3c4d5e6f",
        "2026-11-21T07:42:00Z INFO cvd read /dev/ttyUSB0 at 9600",
        'File "/usr/lib/python3.11/site-packages/serial/serialposix.py", line 322, in open',
        '{"code": "no_answer", "port": "COM3"}',
    ],
)
def test_what_is_no_secret_stays(innocent: str) -> None:
    assert without_secrets(innocent) == innocent
