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
    lines: tuple[int, ...] = ()  # all of them where it is about several


class Segment(NamedTuple):
    """One segment as it was sent, taken apart only when someone asks for its elements."""

    line: int  # in the file, from 1
    raw: str  # without line end; escapes and blanks kept, bytes 80-FF as latin-1

    @property
    def id(self) -> str:
        return self.raw.partition("*")[0].strip(BLANKS)

    @property
    def elements(self) -> list[str]:
        """The id at 0, element 01 at 1: raw text, empty elements as empty strings."""
        return self.raw.split("*")


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
    padded: bool = False  # there are lines in the file that end in a blank

    def reliable_segments(self) -> tuple[Segment, ...]:
        """The segments without the element in which the report is cut."""
        if not self.cut:
            return self.segments
        rest = without_last_element(self.segments[-1])
        return (*self.segments[:-1], rest) if rest else self.segments[:-1]


def without_last_element(segment: Segment) -> Segment | None:
    """What is left of a segment that is cut somewhere in its last element."""
    rest, star, _ = segment.raw.rpartition("*")
    return Segment(segment.line, rest) if star else None


class DexFile(NamedTuple):
    reports: tuple[Report, ...]
    outside: tuple[Outside, ...]
