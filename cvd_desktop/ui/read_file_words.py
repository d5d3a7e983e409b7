"""What a line of the raw file says, element by element, and what goes over the line."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cvd_desktop.domain.records import FindingLine
from cvd_desktop.ui.read_fact_words import MARK_OF_SEVERITY
from cvd_desktop.ui.read_proof import Proof
from cvd_desktop.ui.read_shown import ReadShown
from cvd_desktop.ui.widgets.fact_table import FactRow
from cvd_shared.dex.dex_segments import Element, segment_kind

if TYPE_CHECKING:
    from cvd_shared.dex.dex_report import Severity

LONG = 22  # letters of a value that stands below its name
LONGEST = 400  # letters of a value that are shown
MOST_ELEMENTS = 60  # a glued line may have thousands
SEVERITIES: "tuple[Severity, ...]" = ("error", "warning", "info")
DLE, ETX, ETB = 0x10, 0x03, 0x17
_CONTROL = {
    0x01: "SOH", 0x02: "STX", 0x03: "ETX", 0x04: "EOT", 0x05: "ENQ", 0x06: "ACK", 0x10: "DLE",
    0x15: "NAK", 0x17: "ETB",
}  # fmt: skip


class FileWords(QObject):
    """Puts lines and findings of a file into words."""

    def line_name(self, text: str) -> str:
        """What a segment is: "VA1, vends and their value"."""
        segment = text.partition("*")[0].strip()
        kind = segment_kind(segment)
        if kind is not None:
            return f"{segment}  {kind.name}"
        return self.tr("{segment}  not in the standard").format(segment=segment[:LONG])

    def element_rows(self, shown: ReadShown, text: str, proving: set[int]) -> tuple[FactRow, ...]:
        """The elements of a line with their names; empty ones are left out."""
        segment, *values = text.split("*", MOST_ELEMENTS + 1)
        kind = segment_kind(segment.strip())
        rows = []
        for position, value in enumerate(values[:MOST_ELEMENTS], start=1):
            if not value.strip():
                continue
            known = kind.elements.get(position) if kind is not None else None
            name = known.name if known is not None else self.tr("not in the standard")
            code = f"{segment.strip()[:LONG]}{position:02d}"
            said = _value(shown, known, value)
            beside = said if len(said) <= LONG else ""
            detail = code if beside else f"{code}: {said}"
            strong = position in proving
            rows.append(FactRow(code, name, beside, detail, strong=strong))
        return tuple(rows)

    def finding_row(self, n: int, finding: FindingLine) -> FactRow:
        """A finding with its severity as shape and word, and its line."""
        return FactRow(
            f"{n}",
            finding.message,
            detail=self.finding_detail(finding),
            mark=MARK_OF_SEVERITY[finding.severity],
            proof=self.finding_proof(finding),
        )

    def finding_detail(self, finding: FindingLine) -> str:
        """Below a finding: "Warning, line 12"."""
        word = {
            "error": self.tr("Error"),
            "warning": self.tr("Warning"),
            "info": self.tr("Note"),
        }[finding.severity]
        if finding.line <= 0:
            return word
        return self.tr("{word}, line {n}").format(word=word, n=finding.line)

    def finding_proof(self, finding: FindingLine) -> Proof:
        """A finding with its rule, its chapter and what the maker should change."""
        chapter = finding.chapter
        if chapter[:1].isdecimal():
            chapter = self.tr("EVA-DTS 6.2.2, chapter {n}").format(n=chapter)
        parts = [finding.message]
        if finding.rule:
            rule = self.tr("The rule: {rule}").format(rule=finding.rule)
            parts.append(f"{rule} ({chapter})" if chapter else rule)
        who = self.tr("For the maker: {advice}").format(advice=finding.advice)
        lines = finding.lines or ((finding.line,) if finding.line > 0 else ())
        return Proof(
            self.finding_detail(finding),
            "\n".join(parts),
            lines,
            who=who if finding.advice else "",
        )


def by_severity(findings: tuple[FindingLine, ...]) -> list[FindingLine]:
    """The worst first, each kind in the order of the file."""
    return sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.line))


def sorted_counts(counted: "Mapping[Severity, int]") -> "list[tuple[Severity, int]]":
    """All three severities with their number, the worst first."""
    return [(severity, counted.get(severity, 0)) for severity in SEVERITIES]


def _value(shown: ReadShown, known: Element | None, value: str) -> str:
    text = value.strip()[:LONGEST]
    if known is not None and known.is_money and text.isdecimal():
        return shown.amounts.plain(int(text))
    return text


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
