"""The shapes of a split EVA-DTS file: segments, reports, what is outside, findings."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from cvd_shared.dex.integrity_check import CheckResult

BLANKS = " \t\v\f\0\x1a"  # what pads lines and files; NUL and Ctrl-Z come from old loggers

Severity = Literal["error", "warning", "info"]


class Finding(NamedTuple):
    """Something odd in a report, for people. `code` is stable, `message` is English."""

    severity: Severity
    code: str
    line: int  # in the file, from 1
    message: str


class Segment(NamedTuple):
    """One segment as it was sent: `elements[0]` is its id, `elements[1]` its element 01."""

    line: int  # in the file, from 1
    elements: list[str]  # raw: escapes and blanks kept, bytes 80-FF as latin-1

    @property
    def id(self) -> str:
        return self.elements[0].strip(BLANKS)

    @property
    def raw(self) -> str:
        return "*".join(self.elements)


class Outside(NamedTuple):
    """A line, or a part of one, that belongs to no report."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report: a transaction set with the envelope around it, if there is one.

    `segments` hold DXS to DXE in the order of the file; a further set in the same envelope has only
    its own. `declared` is SE01, `counted` the segments ST to SE, both included.
    """

    segments: tuple[Segment, ...]
    header: Segment | None  # DXS; shared by the sets of an envelope
    complete: bool
    cut: bool  # it ends inside the last segment, whose last element cannot be trusted
    check: CheckResult
    declared: int | None
    counted: int
    plain: bool  # no character in the file that EVA-DTS does not allow

    def reliable_segments(self) -> tuple[Segment, ...]:
        """The segments without the element in which the report is cut."""
        if not self.cut:
            return self.segments
        *whole, last = self.segments
        rest = last.elements[:-1]
        return (*whole, Segment(last.line, rest)) if rest else tuple(whole)


class DexFile(NamedTuple):
    reports: tuple[Report, ...]
    outside: tuple[Outside, ...]
