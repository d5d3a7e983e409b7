"""The day of a route in words: needs, windows, cash, what was done, what the office changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from PySide6.QtCore import QObject

from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import MachineElsewhere, RunView, StopMachine, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.read_shown import NOTHING, Amounts
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.rich_line import RichLine, Run
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.route_shapes import Band, DueReason, RunChange, Urgency
from cvd_shared.wire_events import VisitTask

_MANY_DAYS = 10  # from here on nobody asks for tenths
_SHORT_NOTE = 26  # characters of an access note that a row has room for


@dataclass(frozen=True, slots=True)
class Need:
    """The one tag of a stop. `icon` where it is not the shape of its kind."""

    kind: TagKind
    words: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """When a stop can be served: as a fact with its label, and as it stands in a row."""

    label: str
    value: str
    detail: str
    row: str
    tone: Tone = Tone.PLAIN


class TodayWords(QObject):
    """Made by the screen; knows nothing of widgets. Times are local, `now` is UTC."""

    # needs

    def need(self, stop: StopView) -> Need:
        return self._need(stop.urgency, stop.band, stop.tasks)

    def machine_need(self, machine: StopMachine) -> Need:
        return self._need(machine.urgency, machine.band, machine.tasks)

    def _need(self, urgency: Urgency, band: Band, tasks: Sequence[VisitTask]) -> Need:
        if urgency.sold_out:
            words = self.tr("{n} sold out").format(n=formats.number(urgency.sold_out))
            return Need(TagKind.ALERT, words)
        if "collect" in tasks and "fill" not in tasks:
            return Need(TagKind.NEED, self.tr("Collect"), "cash")
        if urgency.low:
            words = self.tr("{n} low").format(n=formats.number(urgency.low))
            return Need(TagKind.WARNING, words)
        if "repair" in tasks:
            return Need(TagKind.NEED, self.tr("Repair"), "wrench")
        if "collect" in tasks:
            return Need(TagKind.NEED, self.tr("Collect"), "cash")
        if band is Band.UNKNOWN:
            return Need(TagKind.UNKNOWN, self.tr("Not known"))
        return Need(TagKind.QUIET, self.tr("No slot low"))

    def days(self, days: float | None) -> str:
        if days is None:
            return NOTHING
        if days >= _MANY_DAYS:
            return self.tr("{n} days").format(n=formats.number(int(days)))
        figure = formats.decimal(days)
        if figure == formats.decimal(1.0):
            return self.tr("{n} day").format(n=figure)
        return self.tr("{n} days").format(n=figure)

    def task(self, task: VisitTask) -> str:
        return {
            "fill": self.tr("fill"),
            "collect": self.tr("collect"),
            "inventory": self.tr("inventory"),
            "audit": self.tr("audit"),
            "repair": self.tr("repair"),
        }[task]

    def tasks(self, tasks: Sequence[VisitTask]) -> str:
        return ", ".join(self.task(task) for task in tasks)

    def machines(self, count: int) -> str:
        one, more = self.tr("1 machine"), self.tr("{n} machines")
        return one if count == 1 else more.format(n=formats.number(count))

    def units(self, count: int) -> str:
        one, more = self.tr("1 unit"), self.tr("{n} units")
        return one if count == 1 else more.format(n=formats.number(count))

    def bags(self, count: int) -> str:
        one, more = self.tr("1 bag"), self.tr("{n} bags")
        return one if count == 1 else more.format(n=formats.number(count))

    def cash(self, stop: StopView, *, sign: bool = True) -> str:
        """The sum of its machines; "+ ?" where one of them is not known."""
        amounts = Amounts(stop.currency, stop.decimals)
        due = stop.urgency.cash_due
        said = amounts.full(due) if sign else amounts.plain(due)
        return said if due is None or stop.cash_whole else f"{said} + ?"

    def sign(self, stops: Sequence[StopView]) -> str:
        """The sign of the currency of all of them; "" where there is more than one."""
        currencies = {stop.currency for stop in stops}
        return Amounts(currencies.pop(), 0).sign if len(currencies) == 1 else ""

    # windows

    def window(self, stop: StopView, now: datetime) -> Window:
        """Open until, opens at, closed since, any time: by the clock on the wall."""
        begin, end = _at(now, stop.window_from), _at(now, stop.window_to)
        any_time = self.tr("any time")
        label = self.tr("Time window")
        if begin is None and end is None:
            return Window(label, any_time, "", any_time)
        row = self._window_row(begin, end)
        if begin is not None and end is not None and end < begin:  # over midnight
            if now < end:
                begin -= timedelta(days=1)
            elif now < begin:
                end += timedelta(days=1)
                return self._opens(begin, now, row)
            else:
                end += timedelta(days=1)
        if begin is not None and now < begin:
            return self._opens(begin, now, row)
        if end is None:
            assert begin is not None
            return Window(self.tr("Open since"), formats.clock_time(begin), "", row)
        at = formats.clock_time(end)
        if now >= end:
            closed = self.tr("closed since {time}").format(time=at)
            return Window(self.tr("Closed since"), at, "", closed, Tone.WARNING)
        return Window(self.tr("Open until"), at, self.duration(end - now), row)

    def _opens(self, begin: datetime, now: datetime, row: str) -> Window:
        at, wait = formats.clock_time(begin), self.duration(begin - now)
        return Window(self.tr("Opens at"), at, self.tr("in {time}").format(time=wait), row)

    def _window_row(self, begin: datetime | None, end: datetime | None) -> str:
        if begin is None:
            assert end is not None
            return self.tr("until {time}").format(time=formats.clock_time(end))
        if end is None:
            return self.tr("after {time}").format(time=formats.clock_time(begin))
        return self.tr("{begin} to {end}").format(
            begin=formats.clock_time(begin), end=formats.clock_time(end)
        )

    def duration(self, length: timedelta) -> str:
        """1 h 18 min; begun minutes count."""
        minutes = max(0, -(-int(length.total_seconds()) // 60))
        hours, rest = divmod(minutes, 60)
        if not hours:
            return self.tr("{n} min").format(n=minutes)
        if not rest:
            return self.tr("{n} h").format(n=hours)
        return self.tr("{h} h {n} min").format(h=hours, n=rest)

    # what there is to know of a stop

    def row_details(self, stop: StopView) -> tuple[str, ...]:
        """What stands below the name in the list, the most important first."""
        parts = [self.machines(len(stop.machines))]
        if stop.state == "arrived":
            parts.insert(0, self.tr("you are there"))
        if stop.must_do:
            parts.append(self.tr("must do"))
        parts += [self.task(t) for t in stop.tasks if t not in ("fill", "collect")]
        if stop.note:
            parts.append(self.tr("note of the office"))
        notes = stop.location.access_notes if stop.location is not None else ""
        first = first_sentence(notes)[0].rstrip(".")
        if first and len(first) <= _SHORT_NOTE:
            parts.append(first)
        return tuple(parts)

    def access(self, stop: StopView, role: str = "body") -> list[RichLine]:
        """Hours, way in, note of the office, what is wanted besides: each a line, if there is."""
        strong = f"{role}Strong"
        lines: list[RichLine] = []
        place = stop.location
        if place is not None and place.access_notes:
            first, rest = first_sentence(place.access_notes)
            way = (Run(first, strong), Run(rest, role)) if rest else (Run(first, strong),)
            lines.append(RichLine(way, "door"))
        if place is not None and place.access_hours:
            hours = Run(self.tr("Access hours:"), strong)
            lines.append(RichLine((hours, Run(place.access_hours, role)), "clock"))
        if stop.note:
            said = [Run(self.tr("The office says:"), strong), Run(stop.note, role)]
            if stop.answer_wanted:
                said.append(Run(self.tr("It wants an answer."), strong))
            lines.append(RichLine(tuple(said), "info"))
        wanted = self._wanted(stop)
        if wanted:
            head = Run(self.tr("Wanted:"), strong)
            lines.append(RichLine((head, Run(", ".join(wanted), role)), "list"))
        return lines

    def _wanted(self, stop: StopView) -> list[str]:
        wanted = []
        if stop.photos_wanted:
            count = formats.number(stop.photos_wanted)
            one, more = self.tr("1 photo a machine"), self.tr("{n} photos a machine")
            wanted.append(one if stop.photos_wanted == 1 else more.format(n=count))
        if stop.signature_wanted:
            wanted.append(self.tr("a signature"))
        if stop.checklist:
            wanted.append(self.tr("checks: {names}").format(names=", ".join(stop.checklist)))
        return wanted

    def address(self, stop: StopView, role: str = "dense") -> list[RichLine]:
        place = stop.location
        if place is None:
            return []
        words = ", ".join(part for part in (place.address, place.contact) if part)
        return [RichLine((Run(words, role),), "map")] if words else []

    def machine(self, machine: StopMachine, role: str = "dense") -> RichLine:
        """10427 snack and drink  fill, collect"""
        runs = [Run(machine.record.asset_number, "cellLabel")]
        if machine.record.machine_type:
            runs.append(Run(machine.record.machine_type, role))
        if machine.tasks:
            runs.append(Run(self.tasks(machine.tasks), f"{role}Strong"))
        if machine.visited:
            runs.append(Run(self.tr("visited"), f"{role}Strong"))
        elif machine.open_visit:
            runs.append(Run(self.tr("under way"), f"{role}Strong"))
        return RichLine(tuple(runs), "check" if machine.visited else "")

    def machine_facts(self, machine: StopMachine, now: datetime) -> str:
        """How full it is and since when that is known."""
        parts = []
        if machine.stock is not None and machine.unknown_slots:
            parts.append(
                self.tr("{units} in it and {n} slots not known").format(
                    units=self.units(machine.stock), n=formats.number(machine.unknown_slots)
                )
                if machine.unknown_slots > 1
                else self.tr("{units} in it and 1 slot not known").format(
                    units=self.units(machine.stock)
                )
            )
        elif machine.stock is not None and machine.par:
            parts.append(
                self.tr("{stock} of {par} units when last known").format(
                    stock=formats.number(machine.stock), par=formats.number(machine.par)
                )
            )
        if machine.to_put_in and not machine.visited:
            n = formats.number(machine.to_put_in)
            parts.append(self.tr("about {n} to put in").format(n=n))
        parts.append(self.read_age(machine, now))
        return ", ".join(parts)

    def read_age(self, machine: StopMachine, now: datetime) -> str:
        if machine.last_read_at is None:
            return self.tr("never read")
        age = age_words(now - machine.last_read_at)
        return self.tr("read {age} ago").format(age=age)

    def figures_age(self, machines: Sequence[StopMachine], now: datetime) -> str:
        """On what the figures of a stop rest: its oldest read."""
        reads = [machine.last_read_at for machine in machines]
        known = [read for read in reads if read is not None]
        if not known:
            return self.tr("no read yet")
        age = age_words(now - min(known))
        if len(known) < len(reads):
            return self.tr("oldest read {age} old, not all were read").format(age=age)
        return self.tr("read {age} old").format(age=age)

    # done and skipped

    def skip_reason(self, code: str, note: str = "") -> str:
        known = {
            "closed": self.tr("closed"),
            "no_access": self.tr("no access"),
            "no_time": self.tr("no time"),
            "machine_off": self.tr("machine is off"),
            "not_needed": self.tr("not needed"),
            "other": "",
        }.get(code, code)
        return ", ".join(part for part in (known, note) if part) or self.tr("no reason given")

    def order_reason(self, code: str) -> str:
        return {
            "time_window": self.tr("time window"),
            "sold_out": self.tr("sold out there"),
            "traffic": self.tr("traffic"),
            "site_asked": self.tr("the site asked"),
            "taken_back": self.tr("taken back"),
        }.get(code, code)

    def what_was_done(self, stops: Sequence[StopView]) -> str:
        parts = [
            self.units(sum(stop.units_filled for stop in stops)),
            self.bags(sum(stop.bags for stop in stops)),
        ]
        return ", ".join(parts)

    def marked(self, stop: StopView, now: datetime) -> str:
        """Done 06:21"""
        word = self.tr("Done") if stop.state == "done" else self.tr("Skipped")
        at = formats.moment_beside(stop.state_at, now) if stop.state_at is not None else ""
        return f"{word} {at}".strip()

    def record(self, state: RecordState | None) -> str:
        """Where the record of a mark is; the server's is what one expects and says nothing."""
        return (
            {
                RecordState.RECORDED_HERE: self.tr("recorded here"),
                RecordState.REFUSED: self.tr("refused"),
            }.get(state, "")
            if state is not None
            else ""
        )

    # the run

    def change(self, view: RunView, change: RunChange) -> str:
        stop = next((s for s in view.stops if s.stop_id == change.stop_id), None)
        name = self.tr("stop {n}, {name}").format(n=stop.number, name=stop.name) if stop else ""
        before, after = change.before, change.after
        here = name or before or after
        words = {
            "stop_added": self.tr("Added: {stop}").format(stop=name or after),
            "stop_removed": self.tr("Taken off the run: {stop}").format(stop=before or name),
            "machine_added": self._at_stop(
                self.tr("Machine {machine} added").format(machine=after), name
            ),
            "machine_removed": self._at_stop(
                self.tr("Machine {machine} taken off").format(machine=before), name
            ),
        }.get(change.kind)
        if words is not None:
            return words
        if change.kind == "order":
            return self.tr("The order of the stops is another one")
        yes = self._wish(change.kind)
        if yes is not None:
            wanted, not_any_more = yes
            return (wanted if after == "yes" else not_any_more).format(stop=here)
        what = {
            "window": self.tr("Time window"),
            "tasks": self.tr("What to do"),
            "note": self.tr("Note"),
            "checklist": self.tr("Checklist"),
            "photos": self.tr("Photos a machine"),
        }.get(change.kind, change.kind.replace("_", " ").capitalize())
        if change.kind == "tasks":
            before, after = self._task_names(before), self._task_names(after)
        if change.kind == "window":
            before, after = self._times(before), self._times(after)
        return self._moved(what, name, before, after)

    def _wish(self, kind: str) -> tuple[str, str] | None:
        """What changes between yes and no."""
        return {
            "must_do": (self.tr("Must do: {stop}"), self.tr("No longer must do: {stop}")),
            "signature": (
                self.tr("A signature is wanted: {stop}"),
                self.tr("No signature is wanted any more: {stop}"),
            ),
        }.get(kind)

    def _at_stop(self, words: str, name: str) -> str:
        return self.tr("{what}: {stop}").format(what=words, stop=name) if name else words

    def _times(self, window: str) -> str:
        """ "08:00–11:00" in words; one end may be missing."""
        begin, _, end = window.partition("\N{EN DASH}")
        if begin and end:
            return self.tr("{begin} to {end}").format(begin=begin, end=end)
        if end:
            return self.tr("until {time}").format(time=end)
        return self.tr("after {time}").format(time=begin) if begin else ""

    def _task_names(self, codes: str) -> str:
        """ "collect, fill" in the person's words; what is no task stays as it is."""
        names = {task: self.task(task) for task in get_args(VisitTask)}
        return ", ".join(names.get(code, code) for code in codes.split(", ")) if codes else ""

    def _moved(self, what: str, name: str, before: str, after: str) -> str:
        head = f"{what}, {name}" if name else what
        if before and after:
            return self.tr("{what}: {after}, it was {before}").format(
                what=head, after=after, before=before
            )
        if after:
            return self.tr("{what}: {after}").format(what=head, after=after)
        if before:
            return self.tr("{what}: no longer {before}").format(what=head, before=before)
        return self.tr("{what} changed").format(what=head)

    def due(self, reason: DueReason, machine: StopMachine) -> str:
        """Which rule makes a machine due, with its figure."""
        amounts = Amounts(machine.record.currency, machine.record.decimals)
        value, limit = reason.value, reason.threshold
        return {
            "core_critical": self.tr("core slot {days} left").format(days=self.days(value)),
            "sold_out_slots": self.tr("{n} slots sold out").format(n=formats.number(int(value))),
            "depletion": self.tr("{n} % of par missing").format(n=formats.number(int(value))),
            "days": self.tr("not served for {n} days").format(n=formats.number(int(value))),
            "cash": self.tr("cash {amount}, due from {limit}").format(
                amount=amounts.full(int(value)), limit=amounts.full(int(limit))
            ),
        }.get(reason.rule, reason.rule.replace("_", " "))

    def near(self, one: MachineElsewhere) -> str:
        if one.distance_km is None:
            return NOTHING
        return self.tr("{n} km").format(n=formats.decimal(one.distance_km))

    def elsewhere(self, view: RunView) -> str:
        """Two sentences about the machines that are due and on no run."""
        near = [one for one in view.elsewhere if one.distance_km is not None]
        if not near:
            return self.tr("Due, and on no run of today.")
        closest = min(near, key=lambda one: one.distance_km or 0.0)
        within = max(1, -(-int((closest.distance_km or 0.0) * 1000) // 1000))
        if closest.nearest_stop is None:
            return self.tr("Due. The nearest is {km} km away.").format(km=within)
        return self.tr("Due. The nearest is within {km} km of stop {n}.").format(
            km=within, n=closest.nearest_stop
        )

    def office_age(self, view: RunView, now: datetime) -> str:
        if view.office_at is None:
            return self.tr("The office was never heard on this laptop")
        return self.tr("Office data of {time}, {age} old").format(
            time=formats.moment_beside(view.office_at, now),
            age=self.duration(now - view.office_at),
        )


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence with its full stop, and the rest."""
    head, stop, rest = text.strip().partition(". ")
    return head + stop.strip(), rest.strip()


def _at(now: datetime, wall: str | None) -> datetime | None:
    """That time of the local day of `now`; None for none and for what is no time."""
    if not wall:
        return None
    hour, _, minute = wall.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        return None
    local = now.astimezone()
    return datetime(local.year, local.month, local.day, int(hour), int(minute)).astimezone()
