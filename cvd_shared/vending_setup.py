"""What a vending machine does with settings that are written to it, and how it tells of them.

EVA-DTS 6.2.2 ch. 4.6 and 5.1.1 (configuration segments), 6.1.6 (codes of DDCMP). Each make takes
the segments named in its profile and passes over the rest without a word, as real ones do.

To add a segment: 1. its function here; 2. its line in `_SEGMENTS`; 3. `takes` of the profiles.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from cvd_shared.dex.crc16 import crc16_arc
from cvd_shared.dex.element_values import day, number, text, time_of_day
from cvd_shared.vending_model import VendingModel
from cvd_shared.vending_state import Slot

MAX_DOCUMENT = 65_536  # bytes; more does not fit into the memory of a machine

_FRAME = frozenset({"", "DXS", "ST", "G85", "SE", "DXE", "LS", "LE"})
_CODES = re.compile(r"X[0-9A-F]{8}")
_LONGEST_SELECTION = 20  # characters that are told of a selection nobody knows
_YEARS = range(1990, 2090)


class Refusal(StrEnum):
    """Why a setting was passed over."""

    TOO_LONG = "too_long"  # the whole document
    INTEGRITY = "integrity"  # the whole document: G85 is wrong or missing
    DOOR_CLOSED = "door_closed"  # the whole document
    NOT_TAKEN = "not_taken"  # the make does not take this segment or element
    NO_SELECTION = "no_selection"
    NO_LIST = "no_list"  # no such payment device or price list
    BAD_VALUE = "bad_value"
    PASSWORD = "password"  # noqa: S105 - the reason, not the word


@dataclass(frozen=True, slots=True)
class SetupLine:
    """One element that was written. `taken`: what the machine has now, None when passed over."""

    element: str  # "PC102", or the id of a segment that is passed over as a whole
    written: str
    taken: str | None = None
    selection: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class SetupOutcome:
    accepted: tuple[SetupLine, ...]
    ignored: tuple[SetupLine, ...]


def apply_configuration(model: VendingModel, document: bytes, at: datetime) -> SetupOutcome:
    """Sets `model` up with what was written to it at `at`. Any bytes are taken, none raise.

    The machine's clock is set to the written time in the zone of `at`.
    """
    return _Setup(model, at).read(document)


class _Setup:
    """One document on its way into the machine."""

    def __init__(self, model: VendingModel, at: datetime) -> None:
        self.model = model
        self.state = model.state
        self.profile = model.state.profile
        self.at = at
        self.accepted: list[SetupLine] = []
        self.ignored: list[SetupLine] = []

    def read(self, document: bytes) -> SetupOutcome:
        refusal = self._refusal(document)
        if refusal is Refusal.TOO_LONG:
            self.ignore("", f"{len(document)} bytes", refusal)
            return self._outcome()
        for line in document.decode("latin-1").replace("\r", "\n").split("\n"):
            code, _, rest = line.partition("*")
            if code in _FRAME:
                continue
            if refusal is not None:
                self.ignore(code[:5], rest, refusal)
            elif code not in self.profile.takes or code not in _SEGMENTS:
                self.ignore(code[:5], rest, Refusal.NOT_TAKEN)
            else:
                _SEGMENTS[code](self, code, line.split("*"))
        return self._outcome()

    def _outcome(self) -> SetupOutcome:
        return SetupOutcome(tuple(self.accepted), tuple(self.ignored))

    def _refusal(self, document: bytes) -> Refusal | None:
        if len(document) > MAX_DOCUMENT:
            return Refusal.TOO_LONG
        if self.profile.checks_g85 and not _g85_is_right(document):
            return Refusal.INTEGRITY
        if self.state.settings.needs_open_door and not self.state.door_open:
            return Refusal.DOOR_CLOSED
        return None

    def accept(self, element: str, written: str, taken: str, selection: str = "") -> None:
        self.accepted.append(SetupLine(element, written, taken, selection))

    def ignore(self, element: str, written: str, why: Refusal, selection: str = "") -> None:
        self.ignored.append(SetupLine(element, written, None, selection, why))

    def ignore_others(self, code: str, elements: list[str], known: tuple[int, ...]) -> None:
        """What stands in elements that no make takes."""
        for position, written in enumerate(elements[1:], 1):
            if written and position not in known:
                self.ignore(f"{code}{position:02d}", written, Refusal.NOT_TAKEN)

    def slot(self, element: str, written: str, name: str) -> Slot | None:
        """The selection of a line; None, and told, when there is none of this name."""
        wanted = text(name)
        for each in (self.state.slots.get(name), self.state.slots.get(wanted)):
            if each is not None:
                return each
        self.ignore(element, written, Refusal.NO_SELECTION, wanted[:_LONGEST_SELECTION])
        return None

    def price(self, element: str, written: str, selection: str) -> int | None:
        """A price as this make keeps it; None, and told, when it is no price."""
        value = number(written)
        if value is None or len(written.strip()) > 8:
            self.ignore(element, written, Refusal.BAD_VALUE, selection)
            return None
        value = min(value, self.profile.price_limit)
        return value - value % self.profile.price_step


def _identity(setup: _Setup, code: str, elements: list[str]) -> None:
    """IC1 or ID1: location and asset number; the rest names the machine for ever."""
    setup.ignore_others(code, elements, (4, 6))
    state = setup.state
    for position, holder, longest in (
        (4, "location", 30),
        (6, "asset_number", setup.profile.asset_length),
    ):
        written = _element(elements, position)
        kept = text(written)[:longest]
        if kept:
            setattr(state, holder, kept)
            setup.accept(f"{code}{position:02d}", written, kept)
        elif written:
            setup.ignore(f"{code}{position:02d}", written, Refusal.BAD_VALUE)


def _clock(setup: _Setup, code: str, elements: list[str]) -> None:
    """IC5: date, time, and the seconds where the time has none. One of both leaves the other."""
    setup.ignore_others(code, elements, (1, 2, 3))
    written = [_element(elements, position) for position in (1, 2, 3)]
    shown = setup.at + setup.state.clock_offset
    day_text = day(written[0]) if written[0] else shown.date().isoformat()
    time_text = time_of_day(written[1]) if written[1] else shown.time().isoformat()
    if day_text is None or int(day_text[:4]) not in _YEARS:
        setup.ignore(f"{code}01", written[0], Refusal.BAD_VALUE)
        return
    seconds = number(written[2]) if written[2] else None
    if time_text is None or (seconds or 0) > 59 or (written[2] and seconds is None):
        setup.ignore(f"{code}02", "*".join(written[1:]).rstrip("*"), Refusal.BAD_VALUE)
        return
    moment = time.fromisoformat(time_text)
    if seconds is not None:
        moment = moment.replace(second=seconds)
    new = datetime.combine(date.fromisoformat(day_text), moment, tzinfo=setup.at.tzinfo)
    setup.model.set_clock(new, setup.at)
    for position, kept in ((1, new.strftime("%Y%m%d")), (2, new.strftime("%H%M%S"))):
        if written[position - 1]:
            setup.accept(f"{code}{position:02d}", written[position - 1], kept)


def _product(setup: _Setup, code: str, elements: list[str]) -> None:
    """PC1: price and name of a selection."""
    price, name = _element(elements, 2), _element(elements, 3)
    slot = setup.slot("PC1", "*".join(elements[1:]), _element(elements, 1))
    if slot is None:
        return
    if price:
        kept = setup.price("PC102", price, slot.selection)
        if kept is not None:
            setup.model.set_price(slot.selection, kept, setup.at)
            setup.accept("PC102", price, str(kept), slot.selection)
    if name and setup.profile.name_length:
        slot.name = text(name)[: setup.profile.name_length]
        setup.accept("PC103", name, slot.name, slot.selection)
    elif name:
        setup.ignore("PC103", name, Refusal.NOT_TAKEN, slot.selection)
    setup.ignore_others(code, elements, (1, 2, 3))


def _device_price(setup: _Setup, _code: str, elements: list[str]) -> None:
    """PC7: the price of a selection for one payment device and price list."""
    selection, device, price_list, price = (_element(elements, n) for n in (1, 2, 3, 4))
    slot = setup.slot("PC704", price, selection)
    if slot is None:
        return
    listed = number(price_list or "0")
    known = {("CA", 0), ("TA", 0)}
    known |= {
        (card, each)
        for card in setup.profile.card_devices
        for each in (setup.profile.card_list, *setup.profile.price_lists)
    }
    if listed is None or (device, listed) not in known:
        setup.ignore("PC704", price, Refusal.NO_LIST, slot.selection)
        return
    kept = setup.price("PC704", price, slot.selection)
    if kept is None:
        return
    if device == "CA":
        setup.model.set_price(slot.selection, kept, setup.at)
    else:
        setup.model.set_list_price(slot.selection, device, listed, kept, setup.at)
    setup.accept("PC704", price, str(kept), slot.selection)


def _list_price(setup: _Setup, _code: str, elements: list[str]) -> None:
    """LC1: the price of a selection in a price list, whoever pays."""
    price_list, selection, price = (_element(elements, n) for n in (1, 2, 3))
    slot = setup.slot("LC103", price, selection)
    if slot is None:
        return
    listed = number(price_list)
    if listed is None or listed not in {0, setup.profile.card_list, *setup.profile.price_lists}:
        setup.ignore("LC103", price, Refusal.NO_LIST, slot.selection)
        return
    kept = setup.price("LC103", price, slot.selection)
    if kept is None:
        return
    if listed == 0:
        setup.model.set_price(slot.selection, kept, setup.at)
    else:
        setup.model.set_list_price(slot.selection, "", listed, kept, setup.at)
    setup.accept("LC103", price, str(kept), slot.selection)


def _command(setup: _Setup, code: str, elements: list[str]) -> None:
    """SD1: password, codes of DDCMP, what a read resets, and the resets themselves."""
    settings = setup.state.settings
    current, new = _element(elements, 1).strip(), _element(elements, 2).strip()
    if _CODES.fullmatch(current) and _CODES.fullmatch(new) and "ddcmp" in setup.profile.links:
        if current[1:] == settings.codes:
            settings.codes = new[1:]
            setup.accept("SD102", new, new)
        else:
            setup.ignore("SD102", new, Refusal.PASSWORD)
    elif settings.password and text(current) != settings.password:
        setup.ignore("SD1", "*".join(elements[1:]), Refusal.PASSWORD)
        return
    elif new:
        settings.password = text(new)[:12]
        setup.accept("SD102", new, settings.password)
    setup.ignore_others(code, elements, (1, 2, 5, 6))
    for position, resets in ((5, _reset_intervals), (6, _reset_events)):
        written = _element(elements, position)
        wanted = _COMMANDS.get(written.strip().upper()) if written else ""
        if wanted is None:
            setup.ignore(f"SD1{position:02d}", written, Refusal.BAD_VALUE)
        elif wanted:
            resets(setup, wanted)
            setup.accept(f"SD1{position:02d}", written, wanted)


def _reset_intervals(setup: _Setup, wanted: str) -> None:
    if wanted == "RESET":
        setup.model.reset_interval(setup.at)
    else:
        setup.state.settings.auto_reset = wanted == "AUTO"


def _reset_events(setup: _Setup, wanted: str) -> None:
    if wanted == "RESET":
        setup.model.reset_events()
    else:
        setup.state.settings.auto_reset_events = wanted == "AUTO"


_COMMANDS = {"RESET": "RESET", "AUTO": "AUTO", "SAVE": "SAVE", "1": "RESET", "0": ""}
"""SD105 and SD106; the digits are those of older texts of the standard."""


def _element(elements: list[str], position: int) -> str:
    return elements[position] if position < len(elements) else ""


def _g85_is_right(document: bytes) -> bool:
    """The check value over ST up to the line of G85, which has to be there."""
    start, end = document.find(b"ST*"), document.rfind(b"G85*")
    if not 0 <= start < end:
        return False
    declared = document[end + 4 : end + 8].decode("latin-1").upper()
    return declared == f"{crc16_arc(document[start:end]):04X}"


_SEGMENTS: dict[str, Callable[[_Setup, str, list[str]], None]] = {
    "IC1": _identity,
    "ID1": _identity,
    "IC5": _clock,
    "ID5": _clock,
    "PC1": _product,
    "PC7": _device_price,
    "LC1": _list_price,
    "SD1": _command,
}
