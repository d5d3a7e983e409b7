"""What a visit records, in plain lines with their sources: of a draft, and of what is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from cvd_desktop.domain.visit_records import CashDraft, EvidenceDraft, VisitDraft, VisitView
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.read_shown import Amounts
from cvd_desktop.ui.screens.stop_bag_card import grouped
from cvd_desktop.ui.screens.stop_cash_proof import Proven, proof_of
from cvd_desktop.ui.screens.stop_lines import StopLine
from cvd_desktop.ui.stop_words import StopWords
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_shared.wire_events import CashCollected, VisitLine
from cvd_shared.wire_records import VisitAmendment, VisitRecord

translate = QCoreApplication.translate  # lupdate finds what is called so


def draft_lines(
    view: VisitView,
    draft: VisitDraft,
    cash: CashDraft,
    evidence: EvidenceDraft,
    words: StopWords,
    now: datetime,
) -> list[StopLine]:
    """What would be recorded now; `cash` and `evidence` as they are typed just now."""
    lines = [
        StopLine(
            translate("FinishLines", "Arrived"),
            formats.moment_beside(draft.arrived_at, now),
            Source.MANUAL,
            _ago(draft.arrived_at, now),
        )
    ]
    lines += _read_lines(view, draft.no_read, words, now)
    lines += _slot_lines(view.sheet.lines(), view.sheet.totals().slots)
    if cash.bag:
        amounts = (
            (translate("FinishLines", "Counted"), cash.counted),
            (translate("FinishLines", "Refunds paid"), cash.refunds or None),
            (translate("FinishLines", "Changer refill"), cash.changer_refill or None),
            (translate("FinishLines", "Float left"), cash.float_left),
            (translate("FinishLines", "Test vends"), cash.test_vends or None),
        )
        money = Amounts(view.cash.currency, view.cash.decimals)
        lines += _cash_lines(cash.bag, amounts, money)
        lines += _expected_lines(view, cash.counted, money, now)
    elif cash.no_collect:
        lines.append(
            StopLine(
                translate("FinishLines", "No collect"),
                words.no_collect(cash.no_collect),
                Source.MANUAL,
            )
        )
    done = sum(bool(evidence.checks.get(text)) for text in view.checklist)
    return lines + _evidence_lines(
        len(evidence.photos),
        done,
        len(view.checklist),
        evidence.note,
        evidence.answer,
        evidence.signed_by if evidence.signature_sha256 else "",
    )


def recorded_lines(
    view: VisitView, visit: VisitRecord, words: StopWords, now: datetime
) -> list[StopLine]:
    """What was recorded when it was finished; corrections stand beside it."""
    arrived, finished = _moment(visit.arrived_at), _moment(visit.finished_at)
    there = f"{formats.moment_beside(arrived, now)} \N{EN DASH} {formats.clock_time(finished)}"
    lines = [StopLine(translate("FinishLines", "At the machine"), there, Source.MANUAL)]
    lines += _read_lines(view, visit.no_read, words, now, read_id=visit.read_id)
    lines += _slot_lines(visit.lines, len(view.sheet.slots))
    if visit.cash is not None:
        lines += _collected_lines(visit.cash)
    elif visit.no_collect:
        no_collect = words.no_collect(visit.no_collect)
        lines.append(StopLine(translate("FinishLines", "No collect"), no_collect, Source.MANUAL))
    return lines + _evidence_lines(
        len(visit.photo_ids),
        sum(check.done for check in visit.checks),
        len(visit.checks),
        visit.note,
        visit.answer,
        visit.signature.name if visit.signature is not None else "",
    )


def amendment_lines(one: VisitAmendment, now: datetime) -> list[StopLine]:
    """One correction: when, by whom, why, and what it puts in the place of what was recorded."""
    when = formats.moment_beside(_moment(one.at), now)
    by = f"{when}, {one.by}" if one.by else when
    lines = [StopLine(translate("FinishLines", "Corrected"), by, Source.MANUAL)]
    lines.append(StopLine(translate("FinishLines", "Why"), one.reason))
    slot = translate("FinishLines", "Slot {slot}")
    lines += [StopLine(slot.format(slot=line.slot), _line_words(line)) for line in one.lines]
    if one.cash is not None:
        lines += _collected_lines(one.cash)
    if one.note:
        lines.append(StopLine(translate("FinishLines", "Note"), one.note, Source.MANUAL))
    return lines


def _expected_lines(
    view: VisitView, counted: int | None, money: Amounts, now: datetime
) -> list[StopLine]:
    """What should be in the bag, and how far the counted cash is from it."""
    expected, read_at = view.cash.expected, view.cash.read_at
    name = translate("FinishLines", "Expected in the bag")
    if expected is None or expected.amount is None:
        return [StopLine(name, translate("FinishLines", "not known"), Source.CALCULATED)]
    age = _ago(read_at, now) if read_at is not None else ""
    lines = [StopLine(name, money.full(expected.amount), Source.CALCULATED, age)]
    if counted is not None:
        differs = money.signed(counted - expected.amount)
        if proof_of(view, counted).state is Proven.NOT_PROVABLE:
            differs = translate("FinishLines", "{amount}, not provable").format(amount=differs)
        name = translate("FinishLines", "Over or short")
        lines.append(StopLine(name, differs, Source.CALCULATED, age))
    return lines


def _ago(at: datetime, now: datetime) -> str:
    return translate("FinishLines", "{age} ago").format(age=age_words(now - at))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _read_lines(
    view: VisitView,
    no_read: str,
    words: StopWords,
    now: datetime,
    *,
    read_id: str | None = None,
) -> list[StopLine]:
    if view.read is not None:
        when = formats.moment_beside(view.read.summary.at, now)
        age = _ago(view.read.summary.at, now)
        return [StopLine(translate("FinishLines", "Read"), when, Source.DEVICE, age, opens=True)]
    if read_id is not None:
        return [
            StopLine(
                translate("FinishLines", "Read"),
                translate("FinishLines", "recorded"),
                Source.DEVICE,
            )
        ]
    if no_read:
        return [
            StopLine(translate("FinishLines", "No read"), words.no_read(no_read), Source.MANUAL)
        ]
    return [StopLine(translate("FinishLines", "Read"), translate("FinishLines", "none"))]


def _slot_lines(lines: Sequence[VisitLine], slots: int) -> list[StopLine]:
    """The sums of what was done at the slots; what was not done has no line."""
    filled = sum(line.filled for line in lines)
    touched = sum(line.filled > 0 for line in lines)
    words = translate("FinishLines", "{n} in {slots} of {of} slots").format(
        n=formats.number(filled), slots=formats.number(touched), of=formats.number(slots)
    )
    found = [StopLine(translate("FinishLines", "Put in"), words, Source.MANUAL)]
    sums = (
        (translate("FinishLines", "Taken out, good"), sum(line.removed for line in lines)),
        (
            translate("FinishLines", "Taken out, spoiled"),
            sum(each.units for line in lines for each in line.spoiled),
        ),
        (
            translate("FinishLines", "Slots counted"),
            sum(line.counted is not None for line in lines),
        ),
        (
            translate("FinishLines", "Products changed"),
            sum(line.was_product_id is not None for line in lines),
        ),
        (
            translate("FinishLines", "Prices confirmed"),
            sum(line.price is not None for line in lines),
        ),
    )
    found += [StopLine(name, formats.number(count), Source.MANUAL) for name, count in sums if count]
    return found


def _line_words(line: VisitLine) -> str:
    parts = [translate("FinishLines", "put in {n}").format(n=formats.number(line.filled))]
    if line.counted is not None:
        parts.append(translate("FinishLines", "counted {n}").format(n=formats.number(line.counted)))
    if line.removed:
        parts.append(
            translate("FinishLines", "taken out {n}").format(n=formats.number(line.removed))
        )
    return ", ".join(parts)


def _collected_lines(cash: CashCollected) -> list[StopLine]:
    amounts = (
        (translate("FinishLines", "Counted"), cash.counted),
        (translate("FinishLines", "Refunds paid"), cash.refunds or None),
        (translate("FinishLines", "Changer refill"), cash.changer_refill or None),
        (translate("FinishLines", "Float left"), cash.float_left),
        (translate("FinishLines", "Test vends"), cash.test_vends or None),
    )
    return _cash_lines(cash.bag, amounts, Amounts(cash.currency, cash.decimals))


def _cash_lines(
    bag: str, amounts: Sequence[tuple[str, int | None]], money: Amounts
) -> list[StopLine]:
    lines = [StopLine(translate("FinishLines", "Bag"), grouped(bag), Source.MANUAL)]
    for name, value in amounts:
        if value is not None:
            lines.append(StopLine(name, money.full(value), Source.MANUAL))
    if amounts and amounts[0][1] is None:
        lines.append(
            StopLine(
                translate("FinishLines", "Counted"),
                translate("FinishLines", "by the counting room"),
            )
        )
    return lines


def _evidence_lines(
    photos: int, done: int, checks: int, note: str, answer: str, signed_by: str
) -> list[StopLine]:
    lines = []
    if photos:
        lines.append(
            StopLine(translate("FinishLines", "Photos"), formats.number(photos), Source.MANUAL)
        )
    if checks:
        words = translate("FinishLines", "{n} of {of} done")
        told = words.format(n=formats.number(done), of=formats.number(checks))
        lines.append(StopLine(translate("FinishLines", "Checklist"), told, Source.MANUAL))
    for name, text in (
        (translate("FinishLines", "Signed by"), signed_by),
        (translate("FinishLines", "Answer to the office"), answer),
        (translate("FinishLines", "Note to the office"), note),
    ):
        if text.strip():
            lines.append(StopLine(name, text.strip(), Source.MANUAL))
    return lines
