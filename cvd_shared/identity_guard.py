"""The guard against mixed data: is the machine that was read the one that was meant?

EVA-DTS knows a machine by its asset number (ID106), else its serial number (ID101), else the serial
number of its control board (CB101). All three are stored in the board: a board that is exchanged
brings its own, and people type asset numbers in. So any number that agrees speaks for a machine,
and a number that it never was given says nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cvd_shared.dex.machine_reading import Identity

_NEVER_SET = re.compile(
    r"[A-Z]{0,3}0*"  # nothing, zeros, the letters of the maker alone
    r"|4294967295|65535|F{4,}|9{5,}"  # -1 as some machines print it, all digits at their end
    r"|1234567890?|12345678"
    r"|NONE|NULL|UNKNOWN|UNDEFINED|NOTSET|NOTAVAILABLE|DEFAULT|EMPTY|X+"
)
_FILLING = re.compile(r"[\s._/*?#-]+")
_PARTS = re.compile(r"([A-Z]{0,3})0*([1-9].*)")  # the maker's letters, the number
_LONG = 5  # characters of a number that is found under another name by no accident


class IdentityKind(StrEnum):
    OTHER_MACHINE = "other_machine"
    ASSET_NUMBER_CHANGED = "asset_number_changed"
    BOARD_CHANGED = "board_changed"


class IdentityChange(NamedTuple):
    """How a machine is not, or not quite, the one before; `was` and `is_` of the first number."""

    kind: IdentityKind
    was: str
    is_: str


class NumberState(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    NEVER_SET = "never_set"  # the machine was never given this number
    NOT_RECORDED = "not_recorded"  # the machine says it, the office does not know it
    ABSENT = "absent"  # neither has it


class NumberCheck(NamedTuple):
    """One of the three numbers, as recorded and as the machine says it; None: never set."""

    element: str  # ID106, ID101, CB101
    recorded: str | None
    said: str | None
    state: NumberState


class GuardVerdict(StrEnum):
    SAME = "same"
    BOARD_CHANGED = "board_changed"
    ASSET_NUMBER_CHANGED = "asset_number_changed"
    OTHER_MACHINE = "other_machine"
    TWO_MACHINES = "two_machines"  # some numbers are the chosen machine's, some another's
    UNPROVEN = "unproven"  # no number can be compared


class Offer(StrEnum):
    """What a person may decide, beside doing nothing."""

    USE_OTHER = "use_other"  # the read is of the machine `Guard.other`
    NEW_BOARD = "new_board"  # it is the chosen machine with another board: both serials are kept
    SET_ASSET_NUMBER = "set_asset_number"  # write the recorded one into the machine (ID106)
    RECORD_NUMBERS = "record_numbers"  # take the numbers that the office does not know
    CONFIRM = "confirm"  # nothing proves which machine it is: look at its label


@dataclass(frozen=True, slots=True)
class Guard:
    """What the guard found; `other` is the key of the known machine whose numbers agree."""

    verdict: GuardVerdict
    numbers: tuple[NumberCheck, NumberCheck, NumberCheck]
    offers: tuple[Offer, ...]
    other: str | None = None

    @property
    def stops(self) -> bool:
        """The data must not be mixed with the chosen machine's before a person has decided."""
        return self.verdict in (GuardVerdict.OTHER_MACHINE, GuardVerdict.TWO_MACHINES)


def compare(before: Identity, now: Identity) -> IdentityChange | None:
    """None when nothing says that it is another machine, or another board."""
    return _change(_checks(before, now))


def guard(recorded: Identity, said: Identity, known: Mapping[str, Identity] | None = None) -> Guard:
    """The report of a machine against the record of the machine that was chosen.

    `known` are the records of other machines by any key (the chosen one may be among them): those
    nearby, or the whole fleet. A number that several of them have names none of them.
    """
    checks = _checks(recorded, said)
    other = _owner(checks, recorded, known or {})
    return Guard(_verdict(checks, other), checks, _offers(checks, other), other)


def usable_identity(number: str | None) -> str | None:
    """An asset, serial or board number to compare; None when it was never set."""
    number = (number or "").strip().upper()
    return None if _NEVER_SET.fullmatch(_FILLING.sub("", number)) else number


def same_number(one: str, other: str) -> bool:
    """Whether two usable numbers are one: people and machines leave out the maker's letters,
    leading zeros and what stands between."""
    if one == other:
        return True
    (letters, number), (other_letters, other_number) = _parts(one), _parts(other)
    return number == other_number and (letters == other_letters or not letters or not other_letters)


def _parts(number: str) -> tuple[str, str]:
    """The letters of the maker and the number without zeros in front."""
    plain = _FILLING.sub("", number)
    found = _PARTS.fullmatch(plain)
    return (found[1], found[2]) if found else ("", plain)


_Checks = tuple[NumberCheck, NumberCheck, NumberCheck]
_Numbers = tuple[str | None, str | None, str | None]


def _checks(recorded: Identity, said: Identity) -> _Checks:
    """Each number is looked for under every name: which is which is told differently."""
    before, now = _numbers(recorded), _numbers(said)
    if before[0] and now[0] and not same_number(before[0], now[0]):
        before, now = _without_copy(before), _without_copy(now)
    first, second, third = (
        _check(element, was, is_, before, now)
        for element, was, is_ in zip(("ID106", "ID101", "CB101"), before, now, strict=True)
    )
    return first, second, third


def _without_copy(numbers: _Numbers) -> _Numbers:
    """Some makers fill the serial number in until somebody sets an asset number."""
    asset, serial, board = numbers
    return (None, serial, board) if _found(asset, (serial, board)) else numbers


def _check(
    element: str, recorded: str | None, said: str | None, before: _Numbers, now: _Numbers
) -> NumberCheck:
    if said is None:
        state = NumberState.ABSENT if recorded is None else NumberState.NEVER_SET
    elif (recorded and same_number(recorded, said)) or _found(said, before):
        state = NumberState.AGREES
    elif recorded is None or _found(recorded, now):
        state = NumberState.NOT_RECORDED
    else:
        state = NumberState.DIFFERS
    return NumberCheck(element, recorded, said, state)


def _found(number: str | None, others: Iterable[str | None]) -> bool:
    """Whether a number that is long enough to be no accident is among others."""
    return number is not None and len(number) >= _LONG and _is_one_of(number, others)


def _is_one_of(number: str, others: Iterable[str | None]) -> bool:
    return any(same_number(number, each) for each in others if each)


def _numbers(identity: Identity) -> _Numbers:
    return (
        usable_identity(identity.asset_number),
        usable_identity(identity.serial_number),
        usable_identity(identity.control_board),
    )


def _change(checks: _Checks) -> IdentityChange | None:
    """Another board counts for more than an asset number that was typed in."""
    differing = [each for each in checks if each.state is NumberState.DIFFERS]
    if not differing:
        return None
    kind, told = IdentityKind.OTHER_MACHINE, differing[0]
    if any(each.state is NumberState.AGREES for each in checks):
        told = next((each for each in differing if each.element != "ID106"), told)
        kind = IdentityKind.BOARD_CHANGED
        if told.element == "ID106":
            kind = IdentityKind.ASSET_NUMBER_CHANGED
    return IdentityChange(kind, told.recorded or "", told.said or "")


def _owner(checks: _Checks, recorded: Identity, known: Mapping[str, Identity]) -> str | None:
    """The known machine that has most of the numbers which are not the chosen one's."""
    open_numbers = [
        each.said for each in checks if each.said and each.state is not NumberState.AGREES
    ]
    votes: dict[str, int] = {}
    if open_numbers:
        by_number: dict[str, list[tuple[str, str]]] = {}  # without letters and zeros
        for key, identity in known.items():
            for number in _numbers(identity):
                if number:
                    by_number.setdefault(_parts(number)[1], []).append((key, number))
        for said in open_numbers:
            others = {
                key
                for key, number in by_number.get(_parts(said)[1], ())
                if same_number(said, number) and not _are_one(recorded, known[key])
            }
            if len(others) == 1:
                owner = others.pop()
                votes[owner] = votes.get(owner, 0) + 1
    return max(votes, key=votes.__getitem__, default=None)  # the first: the asset number's


def _are_one(recorded: Identity, known: Identity) -> bool:
    """Whether a known machine is the chosen one itself, perhaps with more numbers."""
    states = [each.state for each in _checks(recorded, known)]
    return NumberState.AGREES in states and NumberState.DIFFERS not in states


def _verdict(checks: _Checks, other: str | None) -> GuardVerdict:
    agrees = any(each.state is NumberState.AGREES for each in checks)
    if other is not None:
        return GuardVerdict.TWO_MACHINES if agrees else GuardVerdict.OTHER_MACHINE
    change = _change(checks)
    if change is not None:
        return GuardVerdict(change.kind)
    return GuardVerdict.SAME if agrees else GuardVerdict.UNPROVEN


def _offers(checks: _Checks, other: str | None) -> tuple[Offer, ...]:
    """In the order in which they are likely to be right."""
    asset, *hardware = checks
    offers = []
    if other is not None:
        offers.append(Offer.USE_OTHER)
    elif not any(each.state in (NumberState.AGREES, NumberState.DIFFERS) for each in checks):
        offers.append(Offer.CONFIRM)
    if any(each.state is NumberState.DIFFERS for each in hardware):
        offers.append(Offer.NEW_BOARD)
    if asset.recorded and not (asset.said and same_number(asset.recorded, asset.said)):
        offers.append(Offer.SET_ASSET_NUMBER)
    if other is None and any(each.state is NumberState.NOT_RECORDED for each in checks):
        offers.append(Offer.RECORD_NUMBERS)
    return tuple(offers)
