"""Cuts a file into pieces with one report each, before anything is parsed.

It follows the lines that open and end a report just as read_dex does (a test holds the two
together), but looks at them in small steps: no single call holds the interpreter for long, however
large the file. What stands before a report goes with it, what stands after the last one too.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_STEP = 256 * 1024  # bytes
_OVERLAP = 1024  # more than a mark can be long
_BLANKS = rb"[ \t\v\f\0\x1a]{0,256}+"
_NAME = rb"(?P<name>DXE|(?:DXS|ST|SE|ID1)(?=%b(?:[*\r\n]|\Z)))" % _BLANKS
_FIRST_LINE = re.compile(rb"(?:\xef\xbb\xbf)?" + _BLANKS + _NAME)
_MARK = re.compile(  # one set of first bytes, so that the search runs over all others
    rb"[\r\nD](?:(?<=D)XS\*(?P<sure>[^*\r\n]{0,200}\*V)?|(?<=[\r\n])" + _BLANKS + _NAME + rb")"
)
_LINE_END = re.compile(rb"\r\n|\r|\n")


class TooManyReportsError(ValueError):
    """More than anybody's file holds."""


def cut_reports(
    data: bytes, pause: Callable[[], object] = lambda: None, *, most: int = 100_000
) -> list[slice]:
    """Where the pieces are; joined they are `data` again. Empty when there is no report in it.

    `pause` is called every quarter of a megabyte and may raise to end the work. Raises
    TooManyReportsError beyond `most` reports.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _low_bytes(data, pause)
        starts = [2 + 2 * start for start in _starts(text, pause, most)]
    else:
        starts = _starts(data, pause, most)
    if not starts:
        return []
    ends = [*starts[1:], len(data)]
    return [slice(start, end) for start, end in zip([0, *starts[1:]], ends, strict=True)]


def _starts(text: bytes, pause: Callable[[], object], most: int) -> list[int]:
    """Where each piece with a report of a machine begins; other segments go with the one before."""
    scan = _Scan(text)
    for found in _marks(text, pause):
        scan.take(found)
        if len(scan.pieces) > most:
            raise TooManyReportsError(f"more than {most} reports")
    return [piece.start for piece in scan.pieces if piece.is_report]


def _marks(text: bytes, pause: Callable[[], object]) -> Iterator[re.Match[bytes]]:
    first = _FIRST_LINE.match(text)
    if first is not None:
        yield first
    place = first.end() if first is not None else 0
    while place < len(text):
        pause()
        end = place + _STEP
        for found in _MARK.finditer(text, place, end + _OVERLAP):
            if found.start() >= end:
                break
            yield found
            place = found.end()
        place = max(place, end)


def _low_bytes(data: bytes, pause: Callable[[], object]) -> bytes:
    """UTF-16 as one byte a character, good enough to find marks in."""
    first = 2 if data.startswith(codecs.BOM_UTF16_LE) else 3
    parts = []
    for place in range(first, len(data), 2 * _STEP):
        pause()
        parts.append(data[place : place + 2 * _STEP : 2])
    return b"".join(parts)


@dataclass(slots=True)
class _Piece:
    start: int
    header: bool = False  # DXS of its own
    inherits: bool = False  # a further set in the envelope of the piece before
    has_set: bool = False  # ST seen
    has_identity: bool = False  # ID1 seen
    ended: bool = False  # SE seen

    @property
    def enveloped(self) -> bool:
        return self.header or self.inherits

    @property
    def is_report(self) -> bool:
        """By itself, without the piece before."""
        return self.header or self.has_identity


class _Scan:
    """The states of read_dex: is a report open, and what has it had?"""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._open: _Piece | None = None
        self._after = 0  # end of the line in which the report before ended
        self.pieces: list[_Piece] = []

    def take(self, found: re.Match[bytes]) -> None:
        name, piece = found["name"], self._open
        if name is None:  # a header behind something else
            if piece is None or found["sure"] is not None:
                self._begin(found.start()).header = True
        elif name == b"DXS":
            self._begin(self._line_of(found)).header = True
        elif name == b"ST":
            if piece is None or piece.has_set:
                inherits = piece is not None and piece.ended and piece.enveloped
                piece = self._begin(self._line_of(found))
                piece.inherits = inherits
            piece.has_set = True
        elif name == b"ID1":
            if piece is None or (piece.has_identity and not piece.enveloped):
                piece = self._begin(self._line_of(found))
            piece.has_identity = True
        elif piece is not None and name == b"SE":
            piece.ended = True
        elif piece is not None:  # DXE
            self._open = None
            self._after = self._line_after(found.end())

    def _begin(self, place: int) -> _Piece:
        """Open a report whose first segment is at `place`."""
        start = place if self._open is not None else min(self._after, place)
        if self.pieces and not self.pieces[-1].is_report:
            self.pieces.pop()
        self._open = _Piece(start)
        self.pieces.append(self._open)
        return self._open

    def _line_of(self, found: re.Match[bytes]) -> int:
        """Where the line of a name begins."""
        return found.start() + (found[0][:1] in b"\r\n")

    def _line_after(self, place: int) -> int:
        while place < len(self._text):
            found = _LINE_END.search(self._text, place, place + _STEP)
            if found is not None:
                return found.end()
            place += _STEP
        return len(self._text)
