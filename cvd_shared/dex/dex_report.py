"""The shapes of a split EVA-DTS file: segments, reports, what is outside, findings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from cvd_shared.dex.integrity_check import CheckResult

BLANKS = " \t\v\f\0\x1a"  # what pads lines and files; NUL and Ctrl-Z come from old loggers

Severity = Literal["error", "warning", "info"]


Line = tuple[int, str]
"""What a Segment holds, as a bare tuple: files have thousands of them."""


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


@dataclass(frozen=True)
class Report:
    """One report: a transaction set with the envelope around it, if there is one.

    `lines` and `segments` hold DXS to DXE in the order of the file; a further set in the same
    envelope has only its own. `declared` is SE01, `counted` the segments ST to SE, both included.
    """

    lines: tuple[Line, ...]
    header: Segment | None  # DXS; shared by the sets of an envelope
    complete: bool
    cut: bool  # it ends inside the last segment, whose last element cannot be trusted
    check: CheckResult
    declared: int | None
    counted: int
    plain: bool  # no character in the file that EVA-DTS does not allow
    padded: bool = False  # there are lines in the file that end in a blank
    heads: Mapping[str, Sequence[Line]] | None = None  # by_head of its lines, where that is known

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(map(Segment._make, self.lines))

    def reliable_lines(self) -> tuple[Line, ...]:
        """The lines without the element in which the report is cut."""
        if not self.cut:
            return self.lines
        rest = without_last_element(Segment._make(self.lines[-1]))
        return (*self.lines[:-1], rest) if rest else self.lines[:-1]

    def by_head(self) -> Mapping[str, Sequence[Line]]:
        """The reliable lines by how they begin."""
        return by_head(self.reliable_lines()) if self.heads is None else self.heads

    def reliable_segments(self) -> tuple[Segment, ...]:
        """The segments without the element in which the report is cut."""
        return tuple(map(Segment._make, self.reliable_lines())) if self.cut else self.segments


def without_last_element(segment: Segment) -> Segment | None:
    """What is left of a segment that is cut somewhere in its last element."""
    rest, star, _ = segment.raw.rpartition("*")
    return Segment(segment.line, rest) if star else None


def by_head(lines: Iterable[Line]) -> dict[str, list[Line]]:
    """Lines by their first four characters: the id and the star of nearly all segments."""
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line[1][:4]].append(line)
    return found


class DexFile(NamedTuple):
    reports: tuple[Report, ...]
    outside: tuple[Outside, ...]
