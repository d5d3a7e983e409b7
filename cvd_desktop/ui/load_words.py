"""The words of the Load screen: cases and singles, why so many, what changed, who gets less."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QObject

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.route_records import LoadLineView, LoadView, ReturnView, ShortShare
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_shared.route_shapes import PickChange, PickReason, SlotKey

NOTHING = "·"  # where there are no cases, or no singles
EXCELLENT_PERCENT, NORMAL_PERCENT = (
    5.0,
    20.0,
)  # of what was loaded comes back: the trade's yardstick
CHANGES_NAMED = 3
SHARES_NAMED = 4
PLACE_LETTERS = 10


def number(value: int) -> str:
    return formats.number(value)


def signed(value: int) -> str:
    """+6, −2."""
    return f"+{number(value)}" if value > 0 else number(value)


def off(value: int) -> str:
    """What is taken off: − 16; nothing where there is none."""
    return f"{formats.MINUS} {number(value)}" if value else NOTHING


def short_place(place: str) -> str:
    """A place as a table has room for it: they are codes, "A-05"."""
    return place if len(place) <= PLACE_LETTERS else f"{place[: PLACE_LETTERS - 1].rstrip()}…"


def is_open(line: LoadLineView) -> bool:
    """Whether somebody has to pick it still: what the truck holds already needs nobody."""
    return line.picked is None and line.to_pick > 0


def _a_day(units: float) -> str:
    """1.4; whole numbers without their zero, and what is next to nothing as such."""
    if 0 < units < 0.05:
        return formats.decimal(units, 2)
    return number(round(units)) if round(units, 1) == round(units) else formats.decimal(units)


class LoadWords(QObject):
    """Made once by the screen; its parts and tables ask it."""

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.clock = clock

    # quantities

    def amount(self, units: int, case_size: int) -> str:
        """What a person takes: "1 case + 12", "3 cases", "12"."""
        if case_size <= 1 or units < case_size:
            return number(units)
        cases, singles = divmod(units, case_size)
        words = self.tr("1 case") if cases == 1 else self.tr("{n} cases").format(n=number(cases))
        return f"{words} + {number(singles)}" if singles else words

    def case_unit(self, cases: int, case_size: int) -> str:
        """Behind the figure: "case of 24"."""
        words = self.tr("case of {n}") if cases == 1 else self.tr("cases of {n}")
        return words.format(n=number(case_size))

    def single_unit(self, singles: int, *, cases: bool) -> str:
        if not cases:
            return self.tr("unit") if singles == 1 else self.tr("units")
        return self.tr("single") if singles == 1 else self.tr("singles")

    def units(self, count: int) -> str:
        return self.tr("1 unit") if count == 1 else self.tr("{n} units").format(n=number(count))

    def products(self, count: int) -> str:
        if count == 1:
            return self.tr("1 product")
        return self.tr("{n} products").format(n=number(count))

    def totes(self, count: int) -> str:
        return self.tr("1 tote") if count == 1 else self.tr("{n} totes").format(n=number(count))

    # why

    def slot(self, asset_number: str, key: SlotKey) -> str:
        """ "10427 E3"; the cabinet is named where it is not the first."""
        if key.cabinet == 1:
            return f"{asset_number} {key.label}"
        return self.tr("{asset} {label}, cabinet {n}").format(
            asset=asset_number, label=key.label, n=key.cabinet
        )

    def need_of(self, slots: int) -> str:
        if slots == 1:
            return self.tr("Need of 1 slot")
        return self.tr("Need of {n} slots").format(n=number(slots))

    def why(self, reason: PickReason) -> str:
        """The sentence of a slot: what it held, what was sold, what will be, what is doubtful."""
        slot = self.slot(reason.asset_number, reason.key)
        if reason.stock is None:
            words = self.tr("{slot}: never counted, so nobody knows what is in it; par is {par}.")
            return words.format(slot=slot, par=number(reason.par))
        parts = [self._known(reason)] if reason.known_at is not None else []
        if reason.sold_since:
            parts.append(self.tr("sold {n} since").format(n=number(reason.sold_since)))
        if reason.per_day is None:
            parts.append(self.tr("how fast it sells is not known"))
        else:
            parts.append(self.tr("sells {n} a day").format(n=_a_day(reason.per_day)))
        parts.append(self._days(reason.days))
        said = f"{slot}: {', '.join(parts)}."
        if not reason.sure:
            said += " " + self.tr("Its stock is doubtful: count it at the visit.")
        return said

    def _known(self, reason: PickReason) -> str:
        assert reason.known_at is not None
        when = self.on_day(reason.known_at)
        if reason.known_units is None:
            return self.tr("last known {when}").format(when=when)
        return self.tr("held {n} {when}").format(n=number(reason.known_units), when=when)

    def on_day(self, moment: datetime) -> str:
        """ "today", "yesterday", "on Tuesday"; from a week on with its date."""
        days = (self.clock().astimezone().date() - moment.astimezone().date()).days
        if days <= 0:
            return self.tr("today")
        if days == 1:
            return self.tr("yesterday")
        if days < 7:
            weekday = formats.locale().dayName(moment.astimezone().isoweekday())
            return self.tr("on {day}").format(day=weekday)
        return self.tr("on {day}").format(day=formats.day(moment))

    def _days(self, days: float) -> str:
        whole = round(days)
        if whole <= 0:
            return self.tr("the visit is today")
        if whole == 1:
            return self.tr("1 day to the visit")
        return self.tr("{n} days to the visit").format(n=number(whole))

    def telling(self, reasons: Sequence[PickReason]) -> PickReason | None:
        """The slot that a person would ask about first: one in doubt, else one whose stock was
        worked out the furthest."""
        if not reasons:
            return None
        unknown = [one for one in reasons if one.stock is None] or [
            one for one in reasons if not one.sure
        ]
        return max(unknown or reasons, key=lambda one: (one.will_sell, one.sold_since, one.need))

    def data_age(self, view: LoadView) -> str:
        """How old the oldest read is that the list rests on."""
        if view.data_at is None:
            return self.tr("No machine of this list was ever read.")
        said = self.tr("The oldest read behind this list is {age} old.").format(
            age=age_words(self.clock() - view.data_at)
        )
        if view.never_read == 1:
            return f"{said} {self.tr('1 machine of it was never read.')}"
        if view.never_read:
            more = self.tr("{n} machines of it were never read.")
            return f"{said} {more.format(n=number(view.never_read))}"
        return said

    # what changed

    def change_head(self, view: LoadView) -> str:
        if view.changed_at is None:
            return self.tr("The list has changed.")
        return self.tr("Newer reads arrived at {time}.").format(
            time=formats.moment_beside(view.changed_at, self.clock())
        )

    def change_lines(self, view: LoadView) -> str:
        """ "3 lines changed: Cola zero +6, Still water +8, Popcorn −2." """
        changes = view.changes
        named = [
            f"{self.name(view, one.product_id)} {signed(one.after - one.before)}"
            for one in changes[:CHANGES_NAMED]
        ]
        more = len(changes) - CHANGES_NAMED
        if more > 0:
            named.append(self.tr("and {n} more").format(n=number(more)))
        head = (
            self.tr("1 line changed")
            if len(changes) == 1
            else self.tr("{n} lines changed").format(n=number(len(changes)))
        )
        return f"{head}: {', '.join(named)}."

    def change_why(self, change: PickChange) -> str:
        more = change.after > change.before
        return {
            "sold": self.tr("More was sold than expected") if more else self.tr("Less was sold"),
            "counted": self.tr("A slot was counted or filled"),
            "run_changed": self.tr("The office changed the run"),
            "planogram": self.tr("The planogram changed"),
            "truck": self.tr("The stock of the truck changed"),
        }.get(change.why, change.why.replace("_", " "))

    def name(self, view: LoadView, product_id: str) -> str:
        return view.names.get(product_id, product_id)

    # shorts

    def short_head(self, line: LoadLineView, *, named: bool) -> str:
        """ "Gummy bears: 12 of 18 found"; without its name "12 of 18 found"."""
        said = self.tr("{found} of {wanted} found").format(
            found=number(line.picked or 0), wanted=number(line.to_pick)
        )
        return f"{line.product.name}: {said}" if named else said

    def short_shares(self, line: LoadLineView, shares: Sequence[ShortShare]) -> str:
        """Who gets less, and by which rule."""
        said = [self.tr("{n} short.").format(n=number(line.short))]
        if not shares:
            return said[0]
        named = [
            self.tr("{asset} {label} gets {gets} of {wanted}").format(
                asset=one.asset_number, label=one.label, gets=one.gets, wanted=one.wanted
            )
            for one in shares[:SHARES_NAMED]
        ]
        if len(shares) > SHARES_NAMED:
            named.append(
                self.tr("and {n} more slots get less").format(n=len(shares) - SHARES_NAMED)
            )
        rule = self.tr("The machines with the fewest days left get theirs first; {who}.")
        said.append(rule.format(who=", ".join(named)))
        return " ".join(said)

    def found_hint(self) -> str:
        return self.tr("Units, or cases + singles: 1+12 is one case and 12.")

    def fewer(self, missing: int, wanted: int) -> str:
        return self.tr("{n} short of {wanted}.").format(n=number(missing), wanted=number(wanted))

    def more(self, over: int, wanted: int) -> str:
        return self.tr("{n} more than the {wanted} wanted.").format(
            n=number(over), wanted=number(wanted)
        )

    def as_wanted(self, wanted: int) -> str:
        return self.tr("All {n} found.").format(n=number(wanted))

    def state(self, line: LoadLineView) -> str:
        """The word of a line that is not open."""
        if line.picked is None:
            return self.tr("On the truck")
        if line.short:
            return self.tr("{n} short").format(n=number(line.short))
        if line.picked is not None and line.picked > line.to_pick:
            return self.tr("Picked, {n} more").format(n=number(line.picked - line.to_pick))
        return self.tr("Picked")

    # the count on return

    def yardstick(self, percent: float) -> str:
        """What the trade says of it."""
        if percent <= EXCELLENT_PERCENT:
            return self.tr("Excellent: 5 % or less comes back only with a very good pick list.")
        if percent < NORMAL_PERCENT:
            return self.tr("Normal: under 20 % is usual, 5 % or less is excellent.")
        return self.tr(
            "High: under 20 % is usual. The truck carried more than the machines could take."
        )

    def returns(self, back: ReturnView) -> str:
        """What came back and what was loaded, or why there is nothing to compare."""
        if back.returns_percent is None:
            return self.tr("No load of today is recorded, so there is nothing to compare with.")
        came = back.returned or 0
        said = self.tr("{back} came back; loaded for this run: {loaded}.").format(
            back=self.units(came), loaded=self.units(back.loaded)
        )
        by_record = came - sum(back.counted.values())
        if by_record > 0:
            also = self.tr("{units} of it were not counted: they are there by the records.")
            said = f"{said} {also.format(units=self.units(by_record))}"
        return said

    # papers

    def label_sheet(self, key: str) -> tuple[str, str]:
        """Word and detail of a sheet of labels."""
        return {
            "a4_2x4": (self.tr("A4, 8 labels"), self.tr("2 x 4, each 99 x 68 mm")),
            "a4_2x7": (self.tr("A4, 14 labels"), self.tr("2 x 7, each 99 x 38 mm")),
            "roll_100x62": (self.tr("Label printer 100 x 62 mm"), self.tr("a label a page, wide")),
            "roll_62x100": (self.tr("Label printer 62 x 100 mm"), self.tr("a label a page, high")),
            "roll_62x29": (self.tr("Label printer 62 x 29 mm"), self.tr("a small label a page")),
        }[key]
