"""The Read screen's proof: the raw file with its proving lines marked, the trace of the line."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.read_done_page import Proof
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.segments_view import SegmentsView
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE = 320
HEX_BYTES = 10  # of a long frame; the raw file has the rest
DLE, ETX, ETB = 0x10, 0x03, 0x17
TraceRow = tuple[int, float, str, bytes]
_CONTROL = {
    0x01: "SOH", 0x02: "STX", 0x03: "ETX", 0x04: "EOT", 0x05: "ENQ", 0x06: "ACK", 0x10: "DLE",
    0x15: "NAK", 0x17: "ETB",
}  # fmt: skip


class RawPage(TwoColumns):
    """Segments with their line numbers, or what went over the line byte by byte."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, SIDE, 264, parent)
        self._detail: ReadDetail | None = None
        self._proof_shown = Proof("")
        space = look.theme.space
        card = Card(look, padding=1)
        self.main.addWidget(card, 1)
        card.body.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(space.l, space.s, space.l, space.s)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.facts = TextLabel(look, "", "dense", Tone.MUTED)
        head.addWidget(self.title, 1)
        head.addWidget(self.facts)
        card.body.addLayout(head)
        card.body.addWidget(Hairline(look))
        self.segments = SegmentsView(look)
        self.trace = TableModel(self._trace_columns(), key=lambda row: row[0], parent=self)
        self.trace_table = TableView(
            look, self.trace, self.tr("Trace of the line"), look.theme.control.dense_row
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self.segments)
        self._stack.addWidget(self.trace_table)
        self._stack.setMinimumHeight(240)
        card.body.addWidget(self._stack, 1)
        self._proof = Card(look)
        self.side.addWidget(self._proof)
        self.proof_heading = self._proof.heading
        self.proof_words = TextLabel(look, "", "body", wrap=True)
        self.proof_who = TextLabel(look, "", "denseStrong", wrap=True)
        self.proof_lines = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        for label in (self.proof_words, self.proof_who, self.proof_lines):
            self._proof.body.addWidget(label)
        self._outside = Card(look, self.tr("Text around the file"))
        self.side.addWidget(self._outside)
        self.outside = TextLabel(look, "", "mono", wrap=True)
        self.outside.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._outside.body.addWidget(self.outside)
        self.side.addStretch(1)

    def _trace_columns(self) -> tuple[Column[TraceRow], ...]:
        return (
            Column("at", self.tr("Seconds"), lambda r: formats.decimal(r[1], 3), right=True),
            Column("who", self.tr("Who"), self._who, face=Face.STRONG),
            Column("size", self.tr("Bytes"), lambda r: formats.number(len(r[3])), right=True),
            Column(
                "text",
                self.tr("Said"),
                lambda r: said(r[3]),
                face=Face.MONO,
                fit=Fit.REST,
                least=240,
            ),
            Column(
                "hex",
                self.tr("Hex"),
                lambda r: (
                    r[3][:HEX_BYTES].hex(" ").upper() + (" …" if len(r[3]) > HEX_BYTES else "")
                ),
                face=Face.MONO,
                tone=Tone.MUTED,
                rank=1,
            ),
        )

    def _who(self, row: TraceRow) -> Cell:
        if row[2] == "R":
            return Cell(self.tr("▶ laptop"), Tone.PLAIN, face=Face.STRONG)
        return Cell(self.tr("◀ machine"), Tone.ACCENT, face=Face.STRONG)

    def show_detail(self, detail: ReadDetail) -> None:
        """Show this read; nothing to do when it is the one shown."""
        if self._detail is not None and self._detail.segments is detail.segments:
            return
        self._detail = detail
        self.segments.show_segments(detail.segments)
        self.trace.set_rows([(n, *row) for n, row in enumerate(detail.trace)])
        self._show_facts()
        around = "\n".join(text for text in detail.outside if text.strip())
        self.outside.setText(around[:2000])
        self._outside.setVisible(bool(around))

    def show_proof(self, proof: Proof) -> None:
        """Mark the lines that prove something, or show the trace where that is the proof."""
        self.segments.mark(proof.lines)
        self._proof.set_heading(proof.heading)
        self.proof_words.setText(proof.words)
        self.proof_who.setText(proof.who)
        for label in (self.proof_words, self.proof_who):
            label.setVisible(bool(label.text()))
        self._proof_shown = proof
        self.show_trace(proof.in_trace)

    def _lines_words(self, proof: Proof) -> str:
        lines = proof.lines
        if self.trace_shown:
            return self.tr("The trace shows every byte that went over the line.")
        if len(lines) == 1:
            return self.tr("Line {n} says it.").format(n=lines[0])
        if lines:
            shown = ", ".join(str(n) for n in lines[:6])
            more = self.tr(" and more") if len(lines) > 6 else ""
            return self.tr("Lines {lines} say it.").format(lines=shown + more)
        if proof.words:
            return self.tr("No line of the file tells of it.")
        return self.tr("Every byte is kept exactly as it was received.")

    def show_trace(self, shown: bool) -> None:
        self._stack.setCurrentWidget(self.trace_table if shown else self.segments)
        self.title.setText(self.tr("Trace of the line") if shown else self.tr("Raw file"))
        self.proof_lines.setText(self._lines_words(self._proof_shown))
        self._show_facts()

    def _show_facts(self) -> None:
        """How much there is of what is shown."""
        detail = self._detail
        if detail is None:
            return
        if self.trace_shown:
            words = self.tr("{n} lines, {seconds} s").format(
                n=formats.number(len(detail.trace)), seconds=formats.decimal(detail.seconds)
            )
        else:
            words = self.tr("{n} segments, {bytes}").format(
                n=formats.number(len(detail.segments)), bytes=formats.size(len(detail.raw))
            )
        self.facts.setText(words)

    @property
    def trace_shown(self) -> bool:
        return self._stack.currentWidget() is self.trace_table

    def take_focus(self) -> None:
        shown = self.trace_table if self.trace_shown else self.segments
        shown.setFocus(Qt.FocusReason.OtherFocusReason)


def said(data: bytes) -> str:
    """Bytes as a technician reads them: control characters by name, a CRC in hex, else text."""
    parts: list[str] = []
    text = ""
    crc_from = _crc_place(data)
    for place, byte in enumerate(data):
        if 0x20 <= byte < 0x7F and place < crc_from:
            text += chr(byte)
            continue
        if text:
            parts.append(text)
            text = ""
        parts.append(f"{byte:02X}" if place >= crc_from else _CONTROL.get(byte, f"{byte:02X}"))
    if text:
        parts.append(text)
    return " ".join(parts)


def _crc_place(data: bytes) -> int:
    """Where the two bytes of the CRC of a DEX block begin; past the end when there is none."""
    ends = len(data) >= 4 and data[-4] == DLE and data[-3] in (ETX, ETB)
    return len(data) - 2 if ends else len(data)
