"""Makes the stops of a run as the list shows them, from the run, the facts of its machines and
what this laptop recorded today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from statistics import median

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import StopMachine, StopView
from cvd_desktop.services.day_run import DayRun, day_began, local_day, run_day
from cvd_desktop.services.machine_facts import facts_of
from cvd_desktop.services.stop_machines import due_rules, stop_machine, worst
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import draft_store, route_store
from cvd_desktop.storage.route_store import OwnRecord
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.route_shapes import StopNow, Urgency
from cvd_shared.run_states import stop_order, stop_states
from cvd_shared.urgency import combined
from cvd_shared.visit_facts import effective_cash, effective_lines
from cvd_shared.wire_events import StopMarked, VisitFinished, VisitTask
from cvd_shared.wire_records import (
    DueRulesRecord,
    LocationRecord,
    RunStop,
    VisitRecord,
)

_OWN = (StopMarked.TYPE, VisitFinished.TYPE)
_EARLIER = timedelta(days=1)  # it may be begun the evening before
_LONGEST_DAY = timedelta(hours=36)  # it may go on after midnight
CABINET_SECONDS = 600
"""What a cabinet takes where the machine's own visits do not say (domain: visit duration)."""


@dataclass(frozen=True)
class DayFacts:
    """What one look at the day needs, fetched once."""

    found: DayRun
    now: datetime
    began: datetime  # the first moment of the run's day here, of today where that is to come
    facts: Mapping[str, MachineFacts]  # by machine id; also of machines that are not on the run
    rules: Sequence[DueRulesRecord]
    locations: Mapping[str, LocationRecord]
    own: Sequence[OwnRecord]  # newest first
    open_visits: frozenset[str]  # machine ids

    @classmethod
    def of(
        cls, wp: Workplace, connection: Transaction, found: DayRun, more: Iterable[str] = ()
    ) -> "DayFacts":
        """`more` are machines that are not on the run."""
        facts = facts_of(wp, connection, list(dict.fromkeys((*found.machine_ids, *more))))
        places = {stop.location_id for stop in found.stops}
        places |= {each.machine.location_id for each in facts.values() if each.machine.location_id}
        began = day_began(min(run_day(found) or local_day(wp), local_day(wp)))
        drafts = draft_store.all_of(connection, draft_store.VISIT)
        return cls(
            found=found,
            now=wp.clock(),
            began=began,
            facts=facts,
            rules=due_rules(connection),
            locations=route_store.records(connection, LocationRecord, places),
            own=route_store.own_since(connection, began - _EARLIER, _OWN),
            open_visits=frozenset(str(each.body.get("machine_id")) for each in drafts),
        )

    def visits_of(self, machine_id: str) -> list[VisitRecord]:
        """Of this run, and those of today that were on no run; newest first."""
        known = self.facts.get(machine_id)
        return [
            each
            for each in (known.visits if known else ())
            if each.run_id == self.found.run.id
            or (each.run_id is None and self._of_the_day(moment(each.finished_at)))
        ]

    def _of_the_day(self, at: datetime) -> bool:
        return self.began <= at < self.began + _LONGEST_DAY

    def stop_machine(self, machine_id: str, tasks: Sequence[VisitTask] = ()) -> StopMachine | None:
        """None for a machine that is not on this laptop."""
        known = self.facts.get(machine_id)
        if known is None:
            return None
        visits = self.visits_of(machine_id)
        state = self._visit_state(machine_id, visits)
        return stop_machine(
            known,
            self.rules,
            self.now,
            tasks=tasks,
            visited=bool(visits) or state is not None,
            open_visit=machine_id in self.open_visits,
            visit_state=state,
        )

    def _visit_state(self, machine_id: str, visits: Sequence[VisitRecord]) -> RecordState | None:
        """Of the newest visit of the run; one that the server refused is told, too."""
        for each in self.own:
            said = each.payload
            if each.type == VisitFinished.TYPE and said.get("machine_id") == machine_id:
                if said.get("run_id") == self.found.run.id:
                    return each.state
                if said.get("run_id") is None and self._of_the_day(moment(each.occurred_at)):
                    return each.state
        return RecordState.ON_THE_SERVER if visits else None

    def mark_state(self, stop_id: str) -> RecordState | None:
        """Of the newest mark of a stop."""
        for each in self.own:
            if each.type == StopMarked.TYPE and each.payload.get("stop_id") == stop_id:
                return each.state
        marked = any(mark.stop_id == stop_id for mark in self.found.progress.marks)
        return RecordState.ON_THE_SERVER if marked else None


def stop_views(day: DayFacts) -> list[StopView]:
    """Every stop in the order of the day."""
    whole, progress = day.found.whole, day.found.progress
    states = stop_states(whole, progress)
    stops = {stop.id: stop for stop in whole.stops}
    order = stop_order(whole, progress)
    return [
        _stop_view(day, stops[stop_id], number, states[stop_id])
        for number, stop_id in enumerate(order, 1)
    ]


def next_stop(stops: Sequence[StopView]) -> str | None:
    """The one where the person is, else the first that is open."""
    for state in ("arrived", "open"):
        for stop in stops:
            if stop.state == state:
                return stop.stop_id
    return None


def ends_about(day: DayFacts, stops: Sequence[StopView]) -> datetime | None:
    """By the medians of the machines' own visits, else 10 minutes a cabinet. Without driving: how
    far it is by road nobody here knows. None when nothing is left."""
    left = [stop for stop in stops if stop.state in ("open", "arrived")]
    if not left:
        return None
    seconds = 0.0
    for stop in left:
        waiting = [each.record.id for each in stop.machines if not each.visited]
        needed = sum(_visit_seconds(day.facts[each]) for each in waiting)
        if stop.state == "arrived" and stop.state_at is not None:
            ended = [
                moment(visit.finished_at)
                for each in stop.machines
                for visit in day.visits_of(each.record.id)
            ]
            since = max((stop.state_at, *ended))
            needed = max(0.0, needed - max(0.0, (day.now - since).total_seconds()))
        seconds += needed
    return day.now + timedelta(seconds=seconds)


def _visit_seconds(facts: MachineFacts) -> float:
    measured = [each.seconds for each in facts.visits if each.seconds]
    if measured:
        return float(median(measured))
    return float(CABINET_SECONDS * max(1, len(facts.machine.cabinets)))


def units_and_bags(visits: Iterable[VisitRecord]) -> tuple[int, int]:
    """Units filled, and bags of cash taken."""
    units = bags = 0
    for visit in visits:
        units += sum(line.filled for line in effective_lines(visit).values())
        bags += effective_cash(visit) is not None
    return units, bags


def _stop_view(day: DayFacts, stop: RunStop, number: int, now: StopNow) -> StopView:
    known = (day.stop_machine(each, stop.tasks) for each in stop.machine_ids)
    machines = tuple(each for each in known if each is not None)
    location = day.locations.get(stop.location_id)
    visits = chain.from_iterable(day.visits_of(each.record.id) for each in machines)
    units, bags = units_and_bags(visits)
    return StopView(
        stop_id=stop.id,
        number=number,
        location=location,
        name=_name(location, machines),
        state=now.state,
        state_at=now.at,
        reason=now.reason,
        reason_note=now.note,
        machines=machines,
        tasks=stop.tasks,
        must_do=stop.must_do,
        window_from=stop.window_from,
        window_to=stop.window_to,
        note=stop.note,
        answer_wanted=stop.answer_wanted,
        checklist=stop.checklist,
        photos_wanted=stop.photos_wanted,
        signature_wanted=stop.signature_wanted,
        urgency=_together(machines),
        band=worst(each.band for each in machines),
        currency=machines[0].record.currency if machines else "",
        decimals=machines[0].record.decimals if machines else 2,
        units_filled=units,
        bags=bags,
        record_state=day.mark_state(stop.id),
        cash_whole=all(each.urgency.cash_due is not None for each in machines),
    )


def _together(machines: Sequence[StopMachine]) -> Urgency:
    """That of a stop; money of several currencies has no sum."""
    if not machines:
        return Urgency(0, 0, None, None, None)
    whole = combined(each.urgency for each in machines)
    money = {(each.record.currency, each.record.decimals) for each in machines}
    return whole if len(money) == 1 else whole._replace(cash_due=None)


def _name(location: LocationRecord | None, machines: Sequence[StopMachine]) -> str:
    if location is not None:
        return location.name
    return next((each.record.location_name for each in machines), "")
