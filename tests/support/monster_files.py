"""Files that no machine should send and that a reader must survive, each in any size."""

import random
from collections.abc import Callable

from cvd_shared.dex.dex_writer import envelope
from tests.support.dex_reports import example

Monster = Callable[[int], bytes]
"""The file with about so many bytes."""


def _repeated(unit: bytes, *, before: bytes = b"", after: bytes = b"") -> Monster:
    return lambda size: before + unit * max(1, (size - len(before)) // len(unit)) + after


def _counting(line: str) -> Monster:
    """A whole report of lines that all differ; {} is their number."""

    def build(size: int) -> bytes:
        count = max(1, size // (len(line) + 6))
        return envelope([line.format(number) for number in range(count)], "CVD0000001")

    return build


def _report(line: str) -> Monster:
    """A whole report that repeats a few lines."""
    lines = line.split("|")
    return lambda size: envelope(lines * max(1, size // (len(line) + 2)), "CVD0000001")


def _binary(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def _saved_as(encoding: str, mark: bytes = b"") -> Monster:
    return lambda size: (
        mark + (example() * (size // 2 // len(example()) + 1)).decode().encode(encoding)
    )


HEAD = b"DXS*CVD0000001*VA*V0/6*1\r\nST*001*0001\r\n"

MONSTERS: dict[str, Monster] = {
    "empty": lambda size: b"",
    "binary": _binary,
    "NULs": _repeated(b"\0"),
    "empty lines": _repeated(b"\n"),
    "empty lines, CR": _repeated(b"\r"),
    "empty lines, CRLF": _repeated(b"\r\n"),
    "blanks": _repeated(b" "),
    "lines of blanks in a report": _repeated(b"   \r\n", before=HEAD),
    "asterisks": _repeated(b"*"),
    "asterisks in a report": _repeated(b"*", before=HEAD + b"PA1"),
    "carets": _repeated(b"^", before=HEAD + b"PA1*"),
    "escapes": _repeated(b"^41^", before=HEAD + b"PA1*"),
    "UTF-16 LE": _saved_as("utf-16-le"),
    "UTF-16 BE": _saved_as("utf-16-be"),
    "UTF-16 LE with mark": _saved_as("utf-16-le", b"\xff\xfe"),
    "UTF-16 BE with mark": _saved_as("utf-16-be", b"\xfe\xff"),
    "UTF-8 marks": _repeated(b"\xef\xbb\xbf"),
    "UTF-8 mark before each report": _repeated(b"\xef\xbb\xbf" + example()),
    "CR only": lambda size: example().replace(b"\r\n", b"\r") * (size // len(example()) + 1),
    "one line": _repeated(b"x"),
    "one line in a report": _repeated(b"9", before=HEAD + b"VA1*", after=b"\r\nDXE*1*1\r\n"),
    "one line of elements": _repeated(b"*123", before=HEAD + b"MA5"),
    "one line of counters": _repeated(b"*123", before=HEAD + b"VA1"),
    "no line ends at all": _repeated(example().replace(b"\r\n", b"")),
    "no line ends, glued headers": _repeated(b"DXS*"),
    "no line ends, whole headers": _repeated(b"DXS*A*VA*V0/6*1"),
    "glued headers in a report": _repeated(b"x DXS*A*", before=HEAD + b"PA1*1*"),
    "headers": _repeated(b"DXS*A*VA*V0/6*1\r\n"),
    "a header without end": _repeated(b"DXS*", before=b"", after=b"A" * 1000),
    "trailers": _repeated(b"DXE*1*1\r\n"),
    "trailers glued": _repeated(b"DXE*1 "),
    "sets in an envelope": _repeated(b"ST*001*0001\r\nSE*2*0001\r\n", before=HEAD),
    "sets alone": _repeated(b"ST*001*0001\r\n"),
    "identities": _repeated(b"ID1*1*2*3\r\n"),
    "check values": _repeated(b"G85*1234\r\n", before=HEAD),
    "ends of sets": _repeated(b"SE*17*0001\r\n", before=HEAD),
    "small reports": _repeated(b"DXS*A*VA*V0/6*1\r\nST*1*1\r\nVA1*1*1\r\nSE*3*1\r\nDXE*1*1\r\n"),
    "reports": _repeated(example()),
    "segments": _repeated(b"VA1*1*2*3*4\r\n", before=HEAD),
    "unknown segments": _repeated(b"ZZ9*1*2\r\n", before=HEAD),
    "unknown segments, each another": lambda size: (
        HEAD + b"".join(b"Z%04X*1\r\n" % (number % 0xFFFF) for number in range(size // 9))
    ),
    "one selection for ever": _report("PA1*10*100|PA2*1*100*1*100"),
    "selections without a name": _report("PA1**100*|PA2*1*100"),
    "selections": _counting("PA1*{}*100"),
    "one selection in payments": _report("PA7*10*CA*0*100*1*2*3*4"),
    "selections of payments": _counting("PA7*{}*CA*0*100*1*2*3*4"),
    "payments and mixed": _report("PA1*10*100|PA8*1*2|PA7*10*CA*0*100*1*2*3*4"),
    "meters without a selection": _report("PA2*1*2*3*4"),
    "loops": _repeated(b"LS*0100\r\n", before=HEAD),
    "events": _counting("EA1*E{}*250101*1200"),
    "one event for ever": _report("EA2*EGS*1*2**1"),
    "configuration blocks": _counting("MA5*B{}*x"),
    "temperatures": _report("MA5*TEMP*-39*9"),
    "numbers of 40 digits": _report("VA1*" + "9" * 40 + "*" + "0" * 40 + "*-5* "),
    "bad numbers": _counting("PA1*{}*1.5*x*-1"),
    "dates of 1900 and 2037": _report(
        "EA1*EGS*19000101*0000|EA1*EGS*370710*2400|EA1*A*20370101*12"
    ),
    "long texts": _report("PA1*" + "x" * 300 + "*100*" + "y" * 300),
    "price lists": _counting("LA1*1*{}*100*1*1"),
    "devices": _report("CB1*1*2*3"),
    "wrappers": _repeated(b"<000|x|y>" + example()),
}
