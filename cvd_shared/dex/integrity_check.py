"""G85, the check value of a report, in all the ways in which machines compute it."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from cvd_shared.dex.crc16 import crc16_arc


class G85(StrEnum):
    OK = "ok"
    SWAPPED = "swapped"  # right with its bytes the other way round, as before EVA-DTS 6.0
    MISMATCH = "mismatch"
    ABSENT = "absent"


class CheckResult(NamedTuple):
    g85: G85
    variant: str  # "" as the standard says, else a key of VARIANTS
    declared: str  # as the report says
    computed: str  # by the rule of the standard; "" when there is nothing to compare


NOT_CHECKED = CheckResult(G85.ABSENT, "", "", "")

VARIANTS = {
    "check_without_last_line_end": "the machine leaves out the line end before G85",
    "check_from_id4": "the machine counts from its ID4 line on; nothing proves what is above",
    "check_line_feeds": "the machine counts its line ends as one character",
}
"""The finding and the reason of each way that is not the standard's but proves the same."""


def check_g85(declared: str, lines: Sequence[str]) -> CheckResult:
    """Compare G85 with the `lines` from ST up to, not with, the G85 line.

    Lines are raw (latin-1, blanks at their ends kept) and without line ends: files saved with LF
    alone are put back to CRLF, which the machine counted (EVA-DTS 6.2.2 ch. 2.4; variants: seen).
    """
    wanted = declared.strip()
    if not wanted:
        return NOT_CHECKED
    try:
        value = int(wanted, 16) if wanted.isalnum() else None
    except ValueError:
        value = None
    sums: dict[str, int] = {}
    for variant, checksum in _sums(lines):
        if checksum == value:
            return CheckResult(G85.OK, variant, wanted, f"{sums.get('', checksum):04X}")
        sums[variant] = checksum
    turned = _swapped(value)
    swapped = next((variant for variant, checksum in sums.items() if checksum == turned), None)
    verdict = G85.MISMATCH if swapped is None else G85.SWAPPED
    return CheckResult(verdict, swapped or "", wanted, f"{sums['']:04X}")


def _sums(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    whole = "\r\n".join(lines).encode("latin-1", "replace")
    yield "", crc16_arc(whole + b"\r\n")
    yield "check_without_last_line_end", crc16_arc(whole)
    start = whole.find(b"\nID4*") + 1
    if start:
        yield "check_from_id4", crc16_arc(whole[start:] + b"\r\n")
    yield "check_line_feeds", crc16_arc(whole.replace(b"\r", b"") + b"\n")


def _swapped(value: int | None) -> int | None:
    return None if value is None or value > 0xFFFF else (value & 0xFF) << 8 | value >> 8
