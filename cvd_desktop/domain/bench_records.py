"""What the technician's bench gets to see: traces with their circumstances, parts, replays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

TraceEntry = tuple[float, str, bytes]
"""(seconds, "R" reader or "M" machine, bytes), as in link/byte_trace.py."""


@dataclass(frozen=True, slots=True)
class TraceHead:
    """The circumstances of a trace; "" and 0 where they are not known."""

    link: str = ""  # dexucs, ddcmp
    baud_rate: int = 0  # at the start of the session
    adapter: str = ""
    port: str = ""
    machine: str = ""  # asset number
    model: str = ""
    at: datetime | None = None
    failure: str = ""  # code of what ended it badly
    practice: bool = False  # of a practice machine


@dataclass(frozen=True, slots=True)
class StoredTrace:
    """A trace that can be shown, compared and saved. `blanked`: pass codes were taken out of it."""

    head: TraceHead
    entries: tuple[TraceEntry, ...]
    read_id: str | None = None
    blanked: bool = False
    same_machine: bool = True  # else of another machine of the same model


@dataclass(frozen=True, slots=True)
class PartLine:
    """How reads went with one part: an adapter, a port of this laptop, a machine.

    `verdict`: good, suspect, unclear, too_few. `evidence` are names and figures that prove it.
    """

    kind: str  # adapter, port, machine
    name: str
    reads: int
    failed: int
    verdict: str
    evidence: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReplayVerdict:
    """What our reader makes of the machine's bytes of a trace today.

    `failure` is a FailureCode, "" when it ended well; `report` what it received.
    """

    failure: str
    values: Mapping[str, str | int]
    report: bytes
    blocks: int
    retries: int
