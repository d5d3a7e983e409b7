"""The Bench before anything was read: the ports with their adapters, and traces to look at."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.records import PortFact, ReadSummary
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_view import port_name
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel

LEAST_PORTS, LEAST_READS = 3, 5
LINK_NAMES = {"dexucs": "DEX/UCS", "ddcmp": "DDCMP"}


class PortsPage(QWidget):
    """Two lists, each with a sentence in its place while it is empty."""

    port_chosen = Signal(str)
    """Device that a person wants to read by."""
    trace_wanted = Signal(str)
    """Id of a read whose trace a person wants to see."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._findings: Mapping[str, tuple[TagKind, str]] = {}
        self._now: datetime | None = None
        self._quiet = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.theme.space.m)
        self.ports: TableModel[PortFact] = TableModel(
            (
                Column("adapter", self.tr("Adapter"), self._adapter, fit=Fit.REST, least=160),
                Column("port", self.tr("Port"), lambda port: port.device, face=Face.MONO),
                Column("test", self.tr("Loop-back test"), self._test, fit=Fit.REST, rank=1),
            ),
            key=lambda port: port.device,
            parent=self,
        )
        self.port_table = TableView(
            look, self.ports, self.tr("Ports"), look.theme.control.row, enter_opens=True
        )
        self.port_table.keep_height(LEAST_PORTS, 6)
        self.no_ports = self._sentence(look)
        column.addWidget(_list_card(look, self.tr("Ports"), self.no_ports, self.port_table))
        self.port_table.current_changed.connect(self._choose)
        self.reads: TableModel[ReadSummary] = TableModel(
            (
                Column("at", self.tr("Read"), self._at),
                Column("machine", self.tr("Machine"), self._machine, fit=Fit.REST, least=90),
                Column("link", self.tr("Link"), self._link, rank=1),
                Column(
                    "size", self.tr("Bytes"), lambda read: formats.number(read.size), right=True
                ),
                Column("state", self.tr("Read was"), self._state, rank=2),
            ),
            key=lambda read: read.id,
            parent=self,
        )
        self.read_table = TableView(
            look, self.reads, self.tr("Traces"), look.theme.control.dense_row, enter_opens=True
        )
        self.read_table.keep_height(LEAST_READS)
        self.no_reads = self._sentence(look)
        card = _list_card(
            look, self.tr("Traces on this laptop"), self.no_reads, self.read_table, stretch=True
        )
        column.addWidget(card, 1)
        self.read_table.opened.connect(self._open)
        self.show_reads(None, None)
        self.show_ports(None, "")

    def _sentence(self, look: Look) -> TextLabel:
        label = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        margin = look.theme.space.l
        label.setContentsMargins(margin, 0, margin, margin)
        return label

    def show_ports(self, ports: Sequence[PortFact] | None, chosen: str) -> None:
        """None while they are being looked for."""
        sentence = ""
        if ports is None:
            sentence = self.tr("Looking for the ports of this laptop.")
        elif not ports:
            sentence = self.tr(
                "No adapter found. Plug one into a USB socket of this laptop: it is found by "
                "itself within two seconds. If it is in, try another socket or another adapter, "
                "or start a practice machine."
            )
        self._quiet = True
        self.ports.set_rows(tuple(ports or ()))
        place = self.ports.find(chosen) if chosen else None
        if place is not None:
            self.port_table.go_to(place)
        self._quiet = False
        _say(self.no_ports, self.port_table, sentence)

    def show_findings(self, findings: Mapping[str, tuple[TagKind, str]]) -> None:
        """What loop-back tests found, by port."""
        self._findings = dict(findings)
        self.ports.set_rows(
            [port for n in range(self.ports.rowCount()) if (port := self.ports.row(n))]
        )

    def show_reads(self, reads: Sequence[ReadSummary] | None, now: datetime | None) -> None:
        """Those with a trace; None while they are being fetched."""
        self._now = now
        self.reads.set_rows(tuple(reads or ()))
        sentence = ""
        if reads is None:
            sentence = self.tr("Reading the list of reads on this laptop.")
        elif not reads:
            sentence = self.tr(
                "No machine was read by a cable on this laptop yet. Every read keeps its trace: "
                "it will be listed here."
            )
        _say(self.no_reads, self.read_table, sentence)

    def _choose(self, row: int) -> None:
        port = self.ports.row(row)
        if port is not None and not self._quiet:
            self.port_chosen.emit(port.device)

    def _open(self, row: int) -> None:
        read = self.reads.row(row)
        if read is not None:
            self.trace_wanted.emit(read.id)

    # cells

    def _adapter(self, port: PortFact) -> Cell:
        if port.practice:
            detail = self.tr("practice, nothing of it reaches the server")
            return Cell(port_name(port), mark=TagKind.INFO, detail=detail, face=Face.STRONG)
        known = TagKind.GOOD if port.likely else TagKind.UNKNOWN
        detail = "" if port.adapter else self.tr("adapter not known")
        return Cell(port_name(port), Tone.PLAIN, mark=known, detail=detail, face=Face.STRONG)

    def _test(self, port: PortFact) -> Cell:
        found = self._findings.get(port.device)
        if found is None:
            return Cell(self.tr("not tested"), Tone.MUTED)
        return Cell(found[1], mark=found[0])

    def _at(self, read: ReadSummary) -> str:
        return formats.moment_beside(read.at, self._now or read.at)

    def _machine(self, read: ReadSummary) -> Cell:
        if read.machine_asset:
            return Cell(read.machine_asset, face=Face.LABEL)
        return Cell(self.tr("not known"), Tone.MUTED)

    def _link(self, read: ReadSummary) -> str:
        return LINK_NAMES.get(read.link, read.link)

    def _state(self, read: ReadSummary) -> Cell:
        if read.complete:
            return Cell(self.tr("whole"), mark=TagKind.QUIET)
        return Cell(self.tr("broken off"), mark=TagKind.WARNING)


def _say(label: TextLabel, table: QWidget, sentence: str) -> None:
    label.setText(sentence)
    label.setVisible(bool(sentence))
    table.setVisible(not sentence)


def _list_card(
    look: Look, heading: str, sentence: TextLabel, table: QWidget, *, stretch: bool = False
) -> Card:
    card = Card(look, padding=1)
    space = look.theme.space
    card.head.setContentsMargins(space.l, space.m, space.l, 0)
    card.set_heading(heading)
    card.body.addWidget(sentence)
    card.body.addWidget(table, 1 if stretch else 0)
    if stretch:
        card.body.addStretch(0)
    return card
