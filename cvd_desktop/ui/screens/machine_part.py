"""What the views of the Machine screen share: they show one machine, their figures open a read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import (
    HistoryPoint,
    MachineHistory,
    MachineLine,
    ReadSummary,
    RecordState,
)
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

if TYPE_CHECKING:
    from cvd_desktop.domain.machine_facts import MachineFacts
    from cvd_shared.wire_records import PlanogramRecord, ReadRecord

R = TypeVar("R")

SIDE = 356
SIDE_COMPACT = 320
LEAST_ROWS = 5


@dataclass(frozen=True, slots=True)
class MachineRead:
    """One read of the machine: the record that everybody has, and what this laptop adds to it."""

    record: ReadRecord
    summary: ReadSummary | None = None  # None: its bytes are not on this laptop
    point: HistoryPoint | None = None  # None until the history was worked out

    @property
    def here(self) -> bool:
        """Its bytes are on this laptop."""
        return self.summary is not None

    @property
    def state(self) -> RecordState:
        return self.summary.state if self.summary is not None else RecordState.ON_THE_SERVER


@dataclass(frozen=True, slots=True)
class MachineShown:
    """A machine as its views share it. The past is None while it is being worked out."""

    line: MachineLine
    now: datetime
    reads: tuple[MachineRead, ...] = ()  # newest first
    planogram: PlanogramRecord | None = None
    products: Mapping[str, str] | None = None  # id -> name; None while being fetched
    history: MachineHistory | None = None
    last: ReadShown | None = None  # the newest read whose file is here
    trouble: str = ""  # why the past could not be worked out
    facts: MachineFacts | None = None  # what is in it now; None where nobody asks for it
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # by product id

    @property
    def fetched(self) -> bool:
        """Reads and planogram are here."""
        return self.products is not None

    @property
    def worked_out(self) -> bool:
        """History and last read are here, or it is known why not."""
        return self.history is not None or bool(self.trouble)


class MachinePart(TwoColumns):
    """One view of the machine. `show_machine` is called when it is seen and when facts arrived.

    To add one: a subclass with its widgets, its view in machine_page.py, its test.
    """

    read_opened = Signal(str)
    """Id of a read that a person wants to see."""
    proof_wanted = Signal(object)
    """The `Proof` of a figure of the last read that a person opened."""
    changed = Signal()
    """Actions or what is picked are others now."""

    def __init__(
        self,
        look: Look,
        words: PartWords,
        parent: QWidget,
        side_px: int = SIDE,
        compact_px: int = SIDE_COMPACT,
    ) -> None:
        super().__init__(look, side_px, compact_px, parent)
        self.words = words
        self.shown: MachineShown | None = None

    def show_machine(self, shown: MachineShown) -> None:
        """Show this machine; a subclass fills its widgets."""
        self.shown = shown

    def actions_here(self) -> Sequence[QAction]:
        """What can be done in this view, for the action bar."""
        return ()

    def primary_here(self) -> QAction | None:
        """What is to be done next in this view; None: to read the machine, as everywhere."""
        return None

    def read_begins(self) -> None:
        """A person went from this view to read the machine."""

    def first_focus(self) -> QWidget | None:
        """The widget that the arrow keys mean when the view is opened."""
        return None

    # for subclasses

    def proves(self, table: TableView[R], proof: Callable[[R], Proof | None]) -> None:
        """Rows of this table open their lines in the file of the last read."""

        def open_row(row: int) -> None:
            facts = table.rows_model().row(row)
            found = proof(facts) if facts is not None else None
            if found is not None:
                self.proof_wanted.emit(found)

        table.opened.connect(open_row)

    def action(self, icon: str, key: str, run: Callable[[], object], text: str) -> QAction:
        """Something that can be done in this view."""
        made = QAction(themed_icon(self._look, icon), text, self)
        if key:
            made.setShortcut(QKeySequence(key))
        made.triggered.connect(lambda: run())
        return made


class ListCard(Card, Generic[R]):
    """A card whose table goes to its edges, with a sentence in the place of an empty one."""

    def __init__(self, look: Look, table: TableView[R], parent: QWidget | None) -> None:
        super().__init__(look, padding=1, parent=parent)
        space = look.theme.space
        self.table = table
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(space.l, space.l, space.l, space.l)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.body.setSpacing(0)
        self.body.addWidget(self.empty)
        self.body.addWidget(table, 1)
        self.body.addStretch(0)

    def set_heading(self, heading: str) -> None:
        """A heading above the table; without one the table begins at the edge."""
        space = self.look.theme.space
        self.head.setContentsMargins(space.l, space.m, space.l, space.xs)
        super().set_heading(heading)

    def say(self, sentence: str) -> None:
        """A sentence instead of the rows; an empty one shows the rows."""
        self.empty.setText(sentence)
        self.empty.setVisible(bool(sentence))
        self.table.setVisible(not sentence)
