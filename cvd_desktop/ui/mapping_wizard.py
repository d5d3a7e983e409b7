"""The wizard that finds out which counter belongs to which slot: a person vends, then reads again.

It asks one slot after another. When a newer read is there it looks which counter moved; a person
confirms it, and what follows is settled with it. Nothing is kept but what is exported.
"""

import csv
import io
from dataclasses import dataclass, field

from cvd_desktop.services.export_texts import without_formula
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.selection_mapping import Mapping, Question, answer, moved


@dataclass(slots=True)
class MappingWizard:
    """Where a person stands. `base` is the read that the next one is compared with."""

    mapping: Mapping
    base_id: str
    base: MachineReading | None
    skipped: list[str] = field(default_factory=list)
    expecting: bool = False  # the person went to read the machine for the present question
    read_since: bool = False  # a newer read was compared for the present question
    found: str | None = None  # the selection that moved, not yet confirmed
    before: list[Mapping] = field(default_factory=list)  # for undo

    def question(self) -> Question | None:
        """The slot to vend now; one that was skipped is asked when nothing else is open."""
        asked = self.mapping.questions
        fresh = (each for each in asked if each.slot not in self.skipped)
        return next(fresh, None) or next(iter(asked), None)

    def read(self, read_id: str, reading: MachineReading | None) -> None:
        """A newer read is here: which counter moved since the one before?"""
        if read_id == self.base_id:
            return
        if self.expecting and self.base is not None and reading is not None:
            self.found = moved(self.base, reading)
            self.read_since = True
        self.expecting = False
        self.base_id, self.base = read_id, reading

    def confirm(self) -> None:
        """The counter that moved is that of the slot."""
        if self.found is not None:
            self.settle(self.found)

    def settle(self, selection: str | None) -> None:
        """The slot that is asked has this counter, or none."""
        asked = self.question()
        if asked is not None:
            self.before.append(self.mapping)
            self.mapping = answer(self.mapping, asked.slot, selection)
            self._ask_on()

    def ask_again(self) -> None:
        """What moved was not the vend of the slot: vend it once more."""
        self._ask_on()

    def skip(self) -> None:
        """Another slot first."""
        asked = self.question()
        if asked is not None:
            if asked.slot in self.skipped:  # all others were skipped too: begin anew
                self.skipped.clear()
            self.skipped.append(asked.slot)
            self._ask_on()

    def undo(self) -> None:
        """Take back the last answer."""
        if self.before:
            self.mapping = self.before.pop()
            self._ask_on()

    def _ask_on(self) -> None:
        self.found = None
        self.read_since = False

    @property
    def answered(self) -> int:
        return len(self.before)


def mapping_csv(mapping: Mapping, titles: tuple[str, str, str, str]) -> str:
    """A row for each slot: slot, selection, confidence in percent, reason; for the office."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    for each in mapping.proposals:
        writer.writerow(
            (
                without_formula(each.slot),
                without_formula(each.selection or ""),
                round(100 * each.confidence),
                without_formula(each.reason),
            )
        )
    return out.getvalue()
