"""How a machine or a door names its selections: the pattern, and the place that each name means.

Patterns met in the field: A1..., A01..., 11..68, 10, 12, 14..., 101..., 010..., 1, 2, 3...; several
cabinets are told apart by hundreds (010... snacks, 210... drinks), by missing shelves, or because
one cabinet has letters and the other numbers.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple


class LabelPattern(StrEnum):
    """How the doors and reports met in the field name their selections."""

    LETTER_DIGIT = "letter_digit"  # A1, A2 ... F9
    LETTER_NUMBER = "letter_number"  # A01, B10
    ROW_COLUMN = "row_column"  # 11, 12 ... 68: the row, then the column
    TENS = "tens"  # 10, 12, 14 ... even or every number from 10 on
    HUNDREDS = "hundreds"  # 101, 102 ... 612: shelf and place, or cabinet and place
    COUNTING = "counting"  # 1, 2, 3 ... in the order of the board
    ZERO_PADDED = "zero_padded"  # 001, 010, 099
    UNNAMED = "unnamed"  # the report gives no names, only positions
    OTHER = "other"


class DetectedPattern(NamedTuple):
    pattern: LabelPattern
    confidence: float  # 0 to 1
    cabinets: int
    rows: int
    examples: tuple[str, ...]


class Place(NamedTuple):
    """Where a name says that it is, as it counts itself; only the order means something."""

    cabinet: int
    row: int
    column: int


class Layout(NamedTuple):
    detected: DetectedPattern
    places: tuple[Place | None, ...]  # one for each name; None for a name of no pattern


_EXAMPLES = 3
_NAME = re.compile(r"(?P<text>#|[A-Z]{2,}[ .:_#-]*)?(?P<row>[A-Z])?[ .:_-]?(?P<number>\d{1,6})")
_PAIR = re.compile(r"(?P<row>\d{1,2})[ .:/_-](?P<number>\d{1,2})")  # 1-5, 2/10
_TURNED = re.compile(r"(?P<row>\d{1,2})[ .:_-]?(?P<letter>[A-Z])")  # 1A
_WIDEST_ROW = 16  # columns; more than that is counted through, not one shelf
_MOST_CABINETS = 3
_STRAY = 0.1  # share of the names below which a style of its own is no cabinet


class _Name(NamedTuple):
    at: int  # among the names
    row: int | None  # its letter, or the number before a separator; None: only a number
    number: int
    digits: str
    pair: bool = False  # two numbers


class _Way(NamedTuple):
    """One way to read the names of one style, with a place for each."""

    score: float
    pattern: LabelPattern
    places: list[Place]


def detect_pattern(names: Sequence[str]) -> DetectedPattern:
    """The pattern of the names; the surer, the better rows and columns fit and nothing else does.

    Linear in the number of names, but for sorting.
    """
    return layout(names).detected


def layout(names: Sequence[str]) -> Layout:
    """The pattern of the names and the place that each of them means."""
    places: list[Place | None] = [None] * len(names)
    best: tuple[int, LabelPattern] = (0, LabelPattern.OTHER)
    surety, cabinets = 0.0, 0
    for style in _styles(names):
        ways = sorted(_ways(style), key=lambda way: -way.score)
        way = ways[0]
        own = {place.cabinet for place in way.places}
        number = {cabinet: cabinets + n for n, cabinet in enumerate(sorted(own), 1)}
        for name, place in zip(style, way.places, strict=True):
            places[name.at] = place._replace(cabinet=number[place.cabinet])
        cabinets += len(own)
        rival = ways[1].score if len(ways) > 1 else 0.0
        surety += len(style) * way.score * (1 - max(0.0, rival - 0.5) / 2)
        best = max(best, (len(style), way.pattern), key=lambda each: each[0])
    unnamed = sum(not name.strip() for name in names)
    if unnamed > best[0]:
        detected = DetectedPattern(LabelPattern.UNNAMED, unnamed / len(names), 1, 1, ())
        return Layout(detected, (None,) * len(names))
    rows = {place[:2] for place in places if place is not None}
    few = 1 - 1 / (len(names) + 1)  # three names prove less than thirty
    return Layout(
        DetectedPattern(
            pattern=best[1],
            confidence=round(few * surety / max(1, len(names)), 2),
            cabinets=max(1, cabinets),
            rows=max(1, len(rows)),
            examples=tuple(name.strip() for name in names[:_EXAMPLES]),
        ),
        tuple(places),
    )


def _styles(names: Sequence[str]) -> list[list[_Name]]:
    """The names that are written alike, in the order in which the styles appear."""
    styles: dict[str, list[_Name]] = {}
    for index, name in enumerate(names):
        text = name.strip().upper()
        if found := _NAME.fullmatch(text):
            row = ord(found["row"]) - ord("A") if found["row"] else None
            key = f"{found['text'] or ''}{'A' if found['row'] else ''}1"
            each = _Name(index, row, int(found["number"]), found["number"])
        elif found := _PAIR.fullmatch(text):
            key = "1-1"
            each = _Name(index, int(found["row"]), int(found["number"]), found["number"], pair=True)
        elif found := _TURNED.fullmatch(text):
            key = "1A"
            each = _Name(index, int(found["row"]), ord(found["letter"]) - ord("A"), "")
        else:
            continue
        styles.setdefault(key, []).append(each)
    return [style for style in styles.values() if len(style) >= _STRAY * len(names)]


def _ways(style: list[_Name]) -> list[_Way]:
    """Every way to read the names of one style, the simplest first."""
    rows = [name.row for name in style if name.row is not None]
    if rows:
        numbers = [name.number for name in style]
        return [_grid(_letters(style), rows, numbers)]
    numbers = [name.number for name in style]
    padded = any(name.digits.startswith("0") and len(name.digits) > 1 for name in style)
    return [
        way._replace(pattern=LabelPattern.ZERO_PADDED) if padded else way
        for way in _number_ways(numbers)
    ]


def _letters(style: list[_Name]) -> LabelPattern:
    digits = [name.digits for name in style]
    if style[0].pair:
        return LabelPattern.ROW_COLUMN
    if "" in digits:
        return LabelPattern.OTHER
    if any(each.startswith("0") for each in digits) or all(len(each) > 1 for each in digits):
        return LabelPattern.LETTER_NUMBER
    return LabelPattern.LETTER_DIGIT


def _number_ways(numbers: list[int]) -> list[_Way]:
    ways = []
    least, most = min(numbers), max(numbers)
    if least >= 100:
        shelf = _grid(
            LabelPattern.HUNDREDS, [n // 100 for n in numbers], [n % 100 for n in numbers]
        )
        from_one = min(n % 100 for n in numbers) <= 1  # no shelf begins with its tenth place
        ways.append(shelf if from_one else shelf._replace(score=shelf.score / 2))
    if most >= 1000:
        ways.append(_by_cabinet(numbers, 1000))
    elif most >= 100:
        ways.append(_by_cabinet(numbers, 100))
    else:
        if least >= 10:
            tens, units = [n // 10 for n in numbers], [n % 10 for n in numbers]
            firsts = Counter(min(row) for row in _rows(tens, units).values())
            from_one = firsts.most_common(1)[0][0] == 1
            pattern = LabelPattern.ROW_COLUMN if from_one else LabelPattern.TENS
            ways.append(_grid(pattern, tens, units))
    ways.append(_counting(numbers))
    return ways


def _counting(numbers: list[int]) -> _Way:
    """In the order of the board; the surer the fewer numbers are left out."""
    different = len(set(numbers))
    density = different / (max(numbers) - min(numbers) + 1)
    start = 1.0 if min(numbers) <= 1 else 0.8
    score = density * start * different / len(numbers)
    return _Way(score, LabelPattern.COUNTING, [Place(1, 1, number) for number in numbers])


def _by_cabinet(numbers: list[int], size: int) -> _Way:
    """The thousands or hundreds are the cabinet, the rest is read as in a machine of its own."""
    groups: dict[int, list[int]] = {}
    for index, number in enumerate(numbers):
        groups.setdefault(number // size, []).append(index)
    places: list[Place] = [Place(1, 1, 1)] * len(numbers)
    score, largest, pattern = 0.0, 0, LabelPattern.OTHER
    for cabinet, indexes in groups.items():
        way = max(_number_ways([numbers[index] % size for index in indexes]), key=_score)
        score += way.score * len(indexes) / len(numbers)
        if len(indexes) > largest:
            largest, pattern = len(indexes), way.pattern
        for index, place in zip(indexes, way.places, strict=True):
            places[index] = place._replace(cabinet=cabinet * 100 + place.cabinet)
    if min(numbers) >= 100:
        pattern = LabelPattern.HUNDREDS
    many = 1.0 if len(groups) <= _MOST_CABINETS else 0.5
    return _Way(0.97 * many * score, pattern, places)  # the simpler way where both fit


def _score(way: _Way) -> float:
    return way.score


def _rows(rows: list[int], columns: list[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row, column in zip(rows, columns, strict=True):
        found.setdefault(row, set()).add(column)
    return dict(sorted(found.items()))


def _grid(pattern: LabelPattern, rows: list[int], columns: list[int]) -> _Way:
    """Rows and columns: good where all rows begin alike and no places are left out."""
    grid = _rows(rows, columns)
    ordered = [sorted(row) for row in grid.values()]
    firsts = Counter(row[0] for row in ordered)
    alike = firsts.most_common(1)[0][1] / len(ordered)
    steps = [right - left for row in ordered for left, right in pairwise(row)]
    regular = sum(step <= 2 for step in steps) / len(steps) if steps else 1.0
    gaps = [below - above for above, below in pairwise(grid)]
    close = sum(gap == 1 for gap in gaps) / len(gaps) if gaps else 1.0
    narrow = 1.0 if max(map(len, ordered)) <= _WIDEST_ROW else 0.5
    single = 0.9 if len(ordered) == 1 else 1.0  # one row is as well counted through
    different = sum(map(len, ordered)) / len(rows)
    score = alike * (1 + regular) / 2 * (3 + close) / 4 * narrow * single * different
    cabinets = _cabinets(grid)
    return _Way(
        score,
        pattern,
        [Place(cabinets[row], row, column) for row, column in zip(rows, columns, strict=True)],
    )


def _cabinets(grid: Mapping[int, set[int]]) -> dict[int, int]:
    """The cabinet of each row: a new one begins where shelves are missing and columns change."""
    cabinet, found = 1, {}
    above: int | None = None
    for row, columns in grid.items():
        if above is not None and (
            row - above > 2 or (row - above == 2 and columns.isdisjoint(grid[above]))
        ):
            cabinet += 1
        found[row] = cabinet
        above = row
    return found
