"""What a visit still lacks, and what stands below its five tabs. Codes: word_table_visit.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cvd_desktop.domain.fill_cell import units_to_put_in
from cvd_desktop.domain.fill_sheet import Cell, FillSheet
from cvd_desktop.domain.visit_records import BagCheck, Missing, TabState, VisitDraft
from cvd_shared.bags import normal_bag
from cvd_shared.wire_events import VisitTask
from cvd_shared.wire_records import VisitRecord

_NAMED = 4  # slots that are called by their labels
_CLOCK = "%H:%M"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the office wants of the visit."""

    tasks: Sequence[VisitTask]
    answer_wanted: bool = False
    checklist: Sequence[str] = ()
    photos_wanted: int = 0
    signature_wanted: bool = False
    about: int = 0  # units to put in, as far as one can say without a read

    @property
    def filling(self) -> bool:
        """Nobody drives to a machine for nothing: without any task it is filled."""
        return "fill" in self.tasks or not self.tasks


@dataclass(frozen=True, slots=True)
class KnownRead:
    """Of the visit's read: when it was taken, and whether its report is whole."""

    at: datetime
    whole: bool


def missing_of(
    asked: Asked,
    draft: VisitDraft,
    sheet: FillSheet,
    read: KnownRead | None,
    bag: BagCheck | None,
) -> tuple[Missing, ...]:
    """In the order of the tabs. What was answered with a reason is not missing."""
    return (
        *_of_read(draft, read),
        *_of_fill(asked, sheet),
        *_of_cash(asked, draft, bag),
        *_of_evidence(asked, draft),
    )


def _of_read(draft: VisitDraft, read: KnownRead | None) -> list[Missing]:
    if draft.read_id is None:
        return [] if draft.no_read else [Missing("read", "no_read")]
    if read is not None and not read.whole:
        return [Missing("read", "read_partial", {"at": _local(read.at)})]
    return []


def _of_fill(asked: Asked, sheet: FillSheet) -> list[Missing]:
    cells = sheet.cells()
    with_product = [cell for cell in cells if cell.facts.product_id is not None]
    found = []
    if asked.filling and with_product and not any(c.edit.filled is not None for c in cells):
        found.append(Missing("fill", "nothing_filled"))
    not_counted = [cell for cell in with_product if cell.edit.counted is None]
    if "inventory" in asked.tasks and not_counted:
        found.append(Missing("fill", "not_counted", _slots(not_counted)))
    else:
        found += _flagged(cells, "count", "to_count")
    found += _flagged(cells, "change", "changes")
    found += _flagged(cells, "price", "prices")
    empty = [cell for cell in cells if units_to_put_in(cell)]
    if empty:
        found.append(Missing("fill", "left_empty", _slots(empty)))
    return found


def _flagged(cells: Sequence[Cell], flag: str, code: str) -> list[Missing]:
    slots = [cell for cell in cells if flag in cell.flags]
    return [Missing("fill", code, _slots(slots))] if slots else []


def _slots(cells: Sequence[Cell]) -> dict[str, object]:
    labels = ", ".join(cell.facts.key.label for cell in cells[:_NAMED])
    more = len(cells) - _NAMED
    return {"n": len(cells), "first": f"{labels} and {more} more" if more > 0 else labels}


def _of_cash(asked: Asked, draft: VisitDraft, bag: BagCheck | None) -> list[Missing]:
    cash = draft.cash
    if bag is not None and not bag.free:
        at = _local_day(bag.used_at) if bag.used_at is not None else "?"
        asset = bag.used_by_asset or "?"
        return [Missing("cash", "bag_used", {"bag": cash.bag, "asset": asset, "at": at})]
    if normal_bag(cash.bag):
        return []
    if cash.counted is not None or cash.refunds or cash.changer_refill or cash.test_vends:
        return [Missing("cash", "amounts_without_bag")]
    if "collect" in asked.tasks and not cash.no_collect:
        return [Missing("cash", "no_bag")]
    return []


def _of_evidence(asked: Asked, draft: VisitDraft) -> list[Missing]:
    evidence, found = draft.evidence, []
    left = asked.photos_wanted - len(evidence.photos)
    if left > 0:
        found.append(Missing("evidence", "photos", {"n": left, "wanted": asked.photos_wanted}))
    undone = [text for text in asked.checklist if not evidence.checks.get(text, False)]
    if undone:
        found.append(Missing("evidence", "checks", {"n": len(undone), "first": undone[0]}))
    if asked.answer_wanted and not evidence.answer.strip():
        found.append(Missing("evidence", "answer"))
    if asked.signature_wanted and not evidence.signature_sha256:
        found.append(Missing("evidence", "signature"))
    return found


# --- tabs -----------------------------------------------------------------------------------------


def tabs_of(
    asked: Asked,
    draft: VisitDraft | None,
    sheet: FillSheet,
    read: KnownRead | None,
    missing: Sequence[Missing],
) -> dict[str, TabState]:
    """Of a visit under way, or of one that nobody began yet."""
    fill = _fill_tab(asked, sheet, missing, read=read is not None)
    if draft is None:
        collect = "collect" in asked.tasks
        return {
            "read": TabState("todo", "read_todo"),
            "fill": fill,
            "cash": TabState("todo", "cash_asked") if collect else _not_asked(),
            "evidence": _evidence_asked(asked),
            "finish": TabState("todo", "finish_not_begun"),
        }
    return {
        "read": _read_tab(draft, read),
        "fill": fill,
        "cash": _cash_tab(draft, missing),
        "evidence": _evidence_tab(asked, draft, missing),
        "finish": TabState("todo", "finish_todo", {"n": len(missing)})
        if missing
        else TabState("todo", "finish_ready"),
    }


def finished_tabs(
    visit: VisitRecord, sheet: FillSheet, read: KnownRead | None, finished_at: datetime
) -> dict[str, TabState]:
    totals = sheet.totals()
    bag = visit.cash.bag if visit.cash is not None else ""
    return {
        "read": TabState("done", "read_done", {"at": _local(read.at)})
        if read is not None
        else TabState("done", "read_elsewhere" if visit.read_id else "read_without"),
        "fill": TabState("done", "fill_done", {"n": totals.put_in}),
        "cash": TabState("done", "cash_bag", {"bag": bag})
        if bag
        else TabState("done", "cash_none"),
        "evidence": TabState("done", "evidence_photos_taken", {"n": len(visit.photo_ids)})
        if visit.photo_ids
        else TabState("done", "evidence_done"),
        "finish": TabState("done", "finish_done", {"at": _local(finished_at)}),
    }


def _not_asked() -> TabState:
    return TabState("done", "not_asked")


def _read_tab(draft: VisitDraft, read: KnownRead | None) -> TabState:
    if draft.read_id is None:
        without = TabState("warning", "read_without")
        return without if draft.no_read else TabState("todo", "read_todo")
    if read is None:
        return TabState("done", "read_elsewhere")
    if not read.whole:
        return TabState("warning", "read_partial", {"at": _local(read.at)})
    return TabState("done", "read_done", {"at": _local(read.at)})


def _fill_tab(
    asked: Asked, sheet: FillSheet, missing: Sequence[Missing], *, read: bool
) -> TabState:
    totals = sheet.totals()
    touched = any(cell.touched for cell in sheet.cells())
    if not sheet.slots:
        return TabState("warning", "fill_no_planogram")
    if not touched:
        if not asked.filling and "inventory" not in asked.tasks:
            return _not_asked()
        if not read:
            return TabState("todo", "fill_about", {"n": asked.about})
        units = sheet.all_to_par().totals().put_in
        return TabState("todo", "fill_todo", {"n": units})
    if any(each.tab == "fill" for each in missing):
        if totals.sure < totals.slots:
            sure = {"sure": totals.sure, "slots": totals.slots}
            return TabState("warning", "fill_sure", {**sure})
        if totals.changes + totals.prices:
            return TabState("warning", "fill_open", {"n": totals.changes + totals.prices})
        units = sheet.all_to_par().totals().put_in - totals.put_in
        return TabState("warning", "fill_todo", {"n": units})
    return TabState("done", "fill_done", {"n": totals.put_in})


def _cash_tab(draft: VisitDraft, missing: Sequence[Missing]) -> TabState:
    codes = {each.code for each in missing if each.tab == "cash"}
    if "bag_used" in codes:
        return TabState("warning", "cash_bag_used")
    if "amounts_without_bag" in codes:
        return TabState("warning", "cash_no_number")
    if normal_bag(draft.cash.bag):
        return TabState("done", "cash_bag", {"bag": draft.cash.bag.strip()})
    if codes:
        return TabState("todo", "cash_asked")
    return TabState("done", "cash_none") if draft.cash.no_collect else _not_asked()


def _evidence_asked(asked: Asked) -> TabState:
    things = len(asked.checklist) + asked.answer_wanted + asked.signature_wanted
    if things:
        return TabState("todo", "evidence_todo", {"n": things + asked.photos_wanted})
    if asked.photos_wanted:
        return TabState("todo", "evidence_photos", {"n": asked.photos_wanted})
    return _not_asked()


def _evidence_tab(asked: Asked, draft: VisitDraft, missing: Sequence[Missing]) -> TabState:
    mine = [each for each in missing if each.tab == "evidence"]
    if len(mine) == 1 and mine[0].code == "photos":
        return TabState("todo", "evidence_photos", {"n": mine[0].values["n"]})
    if mine:
        things = sum(int(str(each.values.get("n", 1))) for each in mine)
        return TabState("todo", "evidence_todo", {"n": things})
    if draft.evidence.photos:
        return TabState("done", "evidence_photos_taken", {"n": len(draft.evidence.photos)})
    if _evidence_asked(asked).code == "not_asked":
        return _not_asked()
    return TabState("done", "evidence_done")


def _local(at: datetime) -> str:
    return at.astimezone().strftime(_CLOCK)


def _local_day(at: datetime) -> str:
    return at.astimezone().strftime(f"%Y-%m-%d {_CLOCK}")
