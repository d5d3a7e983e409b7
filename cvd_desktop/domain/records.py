"""What screens and commands get to see: frozen facts, never rows of the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from cvd_shared.dex.delta_kind import DeltaKind
from cvd_shared.read_verdict import ReadVerdict

if TYPE_CHECKING:
    from cvd_shared.cash_facts import CashAccount, CashExpected
    from cvd_shared.dex.dex_report import Severity
    from cvd_shared.dex.interval_facts import Interval
    from cvd_shared.dex.machine_reading import MachineReading
    from cvd_shared.price_audit import PriceAudit
    from cvd_shared.selection_mapping import Mapping as SelectionMapping
    from cvd_shared.wire_records import MachineRecord


class RecordState(StrEnum):
    """Where a record is. The same three marks everywhere; quarantined counts as refused here."""

    RECORDED_HERE = "recorded_here"
    ON_THE_SERVER = "on_the_server"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One event of this laptop and what became of it."""

    op_id: str
    seq: int
    type: str
    state: RecordState
    recorded_at: datetime
    answered_at: datetime | None
    outcome: str | None  # applied, duplicate, rejected, quarantined
    code: str | None  # the server's reason
    message: str | None
    machine_asset: str | None
    place: str | None
    payload: dict[str, object]
    blobs: tuple[str, ...]
    attempts: int
    next_try_at: datetime | None
    machine_id: str | None = None
    files_waiting: int = 0  # photos and files of it that the server does not have yet
    left_to_office: bool = False  # refused, and the person has nothing to do with it any more
    exported_at: datetime | None = None  # it went away in a file, and there is no receipt yet


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What the sync chip tells. The worst wins: refused, waiting, all on the server."""

    signed_in: bool
    waiting: int
    oldest_waiting: datetime | None
    refused: int
    on_server: int
    last_answer_at: datetime | None  # the last authenticated answer of the server
    next_try_at: datetime | None
    syncing: bool = False
    problem: str | None = None  # code of the last failure: offline, captive_or_proxy, sign_in, ...
    policy: str = "normal"  # wire_identity.DevicePolicy
    attachments_waiting: int = 0  # photos and files whose record may be on the server already
    others_waiting: int = 0  # records of other people of this laptop
    left_to_office: int = 0  # refused ones that the person has left to the office


@dataclass(frozen=True, slots=True)
class FilesHeldBack:
    """What waits only because the line is paid by the amount."""

    count: int
    size: int  # bytes
    photos_only: bool


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and to what."""

    server: str
    user_id: str
    user_name: str
    role: str
    operator_id: str
    operator_name: str
    device_id: str


@dataclass(frozen=True, slots=True)
class ReadSummary:
    """One line of the list of reads."""

    id: str
    machine_asset: str | None
    machine_id: str | None
    at: datetime
    size: int
    complete: bool
    purpose: str
    link: str
    verdict: dict[str, str]  # question -> ok, warning, failed, unknown
    state: RecordState
    source: str = ""  # the file that it was imported from
    practice: bool = False  # of a practice machine: it never leaves this laptop


@dataclass(frozen=True, slots=True)
class SelectionLine:
    """One selection of a read beside its planogram slot and its meter of the read before."""

    selection: str
    slot: str | None
    product: str | None  # name from the planogram, else as the machine says
    price: int | None
    planned_price: int | None
    sold_before: int | None  # cumulative meter of the read before
    sold_now: int | None
    sold: int | None  # units since the read before; None when not known
    value: int | None  # value since the read before; None when not known
    kind: DeltaKind = DeltaKind.UNKNOWN
    history: tuple[int | None, ...] = ()  # units sold between the last reads, oldest first
    line: int | None = None  # of its PA1 in the file


@dataclass(frozen=True, slots=True)
class TotalLine:
    """One total of the report: which element says it, its value and its kind."""

    code: str  # VA101
    name: str
    value: int
    money: bool


@dataclass(frozen=True, slots=True)
class EventLine:
    code: str
    text: str
    since_reset: int | None
    since_init: int | None
    active: bool | None
    at: str | None
    advice: str = ""  # what to do about it
    line: int = 0  # in the file


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding with the rule behind it, for people."""

    severity: Severity
    code: str
    line: int  # in the file, from 1
    message: str
    rule: str
    chapter: str  # of EVA-DTS 6.2.2
    advice: str  # to the maker of the machine
    lines: tuple[int, ...] = ()  # all of them where it is about several


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """A read of a machine and what was sold since the usable one before it; money in minor units.

    None where it is not known: the first read, a restarted meter, a file that is not whole.
    """

    read_id: str
    at: datetime
    kind: DeltaKind
    units: int | None
    value: int | None
    cash: int | None  # sales paid in cash
    cashless: int | None
    here: bool  # its bytes are on this laptop


@dataclass(frozen=True, slots=True)
class MachineHistory:
    """The reads of a machine, oldest first, and the units of each selection at each of them."""

    points: tuple[HistoryPoint, ...]
    selections: dict[str, tuple[int | None, ...]]
    currency: str
    decimals: int


@dataclass(frozen=True, slots=True)
class ReadDetail:
    """Everything the Read screen shows of one read."""

    summary: ReadSummary
    verdict: ReadVerdict
    seconds: float
    blocks: int
    retries: int
    currency: str
    decimals: int
    previous_at: datetime | None
    selections: tuple[SelectionLine, ...]
    totals: tuple[TotalLine, ...]
    events: tuple[EventLine, ...]
    segments: tuple[tuple[int, str], ...]  # (line number, raw segment text)
    outside: tuple[str, ...]
    raw: bytes
    trace: tuple[tuple[float, str, bytes], ...]  # (seconds, "R" reader | "M" machine, bytes)
    source: str = ""  # name of the file that it was imported from
    meant: MachineRecord | None = None  # that the person chose, where the file names another
    reading: MachineReading | None = None
    interval: Interval | None = None  # since the read before; None: there is none, or no reading
    cash: CashAccount | None = None  # since the read before
    cash_expected: CashExpected | None = None  # since the last collect
    collected_at: datetime | None = None  # the last read for a collect before this one
    audit: PriceAudit | None = None  # None: no planogram is known here
    mapping: SelectionMapping | None = None
    findings: tuple[FindingLine, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadStep:
    """Progress of a running read, as announced by the service."""

    phase: str  # a value of link.outputs.Phase
    blocks: int
    received: int
    retries: int
    seconds: float
    blocks_last_time: int | None
    detail: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PortFact:
    """A serial port and what is known of its adapter."""

    device: str  # "/dev/ttyUSB0", "COM3", "socket://127.0.0.1:7000"
    description: str
    adapter: str | None  # name of a known adapter
    vid: int | None
    pid: int | None
    serial_number: str | None
    likely: bool  # good enough to be chosen by itself
    practice: bool = False  # a machine of the practice mode: its reads never leave this computer


@dataclass(frozen=True, slots=True)
class MachineLine:
    """One line of the list of machines."""

    record: MachineRecord
    route_number: str
    last_read_at: datetime | None
