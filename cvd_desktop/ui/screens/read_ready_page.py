"""The Read screen before a read: which port, what for, and the reads of before."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.records import PortFact, ReadSummary, RecordState
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import likely_port, port_name, port_place
from cvd_desktop.ui.read_words import MARK_OF_STATE, ReadWords
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.chip import MachineChipState
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 548
SIDE_COMPACT = 328
LEAST_ROWS = 5


class ReadyPage(TwoColumns):
    """Chooses the port by itself when there is exactly one likely."""

    opened = Signal(str)
    """Id of an earlier read that a person wants to see."""
    chosen = Signal()
    """Port or purpose is another now."""

    def __init__(self, look: Look, messages: Messages, words: ReadWords, parent: QWidget) -> None:
        super().__init__(look, SIDE, SIDE_COMPACT, parent)
        self._messages = messages
        self._words = words
        self._now: datetime | None = None
        self._ports: tuple[PortFact, ...] | None = None
        self._by_hand: str | None = None
        self._port_choices: dict[str, Choice] = {}
        self._build_left(look)
        self._build_right(look)
        self.show_machine("", "")

    def _build_left(self, look: Look) -> None:
        space = look.theme.space
        card = Card(look, strong=True, padding=space.xl)
        self.main.addWidget(card)
        self.title = TextLabel(look, "", "title", wrap=True)
        self.lead = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        card.body.addWidget(self.title)
        card.body.addWidget(self.lead)
        card.body.addSpacing(space.s)
        card.body.addWidget(TextLabel(look, self.tr("Adapter"), "bodyStrong"))
        self.port_line = QHBoxLayout()
        self.port_line.setSpacing(space.m)
        self.port_shape = Shape(look, "ring", Tone.PLAIN, 20)
        self.port_words = TextLabel(look, "", "body", wrap=True)
        self.port_line.addWidget(self.port_shape)
        self.port_line.addWidget(self.port_words, 1)
        card.body.addLayout(self.port_line)
        self.port_help = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        card.body.addWidget(self.port_help)
        self._choices = ChoiceGrid(look, self.tr("Other ports"))
        card.body.addWidget(self._choices)
        card.body.addSpacing(space.s)
        card.body.addWidget(TextLabel(look, self.tr("What for"), "bodyStrong"))
        purposes = ChoiceGrid(look)
        self.look_choice = Choice(
            look,
            self.tr("Look"),
            self.tr("Read the counters. Where the machine lets us choose, nothing is reset."),
        )
        self.collect_choice = Choice(
            look,
            self.tr("Collect"),
            self.tr("The cash is taken now: the machine begins a new interval after this read."),
        )
        self.look_choice.setChecked(True)
        purposes.set_choices((self.look_choice, self.collect_choice))
        for choice in purposes.choices():
            choice.toggled.connect(self._choose)
        card.body.addWidget(purposes)
        card.body.addStretch(1)
        card.body.addLayout(safe_note(look, *self._safe()))

    def _safe(self) -> tuple[str, str]:
        return (
            self.tr('Every block is on disk before the machine is told "received".'),
            self.tr("If the cable falls out or the battery dies, the blocks so far are kept."),
        )

    def _build_right(self, look: Look) -> None:
        card = Card(look, padding=1)
        self.side.addWidget(card, 1)
        margin = look.theme.space.l
        card.head.setContentsMargins(margin, look.theme.space.m, margin, 0)
        card.set_heading(self.tr("Earlier reads"))
        self.reads = TableModel(self._columns(), key=lambda read: read.id, parent=self)
        self.table = TableView(
            look,
            self.reads,
            self.tr("Earlier reads"),
            look.theme.control.row,
            enter_opens=True,
        )
        self.table.keep_height(LEAST_ROWS)
        self.table.opened.connect(self._open)
        self.no_reads = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.no_reads.setContentsMargins(margin, 0, margin, margin)
        card.body.addWidget(self.no_reads)
        card.body.addWidget(self.table, 1)
        card.body.addStretch(0)
        self.show_reading(self.tr("Reading the list of reads on this laptop."))

    def _columns(self) -> tuple[Column[ReadSummary], ...]:
        return (
            Column("at", self.tr("Read"), self._at),
            Column(
                "machine",
                self.tr("Machine"),
                lambda read: Cell(
                    read.machine_asset or self.tr("not known"),
                    Tone.PLAIN if read.machine_asset else Tone.MUTED,
                    face=Face.LABEL if read.machine_asset else Face.PLAIN,
                ),
                fit=Fit.REST,
                least=64,
            ),
            Column("verdict", self.tr("Verdict"), self._verdict),
            Column("size", self.tr("Bytes"), lambda r: formats.number(r.size), right=True, rank=2),
            Column("state", self.tr("State"), self._state, rank=1),
        )

    def _at(self, read: ReadSummary) -> str:
        return formats.moment_beside(read.at, self._now or read.at)

    def _verdict(self, read: ReadSummary) -> Cell:
        word, state = self._words.summary_verdict(read)
        return Cell(word, mark=MARK_OF_STATE[state], face=Face.STRONG)

    def _state(self, read: ReadSummary) -> Cell:
        if read.practice:
            return Cell(self.tr("Practice"), mark=TagKind.INFO, face=Face.STRONG)
        return state_cell(self._messages, read.state)

    def show_reading(self, sentence: str) -> None:
        """What is being fetched, or why the list is empty, in place of the list."""
        self.no_reads.setText(sentence)
        self.no_reads.setVisible(bool(sentence))
        self.table.setVisible(not sentence)

    def show_reads(
        self, reads: Sequence[ReadSummary], now: datetime, *, of_one: bool = False
    ) -> None:
        """`of_one`: they are of the machine that the person came to read."""
        self._now = now
        self.reads.set_rows(reads)
        none = self.tr(
            "No machine was read on this laptop yet. Every read will be listed here, and kept "
            "until the server has it."
        )
        if of_one:
            none = self.tr(
                "This laptop has not read this machine yet. Its reads will be listed here, and "
                "kept until the server has them."
            )
        self.show_reading("" if reads else none)

    def show_machine(self, asset: str, place: str) -> None:
        """Which machine the person came to read; empty for any."""
        if asset:
            self.title.setText(self.tr("Read {machine}").format(machine=asset))
        else:
            self.title.setText(self.tr("Read a machine"))
        lead = self.tr("Plug the cable in, or put the head on its eye, then read.")
        self.lead.setText(f"{place}. {lead}" if place else lead)

    def show_ports(self, ports: Sequence[PortFact]) -> None:
        """Choose the only likely port, else offer all, else say what to do."""
        if self._ports == tuple(ports):
            return
        self._ports = tuple(ports)
        if self._by_hand not in {port.device for port in ports}:
            self._by_hand = None
        self._offer(ports)
        self.chosen.emit()

    def _offer(self, ports: Sequence[PortFact]) -> None:
        likely = likely_port(ports)
        offered = ports if likely is None else ()
        self._port_choices = {port.device: self._port_choice(port) for port in offered}
        self._choices.set_choices(
            [self._port_choices[port.device] for port in offered if port.likely],
            [self._port_choices[port.device] for port in offered if not port.likely],
        )
        self._choices.setVisible(bool(offered))
        self.port_words.setText(self._words.ports(ports))
        self.port_help.setVisible(not ports)
        if likely is not None:
            self.port_shape.show_icon("check-circle", Tone.POSITIVE)
        elif ports:
            self.port_shape.show_icon("help", Tone.MUTED)
        else:
            self.port_shape.show_icon("unplug", Tone.WARNING)
            self.port_help.setText(
                self.tr(
                    "Plug the adapter into a USB socket of this laptop. It is found by itself "
                    "within two seconds. If it is in, try another socket or another adapter."
                )
            )

    def _port_choice(self, port: PortFact) -> Choice:
        choice = Choice(self._look, port_name(port), port_place(port))
        choice.setChecked(port.device == self._by_hand)
        choice.toggled.connect(self._choose_port)
        return choice

    def choices(self) -> tuple[Choice, ...]:
        """The ports that are offered, likely ones first, when there is not exactly one likely."""
        return self._choices.choices()

    def several_adapters(self) -> bool:
        """Whether more than one known adapter is plugged in."""
        return sum(port.likely for port in self._ports or ()) > 1

    def likely_ports(self) -> tuple[PortFact, ...]:
        """The ports with a known adapter."""
        return tuple(port for port in self._ports or () if port.likely)

    def ports_known(self) -> bool:
        return self._ports is not None

    def port(self) -> str | None:
        """The device to read from; None where a person has to choose or plug in first."""
        likely = likely_port(self._ports or ())
        return likely.device if likely is not None else self._by_hand

    def chip_state(self) -> MachineChipState:
        """What the machine chip tells while nothing is read."""
        if self.port() is not None:
            return MachineChipState.ADAPTER_READY
        several = self.several_adapters()
        return MachineChipState.CHOOSE_PORT if several else MachineChipState.NO_ADAPTER

    def purpose(self) -> str:
        return "collect" if self.collect_choice.isChecked() else "look"

    def set_purpose(self, purpose: str) -> None:
        chosen = self.collect_choice if purpose == "collect" else self.look_choice
        chosen.setChecked(True)

    def turn_purpose(self) -> None:
        self.set_purpose("look" if self.purpose() == "collect" else "collect")

    def listed(self) -> tuple[list[ReadSummary], ReadSummary | None]:
        """The earlier reads that are shown, and the current one of them."""
        rows = map(self.reads.row, range(self.reads.rowCount()))
        listed = [read for read in rows if read is not None]
        return listed, self.table.current() or next(iter(listed), None)

    def _choose(self) -> None:
        self.chosen.emit()

    def _choose_port(self, checked: bool) -> None:
        if checked:
            chosen = (d for d, choice in self._port_choices.items() if choice.isChecked())
            self._by_hand = next(chosen, None)
            self.chosen.emit()

    def _open(self, row: int) -> None:
        read = self.reads.row(row)
        if read is not None:
            self.opened.emit(read.id)


def state_cell(messages: Messages, state: RecordState) -> Cell:
    """Where a record is: the same three marks everywhere."""
    return Cell(messages.state(state), mark=TagKind(state.value), face=Face.STRONG)


def safe_note(look: Look, strong: str, plain: str) -> QHBoxLayout:
    """The two lines with the check mark at the foot of a card."""
    row = QHBoxLayout()
    row.setSpacing(look.theme.space.m)
    column = QVBoxLayout()
    column.setSpacing(0)
    column.addWidget(TextLabel(look, strong, "denseStrong", wrap=True))
    column.addWidget(TextLabel(look, plain, "dense", Tone.MUTED, wrap=True))
    shape = Shape(look, "check-circle", Tone.PLAIN, 20, "dense")
    row.addWidget(shape, 0, Qt.AlignmentFlag.AlignTop)
    row.addLayout(column, 1)
    return row
