"""Two reports of a machine with the figures that a test asks for, and what is told of them."""

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.interval_facts import EVIDENCE, Evidence, Interval
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from tests.support.dex_reports import reading_of

WHO = ("ID1*SER4711*MODEL****10042", "CB1*BRD77001")


def read(*lines: str, who: tuple[str, ...] = WHO) -> MachineReading:
    return reading_of(*who, *lines)


def cut(*lines: str, who: tuple[str, ...] = WHO) -> MachineReading:
    """A report that broke off before its end."""
    text = "\r\n".join(("DXS*CVD0000001*VA*V0/6*1", "ST*001*0001", *who, *lines, ""))
    return make_reading(read_dex(text.encode()).reports[0])


def sold(units: dict[str, int], price: int = 100) -> tuple[str, ...]:
    """VA1 and PA2 that agree, with these cumulative units."""
    total = sum(units.values())
    return (
        f"VA1*{total * price}*{total}",
        *(
            line
            for name, count in units.items()
            for line in (f"PA1*{name}*{price}", f"PA2*{count}*{count * price}*0*0")
        ),
    )


def told(found: Interval) -> dict[str, Evidence]:
    """The evidence by code; each code is told once, with all the values of its table."""
    by_code = {each.code: each for each in found.evidence}
    assert len(by_code) == len(found.evidence)
    for each in found.evidence:
        assert tuple(each.values) == EVIDENCE[each.code]
    return by_code


def units(found: Interval) -> dict[str, int | None]:
    return {each.selection: each.units.amount for each in found.selections}
