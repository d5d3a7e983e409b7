"""The rows of the stop list: every word that a row paints, worked out once for each view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from PySide6.QtCore import QObject

from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import StopMachine, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_shown import NOTHING
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.today_words import Need, TodayWords
from cvd_desktop.ui.widgets.rich_line import RichLine, Run
from cvd_desktop.ui.widgets.source_mark import Source, source_words

DETAIL_GAP = "  ·  "
DONE_LINE = "done"
"""Key of the line that the done stops share."""


class RowKind(StrEnum):
    STOP = "stop"
    SKIPPED = "skipped"
    DONE = "done"  # one stop
    DONE_LINE = "done_line"  # all of them, folded


@dataclass(frozen=True, slots=True)
class StopRow:
    """One row. `key` is the stop's id, or DONE_LINE."""

    kind: RowKind
    key: str
    number: str
    name: str
    detail: str
    need: Need | None = None
    lowest: str = ""
    window: str = ""
    window_tone: Tone = Tone.PLAIN
    cash: str = ""
    units: str = ""
    assets: str = ""
    marked: str = ""  # done and skipped: the mark and its time
    record: RecordState | None = None
    record_words: str = ""
    more: tuple[RichLine, ...] = ()  # shown while the row is chosen
    spoken: str = ""  # the whole row, for screen readers
    tip: str = ""  # source and age of its figures
    details: tuple[str, ...] = ()  # of `detail`; what has no room beside the columns is left out

    @property
    def sunk(self) -> bool:
        return self.kind is not RowKind.STOP


class RowMaker(QObject):
    """Made by the page; knows nothing of widgets."""

    def __init__(self, words: TodayWords, parent: QObject) -> None:
        super().__init__(parent)
        self._words = words

    def stop_row(self, stop: StopView, now: datetime) -> StopRow:
        """A stop that is to do."""
        words = self._words
        window, need = words.window(stop, now), words.need(stop)
        age = words.figures_age(stop.machines, now)
        days = words.days(stop.urgency.days_left)
        tip = f"{source_words(Source.CALCULATED)}, {age}"
        more = [
            *words.access(stop, "dense"),
            *words.address(stop),
            *(self._machine_line(machine, now) for machine in stop.machines),
        ]
        details = words.row_details(stop)
        cash = words.cash(stop)
        lowest = self.tr("lowest slot {days}").format(days=days)
        spoken = [
            self.tr("Stop {n}, {name}").format(n=stop.number, name=stop.name),
            *details,
            need.words,
            lowest if days != NOTHING else self.tr("lowest slot not known"),
            window.row,
            self.tr("cash {amount}").format(amount=cash) if cash != NOTHING else "",
            tip,
        ]
        return StopRow(
            RowKind.STOP,
            stop.stop_id,
            formats.number(stop.number),
            stop.name,
            DETAIL_GAP.join(details),
            need,
            days,
            window.row,
            window.tone,
            words.cash(stop, sign=False),
            formats.number(sum(machine.to_put_in for machine in stop.machines)),
            " ".join(machine.record.asset_number for machine in stop.machines),
            more=tuple(more),
            spoken=", ".join(part for part in spoken if part),
            tip=f"{stop.name}\n{tip}",
            details=details,
        )

    def _machine_line(self, machine: StopMachine, now: datetime) -> RichLine:
        words = self._words
        line = words.machine(machine)
        facts = Run(words.machine_facts(machine, now), "dense")
        return RichLine((*line.runs, facts), line.icon or "machine")

    def sunk_row(self, stop: StopView, now: datetime) -> StopRow:
        """A stop that is done or skipped."""
        words = self._words
        is_done = stop.state == "done"
        did = words.what_was_done([stop]) if is_done else ""
        reason = "" if is_done else words.skip_reason(stop.reason, stop.reason_note)
        marked, record = words.marked(stop, now), words.record(stop.record_state)
        more = [
            *words.access(stop, "dense"),
            *words.address(stop),
            *(self._machine_line(machine, now) for machine in stop.machines),
        ]
        spoken = [
            self.tr("Stop {n}, {name}").format(n=stop.number, name=stop.name),
            did or reason,
            marked,
            record,
        ]
        return StopRow(
            RowKind.DONE if is_done else RowKind.SKIPPED,
            stop.stop_id,
            formats.number(stop.number),
            stop.name,
            did or reason,
            marked=marked,
            record=stop.record_state,
            record_words=record,
            more=tuple(more),
            spoken=", ".join(part for part in spoken if part),
            tip=f"{stop.name}\n{did or reason}, {source_words(Source.MANUAL)}",
        )

    def done_line(self, stops: Sequence[StopView], reads: str, now: datetime) -> StopRow:
        """The done stops in one line; the worst of their records stands for all."""
        words = self._words
        last = max(stops, key=lambda stop: (stop.state_at is not None, stop.state_at or now))
        states = {stop.record_state for stop in stops}
        order = (RecordState.REFUSED, RecordState.RECORDED_HERE, RecordState.ON_THE_SERVER)
        worst = next((state for state in order if state in states), None)
        numbers = ", ".join(formats.number(stop.number) for stop in stops)
        names = ", ".join(stop.name for stop in stops)
        did = ", ".join(part for part in (words.what_was_done(stops), reads) if part)
        marked, record = words.marked(last, now), words.record(worst)
        return StopRow(
            RowKind.DONE_LINE,
            DONE_LINE,
            _short_numbers(stops) or numbers,
            names,
            did,
            marked=marked,
            record=worst,
            record_words=record,
            spoken=", ".join(
                part
                for part in (
                    self.tr("Done: stops {n}, {names}").format(n=numbers, names=names),
                    did,
                    marked,
                    record,
                )
                if part
            ),
            tip=f"{names}\n{did}, {source_words(Source.MANUAL)}",
        )


def _short_numbers(stops: Sequence[StopView]) -> str:
    """ "1 to 7" where more than two follow one another without a gap; "" where they do not."""
    numbers = sorted(stop.number for stop in stops)
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{formats.number(numbers[0])}\N{EN DASH}{formats.number(numbers[-1])}"
    return f"{formats.number(len(numbers))} \N{MULTIPLICATION SIGN}" if len(numbers) > 2 else ""
