"""What a record keeps of the counters of a read, so that cash is worked out without its bytes.

The names are those of the elements. Beside the cumulative counters that cash.py asks for there are
the decimals of money (ID401) and whether a read resets the interval counters (SD105: 1 AUTO,
0 SAVE), and counters since the last reset only where the cumulative ones cannot do without them.
"""

from collections.abc import Mapping
from dataclasses import replace

from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import CUMULATIVE_OF
from cvd_shared.dex.money_frame import bills_unit

SEGMENTS = frozenset({"ID1", "ID4", "CB1", "SD1", "EA3"}) | frozenset(
    {"VA1", "VA2", "CA3", "CA4", "CA6", "CA8", "CA10"}
)
"""The segments that the counters, the identity and the money of a report come from."""

_CASH = (
    *("CA305", "CA306", "CA307", "CA308", "CA310", "CA312"),
    *("CA403", "CA404", "CA408", "CA409", "CA802", "CA1002", "CA1004", "VA205"),
)
_READS = ("EA301", "EA309", "EA310", "CA601")
_CASH_IN = tuple(f"CA3{position:02d}" for position in range(1, 11))
_CASH_IN_SINCE_RESET = (*_CASH_IN[:4], _CASH_IN[8])
_DECIMALS, _RESETS = "ID401", "SD105"
_MODES = {"AUTO": 1, "SAVE": 0}
_TWINS = {  # by segment: since the last reset -> cumulative
    segment: [pair for pair in CUMULATIVE_OF.items() if pair[0][:-2] == segment]
    for segment in sorted(SEGMENTS)
}


def kept_counters(reading: MachineReading) -> dict[str, int]:
    """By element code, as the machine sent them. VA101 and VA102 have fields of their own."""
    told = reading.counters
    kept = {code: told[code] for code in (*_CASH, *_READS) if code in told}
    if _unit(kept, reading.money.decimals) != reading.bills_unit:
        kept |= {code: told[code] for code in _CASH_IN_SINCE_RESET if code in told}
    kept |= _of_machines_without_cumulative(told)
    mode = _MODES.get((reading.settings.interval_reset or "").upper())
    if mode is not None:
        kept[_RESETS] = mode
    kept[_DECIMALS] = reading.money.decimals
    return kept


def with_counters(reading: MachineReading, kept: Mapping[str, int]) -> MachineReading:
    """The reading with the counters that a record kept, and what follows from them."""
    decimals = kept.get(_DECIMALS, reading.money.decimals)
    counters = {code: value for code, value in kept.items() if code not in (_DECIMALS, _RESETS)}
    modes = {number: mode for mode, number in _MODES.items()}
    return replace(
        reading,
        money=reading.money._replace(decimals=decimals),
        bills_unit=_unit(counters, decimals),
        counters=reading.counters | counters,
        settings=reading.settings._replace(interval_reset=modes.get(kept.get(_RESETS, -1))),
    )


def _unit(counters: Mapping[str, int], decimals: int) -> int | None:
    return bills_unit([counters.get(code) for code in _CASH_IN], decimals)


def _of_machines_without_cumulative(told: Mapping[str, int]) -> dict[str, int]:
    """Counters since the last reset of a segment whose cumulative ones all stay 0: they are what
    shows that the machine does not keep those (counter_moves.py)."""
    found: dict[str, int] = {}
    for twins in _TWINS.values():
        if not any(told.get(cumulative) for _, cumulative in twins):
            found |= {reset: told[reset] for reset, _ in twins if told.get(reset)}
    return found
