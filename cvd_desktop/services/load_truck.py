"""Loading the truck: the pick list with its reasons, ticks, shorts, and the load that is recorded.

Ticks are kept at once on this laptop; recording writes one event and ends the draft in one
transaction. The blind count on return is in truck_count.py.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import LoadedLineView, LoadLineView, LoadView, ShortShare
from cvd_desktop.domain.search_keys import natural_key
from cvd_desktop.services.day_run import (
    DayRun,
    day_began,
    day_run,
    known_run,
    local_day,
    run_day,
    run_to_load,
)
from cvd_desktop.services.load_draft import (
    LoadDraft,
    accept_list,
    accepted_list,
    checked,
    load_draft,
    store_load_draft,
)
from cvd_desktop.services.load_list import LoadNow, Shares, load_now, shares_of
from cvd_desktop.services.truck import LOADED_BEFORE
from cvd_desktop.services.truck_count import keep_count as keep_count
from cvd_desktop.services.truck_count import record_count as record_count
from cvd_desktop.services.truck_count import return_view as return_view
from cvd_desktop.services.visit_events import append_event, check_right, texts_that_fit
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import draft_store, route_store, snapshot_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.moments import moment
from cvd_shared.pick_list import changes
from cvd_shared.route_shapes import PickChange, PickLine, PickList, PickReason
from cvd_shared.wire_events import LoadLine, LoadRecorded
from cvd_shared.wire_records import LoadRecord, LocationRecord, ProductRecord, RouteRecord

TOPICS = frozenset({"load", "outbox"})


# --- looking --------------------------------------------------------------------------------------


def load_view(wp: Workplace, run_id: str | None = None) -> LoadView | None:
    """The pick list of today's run, or of the one asked for; None: there is no run.

    When today's run is over it is that of the next one.
    The first list of a run that is seen here counts as accepted: later ones are compared with it.
    """
    with wp.database.read() as connection:
        found = run_to_load(wp, connection, run_id)
        if found is None:
            return None
        draft = load_draft(connection, found.run.id)
        now = load_now(wp, connection, found, list(draft.picked))
        accepted = accepted_list(connection, found.run.id)
        view = _view(wp, connection, now, draft, accepted)
    if accepted is None:
        with suppress(Problem), wp.database.write() as connection:  # a full disk hides no list
            if accepted_list(connection, found.run.id) is None:
                accept_list(wp, connection, found.run.id, now.basis)
    return view


def allotments(wp: Workplace, run_id: str) -> Shares:
    """Units brought for a slot, by (machine id, slot), of products of which the load is short.

    By the recorded load, else by what was ticked so far. Empty for a run that is not here.
    """
    with wp.database.read() as connection:
        found = day_run(wp, connection, run_id)
        if found is None:
            return {}
        now = load_now(wp, connection, found)
        shares = shares_of(now, load_draft(connection, run_id).picked)
    return {place: units for of_product in shares.values() for place, units in of_product.items()}


def _view(
    wp: Workplace,
    connection: Transaction,
    now: LoadNow,
    draft: LoadDraft,
    accepted: PickList | None,
) -> LoadView:
    run = now.found.run
    route = snapshot_store.record(connection, RouteRecord, run.route_id)
    loads = now.truck.loads_of_run(run.id)
    known = {line.product_id for line in now.picks.lines}
    lines = [_line(now, line, draft.picked.get(line.product_id)) for line in now.picks.lines]
    lines += [
        _beyond(now, product_id, units)
        for product_id, units in draft.picked.items()
        if product_id not in known
    ]
    lines.sort(key=_in_the_warehouse)
    moved = changes(accepted, now.picks) if accepted is not None else ()
    if loads:  # what was loaded is loaded: only what is to be added matters
        moved = tuple(each for each in moved if each.after > each.before)
    read_at = now.read_at
    shorts = shares_of(now, draft.picked)
    return LoadView(
        run_id=run.id,
        route_id=run.route_id,
        route_number=route.number if route else "",
        day=run_day(now.found) or local_day(wp),
        lines=tuple(lines),
        totes=now.picks.totes,
        totes_ticked=draft.totes,
        names=_names(now, lines),
        place_names=_places(connection, now),
        shorts={each: told for each, shares in shorts.items() if (told := _shares(now, shares))},
        changes=moved,
        changed_at=_behind(now, accepted, moved, read_at),
        made_at=wp.clock(),
        recorded_at=moment(loads[-1].at) if loads else None,
        record_state=_record_state(wp, connection, now.found, loads),
        data_at=min(read_at.values(), default=None),
        loaded=tuple(sorted(_loaded(now, loads), key=_in_the_warehouse)),
        never_read=len(now.picks.totes) - len(read_at),
    )


def _line(now: LoadNow, line: PickLine, picked: int | None) -> LoadLineView:
    return LoadLineView(
        product=now.product(line.product_id),
        need=line.need,
        on_truck=line.on_truck,
        to_pick=line.to_pick,
        cases=line.cases,
        singles=line.singles,
        picked=picked,
        reasons=line.reasons,
    )


def _beyond(now: LoadNow, product_id: str, picked: int) -> LoadLineView:
    """A product that was ticked and that nothing needs, or needs no more."""
    return LoadLineView(now.product(product_id), 0, 0, 0, 0, 0, picked, ())


def _loaded(now: LoadNow, loads: Iterable[LoadRecord]) -> Iterable[LoadedLineView]:
    """By product over the loads of the run, oldest first; a later one wants what is missing."""
    wanted: dict[str, int] = {}
    loaded: dict[str, int] = {}
    for load in loads:
        for line in load.lines:
            before = loaded.get(line.product_id, 0)
            wanted[line.product_id] = before + line.wanted
            loaded[line.product_id] = before + line.loaded
    for product_id, units in loaded.items():
        yield LoadedLineView(now.product(product_id), wanted[product_id], units)


def _in_the_warehouse(line: LoadLineView | LoadedLineView) -> tuple[bool, str, str]:
    """By the place where it lies; what has none after that, by category and name."""
    product = line.product
    place, name = product.pick_place.strip(), f"{product.category} {product.name}"
    return not place, natural_key(place), natural_key(name)


def _names(now: LoadNow, lines: Iterable[LoadLineView]) -> dict[str, str]:
    names = {line.product.id: line.product.name for line in lines}
    for tote in now.picks.totes:
        names |= {line.product_id: now.product(line.product_id).name for line in tote.lines}
    return names


def _places(connection: Transaction, now: LoadNow) -> dict[str, str]:
    machines = {each: facts.machine for each, facts in now.facts.items()}
    wanted = {each.location_id for each in machines.values() if each.location_id}
    known = route_store.records(connection, LocationRecord, wanted)
    return {
        machine_id: place.name if place is not None else machine.location_name
        for machine_id, machine in machines.items()
        for place in (known.get(machine.location_id or ""),)
    }


def _shares(now: LoadNow, shares: Shares) -> tuple[ShortShare, ...]:
    """Those who get less than they need, in the order of the run."""
    wanted = {(each.machine_id, each.key): each for each in now.basis.needs}
    return tuple(
        ShortShare(wanted[place].asset_number, place[1].label, wanted[place].need, gets)
        for place, gets in shares.items()
        if gets < wanted[place].need
    )


def _behind(
    now: LoadNow,
    accepted: PickList | None,
    moved: Iterable[PickChange],
    read_at: Mapping[str, datetime],
) -> datetime | None:
    """The newest read that a change rests on; None where no read moved anything."""
    products = {each.product_id for each in moved if each.why == "sold"}
    before = {
        (each.machine_id, each.key): each
        for line in (accepted.lines if accepted is not None else ())
        for each in line.reasons
    }
    moments = [
        read_at[reason.machine_id]
        for line in now.picks.lines
        if line.product_id in products
        for reason in line.reasons
        if reason.machine_id in read_at
        if _newer_data(before.get((reason.machine_id, reason.key)), reason)
    ]
    return max(moments, default=None)


def _newer_data(then: PickReason | None, now: PickReason) -> bool:
    """Whether a read came, and not only another day."""
    return then is None or now.sold_since != then.sold_since or now.days < then.days


def _record_state(
    wp: Workplace, connection: Transaction, found: DayRun, loads: list[LoadRecord]
) -> RecordState | None:
    """Of the newest load of the run; one that the server refused is told, too."""
    day = min(run_day(found) or local_day(wp), local_day(wp))
    since = day_began(day) - LOADED_BEFORE
    for each in route_store.own_since(connection, since, (LoadRecorded.TYPE,)):
        if each.payload.get("run_id") == found.run.id:
            return each.state
    return RecordState.ON_THE_SERVER if loads else None


# --- doing ----------------------------------------------------------------------------------------


def tick_product(wp: Workplace, run_id: str, product_id: str, picked: int | None) -> None:
    """Keep how many units of a product were picked; None takes the tick back. Topic: "load".

    Raises Problem: run_unknown, product_unknown, quantity_negative, quantity_too_large.
    """
    units = checked(picked)
    with wp.database.write() as connection:
        found = known_run(wp, connection, run_id)
        draft = load_draft(connection, run_id)
        ticked = {key: each for key, each in draft.picked.items() if key != product_id}
        if units is not None:
            _check_product(wp, connection, found.run.id, product_id)
            ticked[product_id] = units
        store_load_draft(wp, connection, run_id, replace(draft, picked=ticked))


def tick_tote(wp: Workplace, run_id: str, machine_id: str, ticked: bool) -> None:
    """Keep that the tote of a machine is packed. Topic: "load". Raises run_unknown."""
    with wp.database.write() as connection:
        known_run(wp, connection, run_id)
        draft = load_draft(connection, run_id)
        totes = draft.totes | {machine_id} if ticked else draft.totes - {machine_id}
        store_load_draft(wp, connection, run_id, replace(draft, totes=totes))


def accept_changes(wp: Workplace, run_id: str) -> None:
    """From now on the list as it is now is the one that was accepted. Topic: "load"."""
    with wp.database.write() as connection:
        now = load_now(wp, connection, known_run(wp, connection, run_id))
        accept_list(wp, connection, run_id, now.basis)


def record_load(wp: Workplace, run_id: str, note: str = "") -> str:
    """Record what was ticked as loaded; the draft is gone with that. Returns the load's id.

    What was not ticked was not loaded: it is a short. Topics of change: `TOPICS`.
    Raises Problem: run_unknown, nothing_ticked, visit_text_too_long, visit_no_right.
    """
    with wp.database.write() as connection:
        check_right(connection)
        found = known_run(wp, connection, run_id)
        draft = load_draft(connection, run_id)
        if not draft.picked:
            raise Problem("nothing_ticked", ExitCode.USAGE)
        now = load_now(wp, connection, found)
        wanted = {line.product_id: line.to_pick for line in now.picks.lines if line.to_pick}
        lines = tuple(
            LoadLine(product_id=each, wanted=wanted.get(each, 0), loaded=draft.picked.get(each, 0))
            for each in dict.fromkeys((*wanted, *draft.picked))
        )
        with texts_that_fit():
            payload = LoadRecorded(
                load_id=wp.new_id(),
                route_id=found.run.route_id,
                run_id=run_id,
                at=to_wire(wp.clock()),
                lines=lines,
                note=note.strip(),
            )
        entity = (LoadRecord.KIND, payload.load_id)
        append_event(wp, connection, payload, entity, at=wp.clock())
        draft_store.forget(connection, draft_store.LOAD, run_id)
        on_truck = dict(now.basis.truck)
        for line in lines:
            on_truck[line.product_id] = on_truck.get(line.product_id, 0) + line.loaded
        accept_list(wp, connection, run_id, replace(now.basis, truck=on_truck))
        return payload.load_id


def _check_product(wp: Workplace, connection: Transaction, run_id: str, product_id: str) -> None:
    """One of the catalogue, else one that the list asks for."""
    if snapshot_store.record(connection, ProductRecord, product_id) is not None:
        return
    now = load_now(wp, connection, known_run(wp, connection, run_id))
    if product_id not in {line.product_id for line in now.picks.lines}:
        raise Problem("product_unknown", ExitCode.USAGE, id=product_id)
