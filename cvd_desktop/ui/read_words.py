"""The sentences of the Read screen about a read: its title, its verdict rows, its steps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cvd_desktop.domain.records import PortFact, ReadDetail, ReadSummary, TotalLine
from cvd_desktop.link.outputs import Phase
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import (
    PhaseSpan,
    ReadProgress,
    Since,
    answers,
    likely_port,
    port_name,
    port_place,
    total_name,
)
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.read_verdict import Actor, State

if TYPE_CHECKING:
    from cvd_desktop.ui.read_events import EventGroup

NO_BREAK = "\N{NO-BREAK SPACE}"
_UNITS = {
    "Coin mechanism": "Coins",
    "Cup system": "Cups",
    "Control system": "Control",
    "Hot drinks system": "Hot drinks",
    "Brewer / espresso unit": "Brewer",
    "Water system": "Water",
    "Cabinet / door": "",
    "Cold drink system": "Cold drinks",
    "Communications": "Telemetry",
    "Food, snack or can/bottle system": "",
    "Cashless 1": "Card reader 1",
    "Cashless 2": "Card reader 2",
    "Product": "",
    "Bill validator": "Bills",
    "Refrigeration": "Cooling",
}
"""The unit of an event in short; "" where the event itself says it."""
_HOW_TO_READ = re.compile(
    r" \(number after _ = [^)]*\)|; (?:hex )?code follows as [^()]*(?:\([^)]*\))?"
)
"""What the standard says of writing the code, not of the event."""
MARK_OF_STATE = {
    State.OK: TagKind.GOOD,
    State.WARNING: TagKind.WARNING,
    State.FAILED: TagKind.ALERT,
    State.UNKNOWN: TagKind.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One of the five questions: its word, its finding, its state in words and who acts."""

    question: str
    state: State
    word: str
    finding: str
    who: str


class StepState(StrEnum):
    DONE = "done"
    NOW = "now"
    NEXT = "next"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StepLine:
    """One handshake step: its word, what came of it, and its seconds once it has begun."""

    phase: Phase
    word: str
    detail: str
    state: StepState
    seconds: float | None


class ReadWords(QObject):
    """Puts the facts of one read into words."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages

    def title(self, detail: ReadDetail) -> str:
        """The sentence for a person: "Read is good, 1 thing for the office"."""
        verdict = detail.verdict
        if not detail.summary.complete or verdict.transfer.state is State.FAILED:
            head = self.tr("Read is not whole, what arrived is kept")
        elif verdict.integrity.state is State.FAILED:
            head = self.tr("Read is here, but its check is wrong")
        elif State.FAILED in {answer.state for _, answer in answers(detail)}:
            head = self.tr("Read is whole, look at it before you go on")
        else:
            head = self.tr("Read is good")
        tail = self._things(detail)
        return f"{head}, {tail}" if tail else head

    def _things(self, detail: ReadDetail) -> str:
        actors = [
            answer.actor
            for _, answer in answers(detail)
            if answer.state in (State.WARNING, State.FAILED) and answer.actor is not Actor.NOBODY
        ]
        if not actors:
            return ""
        count = len(actors)
        if len(set(actors)) > 1:
            return self.tr("{n} things to do").format(n=count)
        one, many = {
            Actor.DRIVER: (self.tr("1 thing for you"), self.tr("{n} things for you")),
            Actor.TECHNICIAN: (
                self.tr("1 thing for a technician"),
                self.tr("{n} things for a technician"),
            ),
            Actor.OFFICE: (self.tr("1 thing for the office"), self.tr("{n} things for the office")),
        }[actors[0]]
        return one if count == 1 else many.format(n=count)

    def verdict_rows(self, detail: ReadDetail) -> tuple[VerdictRow, ...]:
        say = self._messages
        return tuple(
            VerdictRow(
                question,
                answer.state,
                say.question(question),
                say.answer(question, answer),
                say.who_acts(answer),
            )
            for question, answer in answers(detail)
        )

    def summary_verdict(self, summary: ReadSummary) -> tuple[str, State]:
        """The five answers in a word or two, for lists."""
        return self.overall(summary.complete, summary.verdict.values())

    def overall(self, complete: bool, verdict: Iterable[str]) -> tuple[str, State]:
        """The worst of the five states in a word."""
        states = {State(state) for state in verdict}
        if not complete:
            return self.tr("Not whole"), State.FAILED
        if State.FAILED in states:
            return self.tr("Wrong"), State.FAILED
        if State.WARNING in states:
            return self.tr("Open"), State.WARNING
        return self.tr("Good"), State.OK

    def phase(self, phase: Phase) -> str:
        return {
            Phase.PORT: self.tr("Adapter"),
            Phase.ANSWER: self.tr("Machine answers"),
            Phase.HANDSHAKE_1: self.tr("Handshake 1"),
            Phase.HANDSHAKE_2: self.tr("Handshake 2"),
            Phase.TRANSFER: self.tr("Transfer"),
            Phase.CHECK: self.tr("Check the file"),
        }[phase]

    def steps(
        self, progress: ReadProgress, seconds: float, *, failed: bool = False
    ) -> tuple[StepLine, ...]:
        """All six steps in their order. `seconds` is the time of the read now."""
        now = progress.phase
        order = list(Phase)
        lines = []
        for place, phase in enumerate(order):
            span = progress.span(phase)
            if phase == now:
                state = StepState.FAILED if failed else StepState.NOW
            elif now is not None and place < order.index(now):
                state = StepState.DONE
            else:
                state = StepState.NEXT
            shown = span if state is not StepState.NEXT else None
            took = None
            if shown is not None:
                took = max(0.0, (seconds if shown.ended is None else shown.ended) - shown.begun)
            lines.append(
                StepLine(
                    phase, self.phase(phase), self._detail(phase, shown, progress), state, took
                )
            )
        return tuple(lines)

    def _detail(self, phase: Phase, span: PhaseSpan | None, progress: ReadProgress) -> str:
        """What a step tells of itself, from the plain values of the link machine."""
        if phase is Phase.TRANSFER:
            return self._blocks(span, progress)
        if phase is Phase.CHECK:
            return self.tr("five questions")
        if span is None:
            return ""
        said = span.detail
        if phase is Phase.PORT:
            return str(said.get("adapter") or said.get("device") or self.tr("found by itself"))
        if phase is Phase.ANSWER:
            asked = self._answered(said.get("tries"), waiting=span.ended is None)
            return ", ".join(part for part in (self._line(progress), asked) if part)
        if progress.link == "ddcmp":
            return self._ddcmp(phase, span, progress)
        parts = [self._speaker(phase, progress)]
        revision = said.get("revision")
        first = progress.span(Phase.HANDSHAKE_1)
        known = first is not None and first.detail.get("revision") == revision
        if revision and (phase is Phase.HANDSHAKE_1 or not known):
            parts.append(str(revision))
        if "code" in said:
            parts.append(self.tr("code {code}").format(code=said["code"]))
        return ", ".join(parts)

    def _line(self, progress: ReadProgress) -> str:
        """Which link is spoken, and how fast."""
        name = {"dexucs": "DEX/UCS", "ddcmp": "DDCMP"}.get(progress.link)
        if name is None:
            return ""
        speed = formats.number(progress.baud)
        return self.tr("{link} at {speed}").format(link=name, speed=speed)

    def _ddcmp(self, phase: Phase, span: PhaseSpan, progress: ReadProgress) -> str:
        """Who-are-you and READ are what the two handshakes of DEX/UCS are there."""
        if phase is Phase.HANDSHAKE_1:
            speed = formats.number(progress.baud)
            return self.tr("who are you, at {speed} baud").format(speed=speed)
        wanted = span.detail.get("list")
        if wanted == 1:
            return self.tr("list 1, for a collect")
        if wanted == 2:
            return self.tr("list 2, nothing is reset")
        return self.tr("the machine agrees")

    def _answered(self, tries: object, *, waiting: bool) -> str:
        if not isinstance(tries, int):
            return self.tr("listening on the line")
        if waiting:
            return (
                self.tr("asked once") if tries <= 1 else self.tr("asked {n} times").format(n=tries)
            )
        if tries <= 1:
            return self.tr("at the first try")
        return self.tr("at try {n}").format(n=tries)

    def _speaker(self, phase: Phase, progress: ReadProgress) -> str:
        """Who speaks first is told in handshake 1; the other one speaks in handshake 2."""
        first = progress.span(Phase.HANDSHAKE_1)
        machine_first = first is not None and first.detail.get("master") == "machine"
        if phase is Phase.HANDSHAKE_1:
            if machine_first:
                return self.tr("the machine asks first")
            return self.tr("this laptop asks to read")
        return self.tr("this laptop agrees") if machine_first else self.tr("machine agrees")

    def _blocks(self, span: PhaseSpan | None, progress: ReadProgress) -> str:
        if span is None:
            return self.tr("blocks of the audit")
        parts = []
        if span.ended is None and progress.blocks_last_time:
            parts.append(
                self.tr("block {n} of about {all}").format(
                    n=progress.blocks + 1, all=max(progress.blocks + 1, progress.blocks_last_time)
                )
            )
        elif span.ended is None:
            parts.append(self.tr("block {n}").format(n=progress.blocks + 1))
        else:
            parts.append(self.tr("{n} blocks").format(n=progress.blocks))
        if progress.retries:
            parts.append(self.tr("{n} sent again").format(n=progress.retries))
        return ", ".join(parts)

    def time_left(self, progress: ReadProgress, seconds: float) -> str:
        """What to do with the plug now, and how long it takes when that can be known."""
        if progress.phase is Phase.CHECK:
            return self.tr("Every block is here. The file is being checked.")
        left = progress.seconds_left(seconds)
        if left is not None and left >= 1:
            if round(left) == 1:
                return self.tr("Leave the plug in. About 1 second left.")
            return self.tr("Leave the plug in. About {n} seconds left.").format(n=round(left))
        if progress.phase in (None, Phase.PORT, Phase.ANSWER):
            return self.tr("Waiting for the machine to answer. Leave the plug in.")
        return self.tr("Leave the plug in.")

    def ports(self, ports: Sequence[PortFact]) -> str:
        """What is plugged in, and what a person has to do about it."""
        one = likely_port(ports)
        if one is not None:
            if not port_place(one):
                return self.tr("{adapter} is ready").format(adapter=port_name(one))
            return self.tr("{adapter} is ready on {port}").format(
                adapter=port_name(one), port=one.device
            )
        likely = sum(port.likely for port in ports)
        if likely:
            return self.tr("{n} adapters are plugged in. Choose one:").format(n=likely)
        if len(ports) == 1:
            return self.tr("One port is here, its adapter is not known. You can choose it:")
        if ports:
            return self.tr("{n} ports are here, no adapter is known. You can choose one:").format(
                n=len(ports)
            )
        return self.tr("No adapter found")

    def total(self, line: TotalLine) -> tuple[str, str]:
        """Name and second line of a total: "Value of All Paid Vends", "VA101, since the start"."""
        name, since = total_name(line.name)
        if since is None:
            return name, line.code
        words = {
            Since.START: self.tr("{code}, since the start"),
            Since.RESET: self.tr("{code}, since the last reset"),
        }[since]
        return name, words.format(code=line.code)

    def event_lines(
        self, group: EventGroup, read_at: datetime, *, short: bool = False
    ) -> tuple[str, str]:
        """What happened, and below it "EGS, 12 ×, last Thu 19 Nov 08:14".

        `short` leaves out the code and since when it was counted.
        """
        known = group.text != group.code
        text = short_event(group.text) if known else self.tr("An event of the maker's own")
        if short:
            times = self.tr("{n} ×").format(n=formats.number(group.lately)) if group.lately else ""
            when = formats.machine_time(group.last, read_at) if group.last else ""
            code = "" if known else group.code
            return text, ", ".join(part for part in (code, times, when) if part) or group.code
        parts = [group.code]
        count = group.logged
        if group.lately:
            count = group.lately
            words = self.tr("{n} × since the read before")
            parts.append(words.format(n=formats.number(count)))
        elif group.since_reset:
            count = group.since_reset
            parts.append(self.tr("{n} × since the reset").format(n=formats.number(count)))
        elif group.since_init:
            count = group.since_init
            parts.append(self.tr("{n} × since the start").format(n=formats.number(count)))
        elif count > 1:
            parts.append(self.tr("{n} ×").format(n=formats.number(count)))
        if group.last:
            when = formats.machine_time(group.last, read_at).replace(" ", NO_BREAK)
            last = self.tr("last {when}").replace(" ", NO_BREAK)
            parts.append(last.format(when=when) if count > 1 else when)
        elif not count:
            parts.append(self.tr("none counted"))
        return text, ", ".join(part for part in parts if part)

    def purpose(self, purpose: str) -> str:
        return self.tr("Collect") if purpose == "collect" else self.tr("Look")

    def machine(self, asset: str | None) -> str:
        return asset or self.tr("no asset number")


def short_event(text: str) -> str:
    """An event of the standard without the long name of its unit: "Door is open"."""
    text = _HOW_TO_READ.sub("", text)
    unit, colon, what = text.partition(": ")
    if not colon or unit not in _UNITS or what.startswith("general"):
        return text[:1].upper() + text[1:]
    short = _UNITS[unit]
    return f"{short}: {what}" if short else what[:1].upper() + what[1:]
