"""How the amounts of a report are to be read: decimals, currency, and the unit of its bills."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from cvd_shared.dex.dex_segments import load_table
from cvd_shared.dex.element_values import number

BILLS = ("CA304", "CA308")  # counted in the unit that bills_unit tells
_DEFAULT_DECIMALS = 2  # ID401 is only sent when it is not 2
_MOST_DECIMALS = 4


class MoneyFrame(NamedTuple):
    decimals: int
    currency: str | None  # ISO 4217 letters; None: the report does not say
    decimals_known: bool = True  # False: ID401 is no sensible number, 2 is a guess


@cache
def currencies() -> dict[str, str]:
    """Letters by three digits (ISO 4217); read once."""
    table: dict[str, str] = load_table("currencies.json")
    return table


def money_frame(decimals: str = "", number_code: str = "", letters: str = "") -> MoneyFrame:
    """The frame from ID401, ID402 and ID403 as they were sent; all empty when there is no ID4.

    Three letters win; else four digits 1nnn or three digits nnn are an ISO 4217 number. 0nnn is a
    telephone country code and names no currency (EVA-DTS 6.2.2 ID402; forms: seen in files).
    """
    digits = number(decimals)
    known = not decimals.strip() or (digits is not None and digits <= _MOST_DECIMALS)
    places = digits if known and digits is not None else _DEFAULT_DECIMALS
    letters, code = letters.strip(), number_code.strip()
    if len(letters) == 3 and letters.isascii() and letters.isalpha() and letters.isupper():
        return MoneyFrame(places, letters, known)
    iso = code[1:] if len(code) == 4 and code[0] == "1" else code
    return MoneyFrame(places, currencies().get(iso), known)


def bills_unit(cash_in: Sequence[int | None], decimals: int) -> int | None:
    """Minor units in one unit of CA304 and CA308: 1, or 10**decimals, or None when not decidable.

    `cash_in` is CA301 to CA310 (shorter lists are allowed). North American machines count bills in
    whole currency units, European ones in minor units; CA310 is always minor units, else
    CA305 = CA306 + CA307 + unit x CA308 tells; where no bill was counted in CA308, the same of the
    interval (CA309, CA301 to CA304).
    """
    values = [*cash_in, *[None] * 10][:10]
    if 10**decimals == 1 or not (values[3] or values[7]):
        return 1 if values[3] is not None or values[7] is not None else None
    total, box, tubes, bills = values[4:8]
    since_init = _unit(decimals, total, box, tubes, bills, values[9])
    if since_init is not None:
        return since_init
    total, box, tubes, bills = values[:4]
    return _unit(decimals, total, box, tubes, bills, values[8])


def _unit(
    decimals: int,
    total: int | None,
    box: int | None,
    tubes: int | None,
    bills: int | None,
    clear: int | None,
) -> int | None:
    """The unit of `bills`, by what is `clear` or by what makes the total."""
    if not bills:
        return None
    units = (10**decimals, 1)
    if clear:
        return next((unit for unit in units if bills * unit == clear), None)
    if total is None or box is None or tubes is None:
        return None
    return next((unit for unit in units if total == box + tubes + unit * bills), None)
