"""A 14 KB audit with all types, check value and findings, beside a bare split of the same bytes."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from cvd_shared.dex.dex_report import Report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.dex.report_checks import findings

_CORPUS_FILE = Path("../shared/dex-corpus/jeremybrice__cvd__Crane_National_187.txt")
_ROUNDS = 600  # of one call each: others use this computer too, the quickest was not disturbed


def run() -> tuple[float, float]:
    """Milliseconds for one report: (read whole, as the Read screen needs it; decoded and split)."""
    data = _CORPUS_FILE.read_bytes() if _CORPUS_FILE.exists() else _generated_report()
    return _quickest(_parse, data), _quickest(_split, data)


def _quickest(work: Callable[[bytes], object], data: bytes) -> float:
    return min(_milliseconds(work, data) for _ in range(_ROUNDS))


def _milliseconds(work: Callable[[bytes], object], data: bytes) -> float:
    start = time.perf_counter()
    work(data)
    return (time.perf_counter() - start) * 1000


def _parse(data: bytes) -> object:
    return [_read(report) for report in read_dex(data).reports]


def _read(report: Report) -> object:
    reading = make_reading(report)
    totals = (reading.vends, reading.cash, reading.cashless, reading.tokens)
    return totals, findings(report, reading)


def _split(data: bytes) -> object:
    return [line.split("*") for line in data.decode("latin-1").splitlines()]


def _generated_report() -> bytes:
    """About 14 KB, for where the file of a real machine is not at hand."""
    numbers = random.Random(187)  # noqa: S311  (figures, not secrets)
    lines = [
        "ID1*301021333*187**Hall 3*H*778899*6*1",
        "ID4*2*1840*USD",
        "VA1*6444100*49370*9100*70",
    ]
    for selection in range(101, 149):
        price = 5 * numbers.randint(15, 60)
        sold, lately = numbers.randint(200, 4000), numbers.randint(0, 40)
        lines += [
            f"PA1*{selection}*{price}*{selection}****0**",
            f"PA2*{sold}*{sold * price}*{lately}*{lately * price}*0*0*0*0*38*380*38*380",
            "PA3*0*0*0*0",
            "PA4*0*0*0*0*0*0",
            f"PA5*20250708*18{numbers.randint(1000, 5959)}*1",
        ]
        for device in ("CA", "DA", "DB"):
            part = sold // 3
            lines.append(f"PA7*{selection}*{device}**{price}*{part}*{part * price}*{lately}*0")
        lines.append("PA8*0*0*0*0")
    lines += [f"EA2*EJB{motor}*0*{motor}**0*{numbers.randint(1, 900)}" for motor in range(50)]
    return envelope(lines, "CVD0000001")
