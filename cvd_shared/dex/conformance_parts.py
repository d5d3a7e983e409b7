"""The segments of a report as the conformance checks go through them: in order, and by id."""

from typing import NamedTuple

from cvd_shared.dex.dex_report import BLANKS, Report, Segment


class Parts(NamedTuple):
    """The segments without an element in which the report is cut."""

    ordered: list[tuple[str, Segment]]  # with their ids
    by_id: dict[str, list[Segment]]
    complete: bool

    def of(self, segment_id: str) -> list[Segment]:
        return self.by_id.get(segment_id, [])

    def first(self, segment_id: str) -> Segment | None:
        return next(iter(self.of(segment_id)), None)

    @property
    def first_line(self) -> int:
        return self.ordered[0][1].line


def parts_of(report: Report) -> Parts:
    ordered = []
    by_id: dict[str, list[Segment]] = {}
    for segment in report.reliable_segments() or report.segments:
        name = segment.id
        ordered.append((name, segment))
        by_id.setdefault(name, []).append(segment)
    return Parts(ordered, by_id, report.complete)


def value_of(segment: Segment, position: int) -> str:
    """The element at `position` without blanks around it; empty when it is not there."""
    elements = segment.raw.split("*", position + 1)  # a line may have millions of them
    return elements[position].strip(BLANKS) if position < len(elements) else ""
