"""What the Read screen works out of a read: progress, order and sums of selections, ports."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from cvd_desktop.domain.records import PortFact, ReadDetail, ReadStep, SelectionLine
from cvd_desktop.link.outputs import Phase
from cvd_shared.dex.delta_kind import DeltaKind
from cvd_shared.read_verdict import Answer

QUESTIONS = ("link", "transfer", "integrity", "mapping", "plausibility")
BITS_PER_BYTE = 10  # start, eight data, stop: DEX and DDCMP both send 8N1
DEX_BAUD = 9600


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """One handshake step: when it began and ended, in seconds of the read."""

    phase: Phase
    begun: float
    ended: float | None
    detail: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """All steps of a running read folded into what is shown of it."""

    spans: tuple[PhaseSpan, ...] = ()
    blocks: int = 0
    received: int = 0
    retries: int = 0
    seconds: float = 0.0
    blocks_last_time: int | None = None
    baud: int = DEX_BAUD
    link: str = ""  # dexucs, ddcmp; "" while it is not known

    def span(self, phase: Phase) -> PhaseSpan | None:
        return next((span for span in self.spans if span.phase == phase), None)

    @property
    def phase(self) -> Phase | None:
        return self.spans[-1].phase if self.spans else None

    @property
    def line_limit(self) -> float:
        """Bytes a second that the line can carry."""
        return self.baud / BITS_PER_BYTE

    def achieved(self, seconds: float) -> float | None:
        """Bytes a second since the transfer began; None until it can be told."""
        transfer = self.span(Phase.TRANSFER)
        if transfer is None or self.received == 0:
            return None
        end = seconds if transfer.ended is None else transfer.ended
        return self.received / (end - transfer.begun) if end > transfer.begun else None

    def seconds_left(self, seconds: float) -> float | None:
        """A forecast from the number of blocks of the read before; None when there is none."""
        transfer = self.span(Phase.TRANSFER)
        if transfer is None or not self.blocks_last_time or self.blocks < 2:
            return None
        left = max(0, self.blocks_last_time - self.blocks)
        return left * (seconds - transfer.begun) / self.blocks


def advance(progress: ReadProgress, step: ReadStep) -> ReadProgress:
    """The progress after one more step."""
    phase = Phase(step.phase)
    spans = progress.spans
    if spans and spans[-1].phase == phase:
        spans = (*spans[:-1], replace(spans[-1], detail={**spans[-1].detail, **step.detail}))
    else:
        if spans:
            spans = (*spans[:-1], replace(spans[-1], ended=step.seconds))
        again = [span for span in spans if span.phase != phase]  # a handshake that is tried again
        spans = (*again, PhaseSpan(phase, step.seconds, None, dict(step.detail)))
    baud, link = step.detail.get("baud_rate"), step.detail.get("link")
    return ReadProgress(
        spans=spans,
        blocks=step.blocks,
        received=step.received,
        retries=step.retries,
        seconds=step.seconds,
        blocks_last_time=step.blocks_last_time,
        baud=baud if isinstance(baud, int) and baud > 0 else progress.baud,
        link=link if isinstance(link, str) else progress.link,
    )


def natural(text: str) -> list[tuple[int, int, str]]:
    """Sorts A2 before A10."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in re.findall(r"\d+|\D+", text)
    ]


def by_slot(lines: Iterable[SelectionLine]) -> list[SelectionLine]:
    """In the order of the door; selections without a slot last."""
    return sorted(lines, key=lambda n: (n.slot is None, natural(n.slot or n.selection)))


def by_sales(lines: Iterable[SelectionLine]) -> list[SelectionLine]:
    """Most sold first, what is not known last."""
    return sorted(by_slot(lines), key=lambda n: (n.sold is None, -(n.sold or 0)))


_NOT_GOING_ON = frozenset(
    (
        DeltaKind.RESTARTED,
        DeltaKind.BOARD_CHANGED,
        DeltaKind.OTHER_MACHINE,
        DeltaKind.PARTIAL_FILE,
    )
)


def known_value(line: SelectionLine) -> int | None:
    """What a selection sold for; None where its units began anew, whatever its money says."""
    return None if line.sold is None and line.kind in _NOT_GOING_ON else line.value


@dataclass(frozen=True, slots=True)
class SoldTotals:
    """Sums over the selections that are known, and how many are not."""

    units: int
    value: int
    value_known: bool
    unknown: int


def sold_totals(lines: Sequence[SelectionLine]) -> SoldTotals:
    return SoldTotals(
        units=sum(line.sold or 0 for line in lines),
        value=sum(known_value(line) or 0 for line in lines),
        value_known=any(known_value(line) is not None for line in lines),
        unknown=sum(line.sold is None for line in lines),
    )


def answers(detail: ReadDetail) -> tuple[tuple[str, Answer], ...]:
    """The five questions in the order in which they are always shown."""
    return tuple((question, getattr(detail.verdict, question)) for question in QUESTIONS)


def likely_port(ports: Sequence[PortFact]) -> PortFact | None:
    """The port to use without asking: the only likely one."""
    likely = [port for port in ports if port.likely]
    return likely[0] if len(likely) == 1 else None


def port_name(port: PortFact) -> str:
    """A USB adapter by the name it is known by, anything else as it describes itself."""
    if port.adapter and port.vid is not None:
        return port.adapter
    return port.description or port.device


def port_place(port: PortFact) -> str:
    """The device, where the name does not say it already."""
    return "" if port_name(port) == port.device else port.device


class Since(StrEnum):
    """Where the counting of a total begins."""

    START = "start"
    RESET = "reset"


_SINCE = re.compile(r"\s+since\s+(?:the\s+)?(initiali[sz]ation|(?:last\s+)?reset)\s*$", re.I)


def total_name(name: str) -> tuple[str, Since | None]:
    """The name of a total without its "Since Initialisation" or "Since Last Reset", and which."""
    found = _SINCE.search(name)
    if found is None:
        return name, None
    since = Since.START if found[1].lower().startswith("init") else Since.RESET
    return name[: found.start()], since
