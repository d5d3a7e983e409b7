"""The guard against mixed data: is the machine that was read the one that was meant?"""

import re
from enum import StrEnum
from typing import NamedTuple

from cvd_shared.dex.machine_reading import Identity

_UNSET = frozenset(("4294967295", "FFFFFFFF"))  # -1 as some machines print it
_NEVER_SET = re.compile(r"[A-Z]{0,3}[0 .-]*")  # empty, zeros, the letters of the maker


class IdentityKind(StrEnum):
    OTHER_MACHINE = "other_machine"
    ASSET_NUMBER_CHANGED = "asset_number_changed"
    BOARD_CHANGED = "board_changed"


class IdentityChange(NamedTuple):
    """How a machine is not, or not quite, the one before; `was` and `is_` of the first number."""

    kind: IdentityKind
    was: str
    is_: str


def compare(before: Identity, now: Identity) -> IdentityChange | None:
    """None when nothing says that it is another machine.

    Any number that agrees makes it the same machine: asset numbers are typed in by people, boards
    are exchanged. Numbers that a machine never was given (0, 4294967295) say nothing.
    """
    pairs = [
        (usable_identity(was), usable_identity(is_))
        for was, is_ in zip(_identity_numbers(before), _identity_numbers(now), strict=True)
    ]
    differing = [(was, is_) for was, is_ in pairs if was and is_ and was != is_]
    if not differing:
        return None
    was, is_ = differing[0]
    if not any(was == is_ for was, is_ in pairs if was):
        return IdentityChange(IdentityKind.OTHER_MACHINE, was, is_)
    if differing[0] == pairs[0]:
        return IdentityChange(IdentityKind.ASSET_NUMBER_CHANGED, was, is_)
    return IdentityChange(IdentityKind.BOARD_CHANGED, was, is_)


def usable_identity(number: str | None) -> str | None:
    """An asset, serial or board number to compare; None when it was never set."""
    number = (number or "").strip().upper()
    return None if number in _UNSET or _NEVER_SET.fullmatch(number) else number


def _identity_numbers(identity: Identity) -> tuple[str | None, str | None, str | None]:
    return identity.asset_number, identity.serial_number, identity.control_board
