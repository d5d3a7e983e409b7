"""From bytes to reports: finds every EVA-DTS report in a file, whatever stands around it.

Takes what is met: CRLF, LF or CR, blanks at line ends, wrappers and prefixes, several reports in
a file, several sets in an envelope, no envelope (DDCMP), cut files. Any bytes give an answer, never
an exception: what belongs to no report is `outside`, what is odd is told by report_checks.
"""

import codecs
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import compress

from cvd_shared.dex.dex_report import (
    BLANKS,
    DexFile,
    Line,
    Outside,
    Report,
    Segment,
    by_head,
    without_last_element,
)
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_values import number
from cvd_shared.dex.integrity_check import NOT_CHECKED, CheckResult, check_g85

_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,4}")
_HEADER_START = re.compile(r"DXS\*")
_LINE_END_BLANK = re.compile(" \n")  # in a third of the time of `in`
_HEADER = re.compile(r"DXS\*([^*]*\*V)?")  # the group makes it sure enough to end an open report
_TRAILER = re.compile(r"DXE[*0-9 ]*")
_ALLOWED = bytes(range(0x20, 0x7F)) + b"\n"
_MARKS = frozenset(("DXS", "ST", "ID1", "SE", "DXE"))


def read_dex(data: bytes) -> DexFile:
    """Every report in `data`, and what is outside of them. Never raises."""
    return _Splitter(plain_text(data)).run()


def plain_text(data: bytes) -> str:
    """Text with line feeds alone between the lines, each other character one byte (latin-1)."""
    encoding = _wide_encoding(data)
    if encoding is not None:  # saved by a text editor
        data = data.decode(encoding, "replace").encode("latin-1", "replace")
    text = data.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _wide_encoding(data: bytes) -> str | None:
    """UTF-16 with its mark, or as a later piece of such a file has it: every other byte is zero."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = data[:64:2], data[1:64:2]
    if len(odd) > 1 and all(even) and not any(odd):
        return "utf-16-le"
    return "utf-16-be" if len(odd) > 1 and all(odd) and not any(even) else None


@dataclass(slots=True)
class _Draft:
    """A report that is being collected."""

    header: Segment | None
    lines: list[Line] = field(default_factory=list)
    has_set: bool = False  # ST seen
    has_identity: bool = False  # ID1 seen
    ended: bool = False  # SE seen


class _Splitter:
    """One pass over the lines; `_draft` is the report that is open, if any."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._plain = not text.encode("latin-1").translate(None, _ALLOWED)
        self._padded = _LINE_END_BLANK.search(text) is not None
        self._has_glued_headers = _has_glued_headers(text)
        self._reports: list[Report] = []
        self._outside: list[Outside] = []
        self._draft: _Draft | None = None

    def run(self) -> DexFile:
        lines = list(compress(enumerate(self._lines, 1), self._said()))
        heads = by_head(lines)
        done = 0
        for special in self._special_lines(heads):
            place = bisect_left(lines, (special,), done)
            self._take_plain(lines[done:place])
            done = place + 1
            if self._has_glued_headers:
                self._take_glued(Segment._make(lines[place]))
            else:
                self._take(Segment._make(lines[place]))
        self._take_plain(lines[done:])
        self._end_of_text(len(self._lines))
        if len(self._reports) == 1 and not self._outside and not self._has_glued_headers:
            report = self._reports[0]
            if not report.cut and len(report.lines) == sum(map(len, heads.values())):
                self._reports[0] = replace(report, heads=heads)  # nearly always
        return DexFile(tuple(self._reports), tuple(self._outside))

    def _said(self) -> list[str]:
        """The lines, empty where they say nothing: files have millions of those, real ones some."""
        if self._plain and not self._padded:
            return self._lines
        return [line.strip(BLANKS) for line in self._lines]

    def _special_lines(self, heads: Mapping[str, Sequence[Line]]) -> list[int]:
        """Numbers of the lines that are not just one more segment of a report."""
        plain = _plain_openings()
        special = {
            line[0]
            for head, lines in heads.items()
            if head not in plain
            for line in lines
            if line[1][:5] not in plain
        }
        if self._has_glued_headers:
            special.update(n for n, line in enumerate(self._lines, 1) if line.find("DXS*") > 0)
        return sorted(special)

    def _take_plain(self, lines: list[Line]) -> None:
        if self._draft is not None:
            self._draft.lines.extend(lines)
        else:
            self._outside.extend(map(Outside._make, lines))

    def _take_glued(self, segment: Segment) -> None:
        """Take a line that may hold headers behind something else."""
        line_number, line = segment
        start = 0
        for found in _HEADER.finditer(line):
            at = found.start()
            inside = self._draft is not None or line.startswith("DXS*", start)
            if at > start and (found[1] or not inside):
                self._take(Segment(line_number, line[start:at]))
                self._end_of_text(line_number)
                start = at
        self._take(Segment(line_number, line[start:]))

    def _take(self, segment: Segment) -> None:
        name = segment.id
        if name in _MARKS:
            self._mark(name, segment)
        elif name.startswith("DXE"):  # a wrapper glued to it
            self._trailer(segment)
        elif self._draft is not None and _SEGMENT_ID.fullmatch(name):
            self._draft.lines.append(segment)
        elif segment.raw.strip(BLANKS):
            self._outside.append(Outside._make(segment))

    def _mark(self, name: str, segment: Segment) -> None:
        """Open, continue or end a report at one of the segments that say where reports lie."""
        draft = self._draft
        if name == "DXE":
            self._trailer(segment)
            return
        if name == "SE" and draft is None:
            self._outside.append(Outside._make(segment))
            return
        if name == "DXS":
            draft = self._open(segment)
        elif name == "ST" and (draft is None or draft.has_set):
            draft = self._open(draft.header if draft and draft.ended else None)
        elif name == "ID1" and (draft is None or (draft.header is None and draft.has_identity)):
            draft = self._open(None)
        assert draft is not None
        draft.has_set |= name == "ST"
        draft.has_identity |= name == "ID1"
        draft.ended |= name == "SE"
        draft.lines.append(segment)

    def _trailer(self, segment: Segment) -> None:
        line_number, line = segment
        found = _TRAILER.search(line)
        if self._draft is None or found is None:
            self._outside.append(Outside(line_number, line))
            return
        self._draft.lines.append(Segment(line_number, line[: found.end()]))
        self._close(complete=True)
        if line[found.end() :].strip(BLANKS):
            self._outside.append(Outside(line_number, line[found.end() :]))

    def _open(self, header: Segment | None) -> _Draft:
        if self._draft is not None:
            before = self._draft.header
            one_more_set = before is not None and before is header
            self._close(complete=one_more_set, cut=before is not None and not one_more_set)
        self._draft = _Draft(header)
        return self._draft

    def _end_of_text(self, line_number: int) -> None:
        """The text stops in this line, perhaps in the middle of a segment."""
        if self._draft is not None:
            self._close(complete=False, cut=self._draft.lines[-1][0] == line_number)

    def _close(self, *, complete: bool, cut: bool = False) -> None:
        """Turn the draft into a report."""
        draft, self._draft = self._draft, None
        assert draft is not None
        lines = draft.lines
        if draft.header is None and not complete:  # nothing says where it should end
            complete = draft.ended or not cut
        header = draft.header
        if cut and header is lines[-1]:
            header = without_last_element(header)
        reliable = lines[:-1] if cut else lines
        first = next(_places("ST", reliable), 1 if header is lines[0] else 0)
        end = next(_places("SE", reversed(reliable)), None)
        self._reports.append(
            Report(
                lines=tuple(lines),
                header=header,
                complete=complete,
                cut=cut,
                check=self._check(reliable, first),
                declared=None if end is None else number(_first(reliable[-1 - end])),
                counted=len(lines) - first - (end or 0),
                plain=self._plain,
                padded=self._padded,
            )
        )

    def _check(self, lines: list[Line], first: int) -> CheckResult:
        back = next(_places("G85", reversed(lines)), None)
        if back is None:
            return NOT_CHECKED
        place = len(lines) - 1 - back
        check = lines[place]
        covered = self._lines[lines[first][0] - 1 : check[0] - 1]
        if len(covered) != place - first:  # blank lines, or text that is no segment
            covered = [line for line in covered if line.strip(BLANKS)]
        return check_g85(_first(check), covered)


def _has_glued_headers(text: str) -> bool:
    """Whether a header stands anywhere but at the beginning of a line."""
    starts = (found.start() for found in _HEADER_START.finditer(text))
    return any(at and text[at - 1] != "\n" for at in starts)


def _places(name: str, lines: Iterable[Line]) -> Iterator[int]:
    """Where the segments with an id stand in `lines`."""
    for place, line in enumerate(lines):
        if name in line[1] and Segment._make(line).id == name:
            yield place


def _first(line: Line) -> str:
    """Element 01 of a segment, empty where there is none."""
    return "".join(line[1].split("*", 2)[1:2])


@cache
def _plain_openings() -> frozenset[str]:
    """How lines begin that are segments and neither open nor end a report."""
    return frozenset(f"{id_}*" for id_ in segment_table().keys() - _MARKS)
