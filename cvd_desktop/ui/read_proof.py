"""What a figure or an answer of a read rests on: the lines of the raw file that say it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cvd_shared.dex.dex_segments import segment_kind

Segments = Sequence[tuple[int, str]]
"""(line number in the file, raw text), as ReadDetail has them."""

_OF_A_SELECTION = frozenset(("PA2", "PA3", "PA4", "PA5", "PA6", "PA8", "PA9"))
_BY_NAME = {"PA7": 1, "LA1": 2}  # the element that names the selection
_OF_A_QUESTION = {
    "transfer": ("DXS", "ST", "SE", "DXE"),
    "integrity": ("G85", "SE"),
    "mapping": ("PA1",),
    "plausibility": ("PA2", "VA1", "ID1", "CB1"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """`lines` of the file say it, in them the `elements` ("CA306"); `words` is what they say."""

    heading: str
    words: str = ""
    lines: tuple[int, ...] = ()
    elements: tuple[str, ...] = ()
    who: str = ""
    in_trace: bool = False


class FileLines:
    """Finds the lines of a raw file. The file is gone through once, when it is first asked."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments

    def of_segments(self, *wanted: str) -> tuple[int, ...]:
        """Lines whose segment is one of these, e.g. "VA1"."""
        return _in_order(self._by_segment.get(name, ()) for name in wanted)

    def of_elements(self, codes: Iterable[str]) -> tuple[int, ...]:
        """The lines of data elements: VA101 is in the first VA1, PA202 in every PA2."""
        return _in_order(self._of_element(code) for code in codes)

    def of_selection(self, name: str, line: int | None = None) -> tuple[int, ...]:
        """The PA1 of a selection, what follows it up to the next one, its PA7 and LA1.

        `line` is that of its PA1 where it is known: several reports in a file have the same names.
        """
        wanted = name.strip()
        starts = self._by_selection.get(wanted, ()) if line is None else (line,)
        blocks = (self._blocks.get(start, ()) for start in starts)
        return _in_order((*blocks, self._named.get(wanted, ())))

    def of_event(self, code: str) -> tuple[int, ...]:
        """EA1 and EA2 lines that name this event."""
        return self._by_event.get(code.strip(), ())

    def of_question(self, question: str) -> tuple[int, ...]:
        """The lines that answer one of the five questions; none for the link (see the trace)."""
        return self.of_segments(*_OF_A_QUESTION.get(question, ()))

    def _of_element(self, code: str) -> tuple[int, ...]:
        lines = self._by_segment.get(code[:-2], ()) if code[:-2] else ()
        kind = segment_kind(code[:-2])
        return lines if kind is not None and kind.repeats else lines[:1]

    @cached_property
    def _by_segment(self) -> dict[str, tuple[int, ...]]:
        return _grouped((text.partition("*")[0].strip(), n) for n, text in self._segments)

    @cached_property
    def _by_event(self) -> dict[str, tuple[int, ...]]:
        return _grouped((_element(text, 1), n) for n, text in self._segments if text[:2] == "EA")

    @cached_property
    def _by_selection(self) -> dict[str, tuple[int, ...]]:
        return _grouped((_element(text, 1), n) for n, text in self._segments if text[:4] == "PA1*")

    @cached_property
    def _named(self) -> dict[str, tuple[int, ...]]:
        return _grouped(
            (_element(text, _BY_NAME[text[:3]]), n)
            for n, text in self._segments
            if text[:3] in _BY_NAME
        )

    @cached_property
    def _blocks(self) -> dict[int, tuple[int, ...]]:
        """Line of a PA1 -> its own lines and those that belong to it."""
        blocks: dict[int, list[int]] = {}
        block: list[int] = []
        for number, text in self._segments:
            name = text.partition("*")[0].strip()
            if name == "PA1":
                block = blocks.setdefault(number, [])
                block.append(number)
            elif name in _OF_A_SELECTION:
                block.append(number)
            elif name not in _BY_NAME:
                block = []
        return {start: tuple(lines) for start, lines in blocks.items()}


def _element(text: str, position: int) -> str:
    parts = text.split("*", position + 1)
    return parts[position].strip() if len(parts) > position else ""


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for key, number in pairs:
        found.setdefault(key, []).append(number)
    return {key: tuple(lines) for key, lines in found.items()}


def _in_order(groups: Iterable[Sequence[int]]) -> tuple[int, ...]:
    return tuple(sorted(set(_flat(groups))))


def _flat(groups: Iterable[Sequence[int]]) -> Iterator[int]:
    for group in groups:
        yield from group
