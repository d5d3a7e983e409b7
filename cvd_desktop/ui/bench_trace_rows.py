"""The rows of the trace table: sessions and steps, and how the bytes of a step fill its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from cvd_desktop.link.trace_decoder_steps import Crc, Timing, TraceStep

LONG_GAP = 1000.0  # ms from which on a gap is worth a look, allowed or not


@dataclass(frozen=True, slots=True)
class BandRow:
    """The heading of a session: its steps and how long it took."""

    steps: tuple[TraceStep, ...]
    again: bool
    milliseconds: float


TraceRow = BandRow | TraceStep
HexLine = tuple[int | None, ...]
"""Numbers of bytes in the step; None stands for those that are left out."""


def trace_rows(steps: Sequence[TraceStep]) -> list[TraceRow]:
    """Every band before its steps. A session that comes once more says so."""
    rows: list[TraceRow] = []
    seen: set[str] = set()
    for _, group in groupby(steps, key=lambda step: step.band):
        band = tuple(group)
        session = band[0].session
        rows.append(BandRow(band, session in seen, (band[-1].until - band[0].at) * 1000))
        rows.extend(band)
        seen.add(session)
    return rows


def hex_lines(step: TraceStep, per_line: int, *, whole: bool = False) -> list[HexLine]:
    """At most two lines, the middle left out and what ends the frame on the second; or `whole`."""
    size = len(step.data)
    if whole or size <= 2 * per_line:
        return [tuple(range(at, min(at + per_line, size))) for at in range(0, size, per_line)]
    tail = min(_tail(step), size - 2)
    tail = max(tail, size - per_line)
    head = max(1, per_line - 3)
    return [(*range(head), None, tail - 2, tail - 1), tuple(range(tail, size))]


def _tail(step: TraceStep) -> int:
    """Where the control and CRC bytes begin that end the step."""
    end = len(step.data)
    for first, after in sorted((*step.controls, *step.crcs), reverse=True):
        if after != end:
            break
        end = first
    return end


def has_second_line(step: TraceStep) -> bool:
    """Whether its words need a line for the CRC: frames that carry text, and all that is wrong."""
    return step.crc is Crc.WRONG or (step.crc is Crc.RIGHT and len(step.data) > 8)


def notable_gap(step: TraceStep) -> bool:
    return step.gap >= LONG_GAP or step.timing in (Timing.EARLY, Timing.LATE)


def is_marked(step: TraceStep) -> bool:
    """Whether a technician has to look at it."""
    return step.crc is Crc.WRONG or step.timing is not Timing.FREE or step.retry
