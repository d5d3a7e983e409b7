"""Write EVA-DTS text: the envelope around segments, with G85 and SE as the standard wants them."""

import re
from collections.abc import Iterable

from cvd_shared.dex.crc16 import crc16_arc

_NOT_PLAIN = re.compile(rb"[^\x20-\x29\x2b-\x5d\x5f-\x7e]")
_NOT_IN_A_LINE = re.compile(r"[^\x20-\x7e]")


def escape(text: str, encoding: str = "latin-1") -> str:
    """`text` as one element: what is not 20-7E, and `*` and `^`, as `^HH^` (EVA-DTS 6.2 ch. 2).

    Raises UnicodeEncodeError when `encoding` lacks a character.
    """
    plain = _NOT_PLAIN.sub(lambda found: b"^%02X^" % found[0][0], text.encode(encoding))
    return plain.decode("ascii")


def envelope(segments: Iterable[str], communication_id: str, version: str = "V0/6") -> bytes:
    """A whole report: DXS, ST, `segments` (lines without line end), G85, SE, DXE, each with CRLF.

    `communication_id` is DXS01, 3 letters of the maker and 7 digits. Raises ValueError for a line
    with characters that EVA-DTS does not allow; `escape` makes any text fit.
    """
    counted = ["ST*001*0001", *segments]
    header = f"DXS*{communication_id}*VA*{version}*1"
    for line in (header, *counted):
        if not line or _NOT_IN_A_LINE.search(line):
            raise ValueError(f"not an EVA-DTS line: {line!r}")
    body = "".join(f"{line}\r\n" for line in counted).encode("ascii")
    trailer = f"G85*{crc16_arc(body):04X}\r\nSE*{len(counted) + 2}*0001\r\nDXE*1*1\r\n"  # + G85, SE
    return f"{header}\r\n".encode("ascii") + body + trailer.encode("ascii")
