"""What a protocol machine asks its runner to do, in order. One list for every protocol.

A protocol machine has `start(now)`, `receive(data, now)`, `tick(now)`, `cancel(now)`; each returns
a list of these outputs. Its `deadline` (seconds on the caller's monotonic clock, or None) says when
`tick` is due. It has no clock, thread, port or file of its own.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Party(StrEnum):
    """Who is at fault, so that a person knows where to look."""

    NOBODY = "nobody"
    MACHINE = "machine"
    CABLE = "cable"
    PORT = "port"
    SETTING = "setting"
    PERSON = "person"
    PROGRAM = "program"


class FailureCode(StrEnum):
    NO_ANSWER = "no_answer"  # nothing was heard: exit code 3
    BROKEN_OFF = "broken_off"  # it had begun: exit code 4
    BAD_CRC = "bad_crc"
    REFUSED = "refused"  # a response code other than 00, or wrong pass codes: exit code 5
    FINISH_UNCONFIRMED = "finish_unconfirmed"  # the report is whole, the collect does not count
    OTHER_LINK = "other_link"  # what answers speaks another protocol, which `detail` names
    TOO_LONG = "too_long"
    PORT_GONE = "port_gone"
    PORT_BUSY = "port_busy"
    PORT_MISSING = "port_missing"
    PORT_DENIED = "port_denied"
    DISK_FULL = "disk_full"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """Handshake steps, in the order in which a person sees them."""

    PORT = "port"
    ANSWER = "answer"
    HANDSHAKE_1 = "handshake_1"
    HANDSHAKE_2 = "handshake_2"
    TRANSFER = "transfer"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Send:
    """Put these bytes on the line now."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SetBaudRate:
    """Let the output drain, then change the speed of the line (bits per second)."""

    baud_rate: int


@dataclass(frozen=True, slots=True)
class Progress:
    """`detail` holds plain values for a person's line, e.g. {"tries": 2, "revision": "R01L01"}."""

    phase: Phase
    blocks: int = 0
    received: int = 0  # bytes of the report so far
    retries: int = 0
    detail: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Received:
    """A piece of the report. The runner stores it durably BEFORE it obeys the next output.

    A machine's side gives out so, in one piece, what was written to it.
    """

    data: bytes
    last: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The session ended well. `detail` as in Progress (e.g. communication id, revision)."""

    detail: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The session ended badly; what was `Received` before stays valid."""

    code: FailureCode
    party: Party
    detail: dict[str, str | int] = field(default_factory=dict)


Output = Send | SetBaudRate | Progress | Received | Finished | Failed


class ProtocolMachine(Protocol):
    @property
    def deadline(self) -> float | None: ...

    def start(self, now: float) -> list[Output]: ...

    def receive(self, data: bytes, now: float) -> list[Output]: ...

    def tick(self, now: float) -> list[Output]: ...

    def cancel(self, now: float) -> list[Output]: ...
