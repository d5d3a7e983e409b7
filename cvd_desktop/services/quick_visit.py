"""A whole visit in one go, as `cvd visit finish` says it: checked first, then recorded.

Everything that can be refused is refused before the visit is begun. What was begun on the Stop
screen at the same machine goes on: this adds to it and finishes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from cvd_desktop.domain.fill_sheet import FillSheet, SheetError, typed_units
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.visit_records import CashDraft, EvidenceDraft, VisitView
from cvd_desktop.services.complete_visit import finish_visit
from cvd_desktop.services.stop import stop_detail
from cvd_desktop.services.visit_draft import (
    begin_visit,
    check_bag,
    keep_cash,
    keep_edits,
    keep_evidence,
)
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import snapshot_store
from cvd_shared.bags import normal_bag
from cvd_shared.route_shapes import SlotKey
from cvd_shared.selection_names import selection_key
from cvd_shared.wire_events import SpoilReason

TOPICS = frozenset({"visit", "run", "outbox"})
_MOST_DIGITS = 12
_MOST_NOTE, _MOST_BAG = 2000, 64  # characters, of wire_events
_REASONS: tuple[SpoilReason, ...] = get_args(SpoilReason)


@dataclass(frozen=True, slots=True)
class QuickVisit:
    """As typed: "A1=5", "A1=2:expired", "2/A1=5" for the second cabinet; amounts as money."""

    asset_number: str
    to_par: bool = False
    fills: Sequence[str] = ()
    removed: Sequence[str] = ()
    spoiled: Sequence[str] = ()
    bag: str = ""
    counted: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class QuickDone:
    visit_id: str
    op_id: str
    asset_number: str
    put_in: int  # units
    to_count: tuple[str, ...]  # slots that nobody knows the stock of: they were left alone
    stop_done: bool


def machine_id_of(wp: Workplace, asset_number: str) -> str:
    """Raises Problem("machine_not_here")."""
    with wp.database.read() as connection:
        machine = snapshot_store.machine_by_asset(connection, asset_number.strip())
    if machine is None:
        raise Problem("machine_not_here", ExitCode.USAGE, id=asset_number)
    return machine.id


def record_visit(wp: Workplace, quick: QuickVisit) -> QuickDone:
    """Record a visit. Topics of change: `TOPICS`.

    Raises Problem: machine_not_here, slot_unreadable, slot_ambiguous, amount_unreadable,
    amount_without_bag, bag_unreadable, bag_used, sheet_..., and those of `begin_visit` and
    `finish_visit`.
    """
    detail = stop_detail(wp, machine_id=machine_id_of(wp, quick.asset_number))
    view = detail.visit
    machine = view.machine.record
    under_way = view.draft.visit_id if view.draft is not None else ""
    sheet = _filled(_fresh(view), quick)
    cash = _cash(wp, quick, under_way, view, machine.decimals)
    evidence = _with_note(view, quick.note)
    visit_id = begin_visit(
        wp, machine.id, detail.run_id, detail.stop.stop_id if detail.stop is not None else None
    )
    keep_edits(wp, visit_id, sheet.edits)
    if cash is not None:
        keep_cash(wp, visit_id, cash)
    if evidence is not None:
        keep_evidence(wp, visit_id, evidence)
    op_id = finish_visit(wp, visit_id)
    after = stop_detail(wp, machine_id=machine.id).stop
    return QuickDone(
        visit_id=visit_id,
        op_id=op_id,
        asset_number=machine.asset_number,
        put_in=sheet.totals().put_in,
        to_count=tuple(cell.facts.key.label for cell in sheet.cells() if "count" in cell.flags),
        stop_done=after is not None and after.state == "done",
    )


def _fresh(view: VisitView) -> FillSheet:
    """With what was done in the visit under way; one that is finished is no beginning."""
    return view.sheet if view.draft is not None else FillSheet(view.sheet.slots)


def _with_note(view: VisitView, note: str) -> EvidenceDraft | None:
    """With the note below what was noted in the visit under way."""
    if not note.strip():
        return None
    evidence = view.draft.evidence if view.draft is not None else EvidenceDraft()
    whole = "\n".join(filter(None, (evidence.note.strip(), note.strip())))
    _check_length("note", whole, _MOST_NOTE)
    return replace(evidence, note=whole)


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise Problem("visit_text_too_long", ExitCode.USAGE, field=field, most=most)


# --- what was typed -------------------------------------------------------------------------------


def _filled(sheet: FillSheet, quick: QuickVisit) -> FillSheet:
    """What came out first, then what was put in: a fill to par makes good for it."""
    try:
        for key, units, reason in _entries(sheet, quick.spoiled, with_reason=True):
            sheet = sheet.spoil(key, units, _reason(reason))
        for key, units, _ in _entries(sheet, quick.removed):
            sheet = sheet.remove(key, units)
        for key, units, _ in _entries(sheet, quick.fills):
            sheet = sheet.set_fill(key, units)
        return sheet.all_to_par() if quick.to_par else sheet
    except SheetError as error:
        raise Problem(f"sheet_{error.code}", ExitCode.USAGE, **error.values) from error


def _entries(
    sheet: FillSheet, typed: Iterable[str], *, with_reason: bool = False
) -> list[tuple[SlotKey, int, str]]:
    found = []
    for text in typed:
        name, equals, said = text.rpartition("=")
        units, colon, reason = said.partition(":")
        if not equals or not name.strip() or bool(colon) != with_reason:
            raise Problem("slot_unreadable", ExitCode.USAGE, text=text)
        found.append((_key(sheet, name.strip()), typed_units(units), reason.strip().lower()))
    return found


def _reason(told: str) -> SpoilReason:
    for reason in _REASONS:
        if reason == told:
            return reason
    raise Problem("spoil_reason_unknown", ExitCode.USAGE, text=told, known=", ".join(_REASONS))


def _key(sheet: FillSheet, name: str) -> SlotKey:
    """A slot by its label on the door, with its cabinet where two cabinets have it."""
    cabinet, slash, label = name.rpartition("/")
    wanted = selection_key(label)
    keys = [
        facts.key
        for facts in sheet.slots
        if selection_key(facts.key.label) == wanted
        if not slash or str(facts.key.cabinet) == cabinet.strip()
    ]
    exact = [key for key in keys if key.label == label] or keys
    if not exact:
        raise SheetError("no_such_slot", slot=name)
    if len(exact) > 1:
        raise Problem("slot_ambiguous", ExitCode.USAGE, slot=name)
    return exact[0]


def _cash(
    wp: Workplace, quick: QuickVisit, visit_id: str, view: VisitView, decimals: int
) -> CashDraft | None:
    if not quick.bag.strip():
        if quick.counted.strip():
            raise Problem("amount_without_bag", ExitCode.USAGE)
        return None
    _check_length("bag", quick.bag.strip(), _MOST_BAG)
    if not normal_bag(quick.bag):
        raise Problem("bag_unreadable", ExitCode.USAGE, text=quick.bag)
    check = check_bag(wp, quick.bag, visit_id)
    if not check.free:
        raise Problem("bag_used", ExitCode.USAGE, bag=quick.bag, asset=check.used_by_asset or "?")
    before = view.draft.cash if view.draft is not None else CashDraft()
    counted = _amount(quick.counted, decimals) if quick.counted.strip() else before.counted
    return replace(before, bag=quick.bag.strip(), bag_at=wp.clock(), counted=counted)


def _amount(text: str, decimals: int) -> int:
    """Minor units as they are, or an amount with as many decimals as the machine's money has."""
    whole, point, rest = text.strip().partition(".")
    digits = whole + rest
    if not (digits.isascii() and digits.isdigit() and whole) or len(digits) > _MOST_DIGITS:
        raise Problem("amount_unreadable", ExitCode.USAGE, text=text)
    if not point:
        return int(whole)
    if len(rest) != decimals:
        raise Problem("amount_unreadable", ExitCode.USAGE, text=text)
    return int(digits)
