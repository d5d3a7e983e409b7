"""What a person types of a meter, as a number: money in minor units, counts, selections.

Only what cannot be misread is taken: a comma where the locale groups thousands is one only before
three digits, so that "12,34" never becomes 1234.
"""

import re

from cvd_desktop.ui import formats

MOST_SELECTIONS = 2000
_LINE = re.compile(r"([^\s:=]{1,40})[\s:=]+(\d[\d\s'’.,]*)")
_BLANKS = re.compile(r"[\s'’]")


def parse_count(text: str) -> int | None:
    """A count: digits, grouped or not; None for anything else."""
    return parse_money(text, 0)


def parse_money(text: str, decimals: int) -> int | None:
    """An amount of this locale in minor units; None for what is no amount or has more digits."""
    here = formats.locale()
    point, group = here.decimalPoint(), here.groupSeparator()
    whole, _, rest = text.strip().partition(point)
    if group in whole:
        first, *others = whole.split(group)
        if not 1 <= len(first) <= 3 or any(len(other) != 3 for other in others):
            return None
        whole = whole.replace(group, "")
    whole = _BLANKS.sub("", whole)
    if not (whole.isascii() and whole.isdecimal()) or len(whole) > 15:
        return None
    if rest and not (rest.isascii() and rest.isdecimal() and len(rest) <= decimals):
        return None
    return int(whole + rest.ljust(decimals, "0"))


def parse_selections(text: str) -> dict[str, int] | str:
    """One selection and its count in each line, e.g. "A1 123"; else the line that is none."""
    found: dict[str, int] = {}
    for line in filter(None, (each.strip() for each in text.splitlines())):
        match = _LINE.fullmatch(line)
        count = parse_count(match.group(2)) if match else None
        if match is None or count is None or match.group(1) in found:
            return line
        found[match.group(1)] = count
        if len(found) > MOST_SELECTIONS:
            return line
    return found
