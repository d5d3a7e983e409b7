"""A load and a count while they are done: kept on this laptop after every tick, told to nobody.

The pick list as it was last accepted is kept beside the ticks, so that a newer one can be compared
with it and a tick stays a small write.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import draft_store, route_store
from cvd_desktop.storage.transaction import Transaction
from cvd_desktop.sync.access import load_session
from cvd_shared.pick_list import pick_list
from cvd_shared.route_shapes import PickList, PickReason, SlotKey

MOST_UNITS = 100_000
"""More of one product is on no truck: it was mistyped."""

_ACCEPTED = "load_list"  # kind of draft, by run id
_KEPT = timedelta(days=60)
_KEY, _KNOWN_AT = (PickReason._fields.index(each) for each in ("key", "known_at"))


@dataclass(frozen=True, slots=True)
class LoadDraft:
    picked: dict[str, int] = field(default_factory=dict)  # product id -> units
    totes: frozenset[str] = frozenset()  # machine ids


@dataclass(frozen=True, slots=True)
class ListBasis:
    """What a pick list is made of."""

    needs: tuple[PickReason, ...]
    stops: tuple[tuple[str, str], ...]  # (stop id, machine id) in the order of the run
    case_sizes: Mapping[str, int]
    truck: Mapping[str, int]

    def made(self) -> PickList:
        return pick_list(self.needs, self.stops, self.case_sizes, self.truck)


# --- ticks ----------------------------------------------------------------------------------------


def load_draft(connection: Transaction, run_id: str) -> LoadDraft:
    """Empty where nothing was ticked, or where another version of this program wrote it."""
    body = _body(connection, draft_store.LOAD, run_id)
    picked, totes = body.get("picked"), body.get("totes")
    return LoadDraft(
        dict(picked) if _is_map(picked) else {},
        frozenset(map(str, totes)) if isinstance(totes, list) else frozenset(),
    )


def store_load_draft(wp: Workplace, connection: Transaction, run_id: str, draft: LoadDraft) -> None:
    """Inside the caller's `write` transaction; an empty one is forgotten."""
    body = {"picked": draft.picked, "totes": sorted(draft.totes)}
    _store(wp, connection, draft_store.LOAD, run_id, body, empty=draft == LoadDraft())


def count_draft(connection: Transaction, key: str) -> dict[str, int]:
    """Product id -> counted units, of a run, else of a route."""
    counted = _body(connection, draft_store.COUNT, key).get("counted")
    return dict(counted) if _is_map(counted) else {}


def store_count_draft(
    wp: Workplace, connection: Transaction, key: str, counted: Mapping[str, int]
) -> None:
    """Inside the caller's `write` transaction; an empty one is forgotten."""
    _store(wp, connection, draft_store.COUNT, key, {"counted": dict(counted)}, empty=not counted)


def checked(units: int | None) -> int | None:
    """A quantity that a person typed. Raises Problem: quantity_negative, quantity_too_large."""
    if units is not None and units < 0:
        raise Problem("quantity_negative", ExitCode.USAGE, units=units)
    if units is not None and units > MOST_UNITS:
        raise Problem("quantity_too_large", ExitCode.USAGE, units=units, most=MOST_UNITS)
    return units


# --- the list as it was accepted ------------------------------------------------------------------


def accepted_list(connection: Transaction, run_id: str) -> PickList | None:
    """None where nobody saw a list of this run here yet."""
    body = _body(connection, _ACCEPTED, run_id)
    try:
        return ListBasis(
            tuple(_reasons(body["needs"])),
            tuple((str(stop), str(machine)) for stop, machine in body["stops"]),
            dict(body["case_sizes"]),
            dict(body["truck"]),
        ).made()
    except (KeyError, TypeError, ValueError):
        return None


def accept_list(wp: Workplace, connection: Transaction, run_id: str, basis: ListBasis) -> None:
    """Inside the caller's `write` transaction."""
    needs = [each for each in basis.needs if each.need > 0]
    wanted = {each.product_id for each in needs}
    body = {
        "needs": [_row(each) for each in needs],
        "stops": [list(each) for each in basis.stops],
        "case_sizes": {key: size for key, size in basis.case_sizes.items() if key in wanted},
        "truck": {key: units for key, units in basis.truck.items() if key in wanted},
    }
    route_store.forget_drafts(connection, _ACCEPTED, wp.clock() - _KEPT)
    _store(wp, connection, _ACCEPTED, run_id, body, empty=False)


def _row(reason: PickReason) -> list[Any]:
    """The fields in their order: a long list is read again at every look."""
    row: list[Any] = [*reason]
    row[_KNOWN_AT] = None if reason.known_at is None else to_wire(reason.known_at)
    return row


def _reasons(rows: Iterable[list[Any]]) -> Iterable[PickReason]:
    moments: dict[str, datetime] = {}
    for row in rows:
        reason = PickReason._make(row)
        known = row[_KNOWN_AT]
        if known is not None and known not in moments:
            moments[known] = from_wire(known)
        key = SlotKey(*row[_KEY])
        yield reason._replace(key=key, known_at=None if known is None else moments[known])


# --- drafts ---------------------------------------------------------------------------------------


def _body(connection: Transaction, kind: str, key: str) -> dict[str, Any]:
    draft = draft_store.load(connection, kind, key)
    return {} if draft is None else draft.body


def _store(
    wp: Workplace,
    connection: Transaction,
    kind: str,
    key: str,
    body: Mapping[str, Any],
    *,
    empty: bool,
) -> None:
    if empty:
        draft_store.forget(connection, kind, key)
        return
    session = load_session(connection)
    user_id, at = session.user_id if session else "", to_wire(wp.clock())
    draft_store.store(connection, kind, key, user_id=user_id, at=at, body=body)


def _is_map(value: object) -> TypeGuard[dict[str, int]]:
    return isinstance(value, dict) and all(isinstance(each, int) for each in value.values())
