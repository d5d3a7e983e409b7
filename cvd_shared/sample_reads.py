"""The reads of the sample as the records that a server has of them."""

from cvd_shared.canonical import sha256_hex
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.record_facts import reading_facts
from cvd_shared.sample_history import SampleRead
from cvd_shared.wire_events import VerdictWire
from cvd_shared.wire_records import MachineRecord, ReadRecord


def read_record(read: SampleRead, machine: MachineRecord, driver: str) -> ReadRecord:
    """The record of a read of this machine that this driver took."""
    reports = read_dex(read.raw).reports
    whole = bool(reports) and reports[0].complete
    return ReadRecord(
        id=read.read_id,
        machine_id=machine.id,
        asset_number=machine.asset_number,
        at=read.at,
        actor_name=driver,
        purpose=read.purpose,
        link="dexucs",
        complete=whole,
        size=len(read.raw),
        raw_sha256=sha256_hex(read.raw),
        verdict=VerdictWire(
            link="ok",
            transfer="ok" if whole else "failed",
            integrity="ok" if whole else "failed",
            mapping="unknown",
            plausibility="unknown",
        ),
        **reading_facts(read.raw),
    )
