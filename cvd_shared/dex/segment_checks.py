"""What is odd about the segments of a report as such: unknown, too long, empty, glued together."""

from collections.abc import Mapping, Sequence
from functools import cache

from cvd_shared.dex.dex_report import BLANKS, Line, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_reader import ElementReader

_NOTHING = f"*{BLANKS}"


def check_segments(
    values: ElementReader, groups: Mapping[str, Sequence[Line]], unknown: Sequence[Segment]
) -> None:
    """Note it in `values`, which has read the segments `groups` of the table, by id."""
    for segment in unknown:
        name = segment.id[:8]
        message = f"{name} is in no list; it is kept"
        values.note("info", "unknown_segment", segment.line, message, name)
    for (line, raw), id_ in values.longer.items():
        _check_end(values, id_, line, raw.split("*"))
    for id_ in filter(_once().__contains__, groups):
        for line, raw in groups[id_]:
            if raw[-1] in _NOTHING or "*" not in raw:
                _check_empty(values, id_, line, raw)


def _check_empty(values: ElementReader, id_: str, line: int, raw: str) -> None:
    if not raw.partition("*")[2].strip(_NOTHING):
        values.note("info", "empty_segment", line, "Sent without any value", name=id_)


def _check_end(values: ElementReader, id_: str, line: int, elements: list[str]) -> None:
    most = segment_table()[id_].last_position
    if not any(element.strip(BLANKS) for element in elements[most + 1 :]):
        return
    message = f"{id_} has more than its {most} elements; they are kept"
    values.note("info", "extra_elements", line, message, id_)


@cache
def _once() -> frozenset[str]:
    """The segments that tell one thing or one device: empty, they tell nothing."""
    return frozenset(kind.id for kind in segment_table().values() if not kind.repeats)
