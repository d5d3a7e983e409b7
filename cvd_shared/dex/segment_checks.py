"""What is odd about the segments of a report as such: unknown, too long, empty, glued together."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from cvd_shared.dex.dex_report import BLANKS, Segment
from cvd_shared.dex.dex_segments import segment_table
from cvd_shared.dex.element_reader import ElementReader, Elements

_OWN_DATA = frozenset(("MA5", "MC5", "SD1"))  # may name segments in their elements
_ID_AT_END = re.compile(r"([A-Z]{2,3}[0-9]{1,2})[ \t]*\Z")
_LONGEST_ID = 8  # characters to look at, blanks included


def check_segments(
    values: ElementReader, groups: Mapping[str, list[Elements]], unknown: Sequence[Segment]
) -> None:
    """Note it in `values`. `groups` are the segments of the table, by id."""
    for segment in unknown:
        name = segment.id[:8]
        values.note(
            "info", "unknown_segment", segment.line, f"{name} is in no list; it is kept", name
        )
    for id_, group in groups.items():
        most = segment_table()[id_].last_position
        if max(map(len, group)) > most + 1 > 1:
            _check_ends(values, id_, group, most)
    empty = {
        row[0]: id_
        for id_ in _once() & groups.keys()
        for row in groups[id_]
        if not "".join(row[1:]).strip(BLANKS)
    }
    for line in sorted(empty):
        message = f"Sent without any value: {', '.join(dict.fromkeys(empty.values()))}"
        values.note("info", "empty_segment", line, message)
    for id_, position, row in values.senseless:
        _check_glued(values, id_, row, position)


def _check_ends(values: ElementReader, id_: str, group: list[Elements], most: int) -> None:
    for row in group:
        if any(element.strip(BLANKS) for element in row[most + 1 :]):
            message = f"{id_} has more than its {most} elements; they are kept"
            values.note("info", "extra_elements", row[0], message, id_)
            for position in range(1, min(most + 1, len(row) - 1)):
                _check_glued(values, id_, row, position)


def _check_glued(values: ElementReader, id_: str, row: Elements, position: int) -> None:
    """An element that ends in a segment id, where the rest of the segment makes no sense either."""
    ends = _ID_AT_END.search(row[position][-_LONGEST_ID:])
    if ends is None or id_ in _OWN_DATA:
        return
    found = next((name for name in (ends[1], ends[1][1:]) if name in segment_table()), None)
    if found is not None:
        message = f"{found} begins inside {id_}{position:02d}: a piece of the report is missing"
        values.note("warning", "glued_segments", row[0], message, id_)


@cache
def _once() -> frozenset[str]:
    """The segments that tell one thing or one device: empty, they tell nothing."""
    return frozenset(kind.id for kind in segment_table().values() if not kind.repeats)
