"""The settings that a report tells, found by what a person can write: prices, names, counts."""

from functools import cached_property

from cvd_shared.dex.configuration_report import ListPrice
from cvd_shared.dex.machine_reading import MachineReading

CASH = "CA"  # PA702: the payment device whose price is that of the selection


class MachineValues:
    """One reading. Whatever the machine does not tell is None."""

    def __init__(self, reading: MachineReading) -> None:
        self.reading = reading

    def price(self, selection: str, *, for_cash: bool = False) -> int | None:
        """PA102, else the price for cash (PA704); `for_cash`: the other way round."""
        both = (self._prices.get(selection), self._cash.get(selection, (0, None))[1])
        first, second = reversed(both) if for_cash else both
        return second if first is None else first

    def cash_list(self, selection: str) -> int:
        """The price list of the price for cash; 0 where none is told."""
        return self._cash.get(selection, (0, None))[0]

    def name(self, selection: str) -> str | None:
        return self._names.get(selection)

    def list_price(self, place: ListPrice) -> int | None:
        """PA704 of the payment device; LA103 without one."""
        return self._list_prices.get(place)

    @property
    def interval_count(self) -> int | None:
        """Paid vends since the last reset: what an interval reset clears."""
        return self.reading.paid_vends.number_of_paid_vends_since_reset

    @property
    def event_count(self) -> int | None:
        """Events since the last reset."""
        counts = [each.since_reset for each in self.reading.events if each.since_reset is not None]
        return sum(counts) if counts else None

    @property
    def resets(self) -> int | None:
        """How often the interval was reset: EA310, else the reads that did so (EA301)."""
        outs = self.reading.read_outs
        return outs.resets if outs.resets is not None else outs.with_reset

    @cached_property
    def selections(self) -> frozenset[str]:
        """Every selection that the machine calls by a name."""
        told = {each.selection for each in self.reading.selections if each.named}
        told |= {each.selection for each in self.reading.payments if each.selection}
        return frozenset(told | {e.selection for e in self.reading.price_list if e.selection})

    @cached_property
    def _prices(self) -> dict[str, int | None]:
        return {each.selection: each.price for each in self.reading.selections if each.named}

    @cached_property
    def _names(self) -> dict[str, str | None]:
        return {each.selection: each.product for each in self.reading.selections if each.named}

    @cached_property
    def _cash(self) -> dict[str, tuple[int, int | None]]:
        found: dict[str, tuple[int, int | None]] = {}
        for each in self.reading.payments:
            if each.device == CASH and each.selection:
                found.setdefault(each.selection, (each.price_list or 0, each.price))
        return found

    @cached_property
    def _list_prices(self) -> dict[ListPrice, int | None]:
        by_device = {
            ListPrice(each.selection, each.price_list or 0, each.device): each.price
            for each in self.reading.payments
            if each.selection and each.device
        }
        return by_device | {
            ListPrice(each.selection, each.price_list or 0): each.price
            for each in self.reading.price_list
            if each.selection
        }
