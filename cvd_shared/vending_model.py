"""A vending machine that sells: stock, money and the counters of its audit, without a clock.

Every time of day is passed in. What each action does to the counters follows the worked examples
of EVA-DTS 6.2 chapter 5.2; how the make writes them down is the business of vending_report.py.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cvd_shared.vending_profiles import MODELS, MONEY, EventKind
from cvd_shared.vending_report import (
    COLLECT_LIST,
    CONFIGURATION_LIST,
    list_report_of,
    report_of,
)
from cvd_shared.vending_state import (
    CardMeters,
    DatedEvent,
    EventCount,
    MachineState,
    ReadMark,
    Slot,
    SlotMeters,
    Tally,
    meters_in,
    new_meters,
    new_settings,
)

TUBE_CAPACITY = 80
"""Coins that fit into one tube of the changer."""

EXACT_CHANGE_COINS = 4
"""With fewer coins than this in its smallest tube a changer asks for exact change."""

EVENTS_KEPT = 20
"""How many dated events a machine remembers (EA1)."""


@dataclass(frozen=True, slots=True)
class SlotSetup:
    """A selection as it is installed: price in minor units, capacity in units."""

    selection: str
    price: int
    capacity: int
    name: str = ""


class VendingModel:
    """One machine of a profile in `MODELS`. Sales return False when the selection is sold out.

    Raises ValueError for an unknown model, currency or selection, for money that does not exist
    or does not pay for the price, and for units that do not fit.
    """

    def __init__(
        self,
        model: str,
        slots: Sequence[SlotSetup],
        installed_at: datetime,
        *,
        serial_number: str,
        asset_number: str = "",
        control_board: str = "",
        location: str = "",
        currency: str = "USD",
    ) -> None:
        if model not in MODELS:
            raise ValueError(f"no model {model!r}; there are {', '.join(MODELS)}")
        if currency not in MONEY:
            raise ValueError(f"no coins of {currency!r}; there are {', '.join(MONEY)}")
        names = [slot.selection for slot in slots]
        if len(set(names)) != len(names):
            raise ValueError("a selection is named twice")
        money = MONEY[currency]
        self._state = MachineState(
            profile=MODELS[model],
            currency=currency,
            money=money,
            serial_number=serial_number,
            asset_number=asset_number,
            control_board=control_board,
            location=location,
            installed_at=installed_at,
            slots={
                slot.selection: Slot(
                    slot.selection, _not_negative(slot.price), slot.capacity, slot.name, stock=0
                )
                for slot in slots
            },
            tubes=dict.fromkeys(money.tube_coins, 0),
            meters=new_meters(MODELS[model]),
            settings=new_settings(MODELS[model]),
        )

    # --- what a test, a screen or a virtual machine may look at ---------------------------------

    @property
    def state(self) -> MachineState:
        """The machine as it stands; only vending_setup.py writes to it."""
        return self._state

    @property
    def slots(self) -> Mapping[str, Slot]:
        """The selections in the order of the report."""
        return MappingProxyType(self._state.slots)

    @property
    def exact_change(self) -> bool:
        """True when the changer could hardly give change."""
        tubes = self._state.tubes
        return tubes[min(tubes)] < EXACT_CHANGE_COINS

    def copy(self) -> "VendingModel":
        """An independent machine in the same state."""
        twin = copy.copy(self)
        twin._state = copy.deepcopy(self._state)
        return twin

    # --- customers ------------------------------------------------------------------------------

    def sell_cash(
        self, selection: str, at: datetime, inserted: int | Sequence[int] | None = None
    ) -> bool:
        """A cash sale. `inserted`: the amount, or each coin and bill; None pays exactly.

        Change comes from the tubes; what they cannot give counts as overpaid.
        """
        slot = self._slot(selection)
        pieces = self._pieces(slot.price if inserted is None else inserted)
        if sum(pieces) < slot.price:
            raise ValueError(f"{sum(pieces)} does not pay for {slot.price}")
        if not self._can_sell(slot, at):
            return False
        meters = self._state.meters
        if self.exact_change:
            meters.cash.exact_change_sales.add(slot.price)
        self._take(pieces)
        self._paid(slot, slot.price, at)
        meters.cash.sales.add(slot.price)
        slot.sold_by("CA", 0).add(slot.price)
        self._give_change(sum(pieces) - slot.price, at)
        return True

    def sell_card(
        self,
        selection: str,
        at: datetime,
        *,
        device: str = "DA",
        discount: int = 0,
        surcharge: int = 0,
    ) -> bool:
        """A cashless sale by `device` "DA" or "DB". The sales counters take the list price.

        So does PA7, as real machines do; the discount and the surcharge have their own counters.
        """
        slot = self._slot(selection)
        price_list = self._state.profile.card_list
        price = slot.price_in(device, price_list)
        if not 0 <= discount <= price or surcharge < 0:
            raise ValueError(f"discount {discount}, surcharge {surcharge} on price {price}")
        card = self._card(device)
        if not self._can_sell(slot, at):
            return False
        self._paid(slot, price, at)
        card.sales.add(price)
        card.debited.add(price - discount + surcharge)
        slot.sold_by(device, price_list).add(price)
        for amount, kind in ((discount, "discounts"), (surcharge, "surcharges")):
            if amount:
                for holder in (self._state.meters, card, slot.meters):
                    tally: Tally = getattr(holder, kind)
                    tally.add(amount)
        return True

    def sell_mixed(self, selection: str, at: datetime, *, card: int, device: str = "DA") -> bool:
        """A sale of which `card` minor units are paid by card and the rest in cash, with change."""
        slot = self._slot(selection)
        if not 0 < card < slot.price:
            raise ValueError(f"{card} is no share of the price {slot.price}")
        holder = self._card(device)
        if not self._can_sell(slot, at):
            return False
        cash = slot.price - card
        pieces = self._pieces(cash)
        self._take(pieces)
        self._paid(slot, slot.price, at)
        self._state.meters.cash.sales.add(cash)
        holder.sales.add(card)
        holder.debited.add(card)
        holder.mixed.add(card)
        slot.meters.mixed.add(cash)
        slot.sold_by("CA", 0).add(cash)
        slot.sold_by(device, self._state.profile.card_list).add(card)
        self._give_change(sum(pieces) - cash, at)
        return True

    def sell_token(self, selection: str, at: datetime, *, value_token: bool = False) -> bool:
        """A sale for a vend token, or for a value token. Tokens are not cash."""
        slot = self._slot(selection)
        if not self._can_sell(slot, at):
            return False
        self._paid(slot, slot.price, at)
        meters = self._state.meters
        (meters.value_tokens if value_token else meters.vend_tokens).add(slot.price)
        slot.sold_by("TA", 0).add(slot.price)
        return True

    def reload_card(self, amount: int, *, device: str = "DA") -> None:
        """Value put on a customer's card."""
        self._card(device).credited.add(amount)

    # --- service --------------------------------------------------------------------------------

    def test_vend(self, selection: str, at: datetime) -> bool:
        """A vend in service mode: counted apart, never among the paid vends."""
        return self._unpaid(selection, at, "test")

    def free_vend(self, selection: str, at: datetime) -> bool:
        """A vend at no charge: counted apart, never among the paid vends."""
        return self._unpaid(selection, at, "free")

    def fill(self, selection: str, units: int) -> None:
        """Puts `units` into a selection; the machine itself counts nothing."""
        slot = self._slot(selection)
        if not 0 <= units <= slot.capacity - slot.stock:
            raise ValueError(f"{units} do not fit: {slot.stock} of {slot.capacity} are in")
        self.set_stock(selection, slot.stock + units)

    def fill_up(self) -> None:
        """Fills every selection to its capacity."""
        for selection, slot in self._state.slots.items():
            self.set_stock(selection, slot.capacity)

    def set_stock(self, selection: str, units: int) -> None:
        """What a person counted or took out: the selection now holds `units`."""
        slot = self._slot(selection)
        if not 0 <= units <= slot.capacity:
            raise ValueError(f"{units} do not fit into {slot.capacity}")
        slot.stock = units
        if units:
            self.event_over(EventKind.SOLD_OUT, selection)

    def set_price(self, selection: str, price: int, at: datetime) -> None:
        """A new price; earlier sales keep their value."""
        self._slot(selection).price = _not_negative(price)
        self._price_changed(at)

    def set_list_price(
        self, selection: str, device: str, price_list: int, price: int, at: datetime
    ) -> None:
        """A price for customers of one payment device, or "" for all of that price list."""
        listed = self._slot(selection).list_prices
        if not device:
            for each in [each for each in listed if each[1] == price_list]:
                del listed[each]
        listed[device, price_list] = _not_negative(price)
        self._price_changed(at)

    def set_clock(self, shown: datetime, at: datetime) -> None:
        """Sets the machine's own clock to `shown` when it really is `at`."""
        self._state.clock_offset = shown - at

    def door_opened(self, at: datetime) -> None:
        self._state.door_open = True
        self.event(EventKind.DOOR_OPEN, at)

    def door_closed(self, at: datetime) -> None:
        self._state.door_open = False
        self.event_over(EventKind.DOOR_OPEN)
        self.event(EventKind.DOOR_CLOSED, at)
        self.event_over(EventKind.DOOR_CLOSED)

    def power_cut(self) -> None:
        self._state.meters.power_cuts.add(1)

    def event(self, kind: EventKind, at: datetime, selection: str = "") -> None:
        """Something begins. A make that has no code for it reports nothing."""
        code = self._state.event_code(kind, selection)
        if code is None:
            return
        seen = self._state.events.setdefault(code, EventCount())
        seen.count.add(1)
        seen.active = True
        self._state.dated_events.append(DatedEvent(code, at))
        del self._state.dated_events[:-EVENTS_KEPT]

    def event_over(self, kind: EventKind, selection: str = "") -> None:
        """It is over: it stays in the report as past."""
        seen = self._state.events.get(self._state.event_code(kind, selection) or "")
        if seen is not None:
            seen.active = False

    # --- money ----------------------------------------------------------------------------------

    def insert_coin(self, coin: int) -> None:
        """A coin of a customer: into its tube while there is room, else into the cash box."""
        state = self._state
        if coin not in state.money.coins:
            raise ValueError(f"{state.currency} has no coin of {coin}")
        if state.tubes.get(coin, TUBE_CAPACITY) < TUBE_CAPACITY:
            state.tubes[coin] += 1
            state.meters.cash.to_tubes.add(coin)
        else:
            state.meters.cash.to_box.add(coin)

    def insert_bill(self, bill: int) -> None:
        """A bill of a customer, into the stacker."""
        if bill not in self._state.money.bills:
            raise ValueError(f"{self._state.currency} has no bill of {bill}")
        self._state.meters.cash.bills.add(bill)

    def fill_tube(self, coin: int, count: int) -> None:
        """Coins put into a tube by hand. They count as cash in, as the standard wants it."""
        tubes = self._state.tubes
        if coin not in tubes:
            raise ValueError(f"there is no tube for coins of {coin}")
        if not 0 <= count <= TUBE_CAPACITY - tubes[coin]:
            raise ValueError(f"{count} coins do not fit: {tubes[coin]} of {TUBE_CAPACITY} are in")
        tubes[coin] += count
        self._state.meters.cash.to_tubes.add(coin * count)
        self._state.meters.cash.filled_by_hand.add(coin * count)

    def dispense_by_hand(self, coin: int, count: int) -> None:
        """Coins taken from a tube with the machine's own keys. Raises ValueError."""
        tubes = self._state.tubes
        if not 0 <= count <= tubes.get(coin, 0):
            raise ValueError(f"there are not {count} coins of {coin}")
        tubes[coin] -= count
        self._state.meters.cash.dispensed.add(coin * count)
        self._state.meters.cash.dispensed_by_hand.add(coin * count)

    def count_earlier(self, selection: str, *, cash_vends: int, card_vends: int) -> None:
        """Vends of the time before: counters only, no stock; the cash went to the box, exact."""
        slot = self._slot(selection)
        cash, card = self._state.meters.cash, next(iter(self._state.meters.cards.items()))
        shares = (
            (cash_vends, cash.sales, slot.sold_by("CA", 0)),
            (card_vends, card[1].sales, slot.sold_by(card[0], self._state.profile.card_list)),
        )
        for vends, sales, listed in shares:
            for tally in (self._state.meters.paid, slot.meters.paid, sales, listed):
                tally.add(slot.price * vends, vends)
        card[1].debited.add(slot.price * card_vends)
        cash.to_box.add(slot.price * cash_vends)

    # --- the audit ------------------------------------------------------------------------------

    def report(self, at: datetime, reader: str = "") -> bytes:
        """The EVA-DTS report that `reader` (its communication id) gets at `at`; changes nothing."""
        return report_of(self._state, at, reader)

    def list_report(self, list_number: int, at: datetime, reader: str = "") -> bytes | None:
        """The report of a list of DDCMP; None refuses a list that this make does not know."""
        return list_report_of(self._state, list_number, at, reader)

    def read_finished(self, at: datetime, reader: str = "", list_number: int | None = None) -> None:
        """A whole report was taken and acknowledged: over DEX, or a list of DDCMP.

        After DEX a machine set to AUTO resets its intervals; list 1 has them reset by the first
        paid vend that follows, every other list leaves them alone (EVA-DTS 6.2.2 ch. 6.1).
        """
        if list_number == CONFIGURATION_LIST:
            return
        state = self._state
        state.meters.reads += 1
        state.last_read = ReadMark(at, reader)
        if list_number in (None, COLLECT_LIST) and state.settings.auto_reset_events:
            self.reset_events()
        if list_number == COLLECT_LIST:
            state.reset_due = True
        elif list_number is None and state.settings.auto_reset:
            state.meters.reads_with_reset += 1
            self.reset_interval(at)

    def reset_events(self) -> None:
        """Forgets what is over, as AUTO or the RESET command for events (SD106) does."""
        state = self._state
        lasting = {code for code, seen in state.events.items() if seen.active}
        state.dated_events = [each for each in state.dated_events if each.code in lasting]

    def reset_interval(self, at: datetime) -> None:
        """Clears every interval counter, as AUTO or the RESET command (SD105) does."""
        state = self._state
        state.reset_due = False
        state.last_reset_at = at
        state.meters.resets += 1
        for meter in meters_in((state.meters, state.events, state.slots)):
            meter.interval = 0

    def initialise(self, at: datetime) -> None:
        """Clears everything that was ever counted, as a new control board does."""
        state = self._state
        state.meters = new_meters(state.profile)
        state.events.clear()
        state.dated_events.clear()
        state.last_read = None
        state.price_set_at = None
        state.reset_due = False
        state.installed_at = at
        for slot in state.slots.values():
            slot.meters = SlotMeters()
            slot.sold_out_at = None

    def exchange_board(self, control_board: str, at: datetime) -> None:
        """A technician builds another control board in; it has counted nothing yet."""
        self._state.control_board = control_board
        self.initialise(at)

    # --- inside ---------------------------------------------------------------------------------

    def _slot(self, selection: str) -> Slot:
        try:
            return self._state.slots[selection]
        except KeyError:
            raise ValueError(f"there is no selection {selection!r}") from None

    def _card(self, device: str) -> CardMeters:
        try:
            return self._state.meters.cards[device]
        except KeyError:
            raise ValueError(f"there is no cashless device {device!r}") from None

    def _price_changed(self, at: datetime) -> None:
        self._state.meters.price_changes.add(1)
        self._state.price_set_at = at

    def _can_sell(self, slot: Slot, at: datetime) -> bool:
        """Asked before anything of a paid vend is counted."""
        if not self._has_stock(slot):
            return False
        if self._state.reset_due:
            self._state.meters.reads_with_reset += 1
            self.reset_interval(at)
        return True

    def _has_stock(self, slot: Slot) -> bool:
        if slot.stock > 0:
            return True
        slot.meters.sold_out_tries.add(1)
        return False

    def _vended(self, slot: Slot, at: datetime) -> None:
        slot.stock -= 1
        if slot.stock == 0:
            slot.sold_out_at = at
            self.event(EventKind.SOLD_OUT, at, slot.selection)

    def _paid(self, slot: Slot, price: int, at: datetime) -> None:
        self._state.meters.paid.add(price)
        slot.meters.paid.add(price)
        self._vended(slot, at)

    def _unpaid(self, selection: str, at: datetime, kind: str) -> bool:
        slot = self._slot(selection)
        if not self._has_stock(slot):
            return False
        for holder in (self._state.meters, slot.meters):
            tally: Tally = getattr(holder, kind)
            tally.add(slot.price)
        self._vended(slot, at)
        return True

    def _pieces(self, inserted: int | Sequence[int]) -> list[int]:
        money = self._state.money
        if not isinstance(inserted, int):
            strange = set(inserted) - set(money.coins) - set(money.bills)
            if strange:
                raise ValueError(f"{self._state.currency} has no coin or bill of {min(strange)}")
            return list(inserted)
        return money.pieces(inserted)

    def _take(self, pieces: Sequence[int]) -> None:
        for piece in pieces:
            if piece in self._state.money.bills:
                self.insert_bill(piece)
            else:
                self.insert_coin(piece)

    def _give_change(self, amount: int, at: datetime) -> None:
        left = self._state.coins_out(amount)
        cash = self._state.meters.cash
        cash.dispensed.add(amount - left)
        if left:
            cash.overpaid.add(left)
            self.event(EventKind.LOW_CHANGE, at)
            self.event_over(EventKind.LOW_CHANGE)


def _not_negative(price: int) -> int:
    if price < 0:
        raise ValueError(f"a price is not negative: {price}")
    return price
