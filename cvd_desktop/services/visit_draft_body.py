"""A visit under way as it lies in the table of drafts: to JSON and back, leniently.

Another version of this program may have written it. What this one cannot read is left out of what
is shown and stays where it is: a part is changed in the body, never the body as a whole.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, get_args

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.fill_sheet import CellEdit
from cvd_desktop.domain.visit_records import (
    TABS,
    CashDraft,
    DraftPhoto,
    EvidenceDraft,
    VisitDraft,
)
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import MAX_INTEGER, PhotoSubject, SpoilReason

Body = dict[str, Any]
Parts = dict[str, Body]
"""Name -> a part of a draft that a person types as a whole: edits, cash, texts, checks."""
_REASONS = get_args(SpoilReason)
_SUBJECTS: tuple[PhotoSubject, ...] = get_args(PhotoSubject)
_CABINET_DIGITS = 9
_EDIT_NUMBERS = ("filled", "counted", "price")
_CASH_NUMBERS = ("refunds", "changer_refill", "test_vends")


# --- reading ------------------------------------------------------------------------------------


def draft_of(visit_id: str, body: Mapping[str, Any]) -> VisitDraft | None:
    """None where not even the machine or the arrival can be read; the body is kept all the same."""
    machine_id, arrived_at = _text(body, "machine_id"), _moment(body.get("arrived_at"))
    if not machine_id or arrived_at is None:
        return None
    tab = _text(body, "tab")
    return VisitDraft(
        visit_id=visit_id,
        machine_id=machine_id,
        run_id=_text(body, "run_id") or None,
        stop_id=_text(body, "stop_id") or None,
        arrived_at=arrived_at,
        tab=tab if tab in TABS else TABS[0],
        cell=_key(_text(body, "cell")),
        edits=_edits(body.get("edits")),
        cash=_cash(_mapping(body.get("cash"))),
        evidence=_evidence(_mapping(body.get("evidence"))),
        read_id=_text(body, "read_id") or None,
        no_read=_text(body, "no_read"),
    )


def _edits(told: object) -> dict[SlotKey, CellEdit]:
    found = {}
    for name, facts in _mapping(told).items():
        key, edit = _key(name), _edit(facts)
        if key is not None and edit is not None:
            found[key] = edit
    return found


def _edit(told: object) -> CellEdit | None:
    """None where a number is none, or a reason is not known here."""
    if not isinstance(told, Mapping):
        return None
    numbers = {name: told.get(name) for name in _EDIT_NUMBERS}
    removed, spoiled = told.get("removed", 0), told.get("spoiled", [])
    if not all(value is None or _is_units(value) for value in numbers.values()):
        return None
    if not (_is_units(removed) and isinstance(spoiled, list) and all(map(_is_spoiled, spoiled))):
        return None
    return CellEdit(
        filled=numbers["filled"],
        counted=numbers["counted"],
        removed=removed,
        spoiled=tuple((units, reason) for units, reason in spoiled),
        swapped_to=_text(told, "swapped_to") or None,
        swapped_name=_text(told, "swapped_name"),
        price=numbers["price"],
        expiry=_day(told, "expiry"),
    )


def _is_spoiled(told: object) -> bool:
    return (
        isinstance(told, list)
        and len(told) == 2
        and _is_units(told[0])
        and told[0] > 0
        and told[1] in _REASONS
    )


def _cash(told: Mapping[str, Any]) -> CashDraft:
    numbers = {name: told.get(name) for name in _CASH_NUMBERS}
    return CashDraft(
        bag=_text(told, "bag"),
        bag_at=_moment(told.get("bag_at")),
        counted=_units(told.get("counted")),
        float_left=_units(told.get("float_left")),
        no_collect=_text(told, "no_collect"),
        **{name: _units(value) or 0 for name, value in numbers.items()},
    )


def _evidence(told: Mapping[str, Any]) -> EvidenceDraft:
    photos = told.get("photos")
    read = map(_photo, photos if isinstance(photos, list) else [])
    return EvidenceDraft(
        photos=tuple(photo for photo in read if photo is not None),
        checks={
            str(text): done
            for text, done in _mapping(told.get("checks")).items()
            if isinstance(done, bool)
        },
        note=_text(told, "note"),
        answer=_text(told, "answer"),
        signed_by=_text(told, "signed_by"),
        signature_sha256=_text(told, "signature_sha256"),
    )


def _photo(told: object) -> DraftPhoto | None:
    facts = _mapping(told)
    taken_at, told = _moment(facts.get("taken_at")), _text(facts, "subject")
    subject: PhotoSubject = next((each for each in _SUBJECTS if each == told), "other")
    sizes = [_units(facts.get(name)) for name in ("width", "height", "size")]
    names = [_text(facts, name) for name in ("photo_id", "sha256", "mime")]
    if taken_at is None or None in sizes or not all(names):
        return None
    width, height, size = (each or 0 for each in sizes)
    return DraftPhoto(
        photo_id=names[0],
        sha256=names[1],
        width=width,
        height=height,
        size=size,
        mime=names[2],
        taken_at=taken_at,
        subject=subject,
        caption=_text(facts, "caption"),
    )


def part(body: Mapping[str, Any], name: str) -> Body:
    return dict(_mapping(body.get(name)))


def evidence_of(body: Mapping[str, Any]) -> EvidenceDraft:
    return _evidence(_mapping(body.get("evidence")))


def bag_of(body: Mapping[str, Any]) -> str:
    """As typed; without reading the rest."""
    return _text(_mapping(body.get("cash")), "bag")


def began(body: Mapping[str, Any]) -> tuple[str, float] | None:
    """Of which process the arrival was, and where its monotonic clock was (seconds)."""
    told = _mapping(body.get("began"))
    seconds = told.get("monotonic")
    if not isinstance(seconds, int | float):
        return None
    return _text(told, "process"), float(seconds)


def parts_of(draft: VisitDraft) -> Parts:
    """What was typed in the visit, part by part."""
    return {
        "edits": {name_of(key): _edit_facts(edit) for key, edit in draft.edits.items()},
        "cash": _cash_facts(draft.cash),
        **evidence_parts(draft.evidence),
    }


def evidence_parts(evidence: EvidenceDraft) -> Parts:
    """Without the pictures."""
    texts = {"note": evidence.note, "answer": evidence.answer}
    return {"texts": texts, "checks": dict(evidence.checks)}


# --- writing ------------------------------------------------------------------------------------


def new_body(
    *,
    machine_id: str,
    run_id: str | None,
    stop_id: str | None,
    arrived_at: datetime,
    read_id: str | None,
) -> Body:
    return {
        "machine_id": machine_id,
        "run_id": run_id,
        "stop_id": stop_id,
        "arrived_at": to_wire(arrived_at),
        "read_id": read_id,
    }


def with_edits(body: Body, edits: Mapping[SlotKey, CellEdit]) -> Body:
    """The edits in the place of those before; cells that could not be read here stay."""
    before = _mapping(body.get("edits"))
    kept = {name: facts for name, facts in before.items() if not _is_read(name, facts)}
    new = {}
    for key, edit in edits.items():
        name = name_of(key)
        facts = _edit_facts(edit)
        if _edit(facts) is None:
            raise ValueError(f"{edit} cannot be kept")
        new[name] = {**_unknown(before.get(name), CellEdit), **facts}
    return {**body, "edits": {**kept, **new}}


def with_cash(body: Body, cash: CashDraft) -> Body:
    return {**body, "cash": {**_unknown(body.get("cash"), CashDraft), **_cash_facts(cash)}}


def with_evidence(body: Body, evidence: EvidenceDraft) -> Body:
    """Photos that could not be read here stay too."""
    before = _mapping(body.get("evidence"))
    told = before.get("photos")
    unread = [each for each in (told if isinstance(told, list) else []) if _photo(each) is None]
    facts = _facts(evidence) | {
        "photos": [*(_photo_facts(each) for each in evidence.photos), *unread],
        "checks": dict(evidence.checks),
    }
    return {**body, "evidence": {**_unknown(before, EvidenceDraft), **facts}}


def with_photo(body: Body, photo: DraftPhoto) -> Body:
    evidence = evidence_of(body)
    return with_evidence(body, replace(evidence, photos=(*evidence.photos, photo)))


def with_signature(body: Body, sha256: str, name: str) -> Body:
    return with_evidence(body, replace(evidence_of(body), signature_sha256=sha256, signed_by=name))


def with_place(body: Body, tab: str, cell: SlotKey | None) -> Body:
    return {**body, "tab": tab, "cell": name_of(cell) if cell is not None else None}


def with_read(body: Body, read_id: str | None, no_read: str) -> Body:
    return {**body, "read_id": read_id, "no_read": no_read}


def name_of(key: SlotKey) -> str:
    """As a key of JSON: "1/A1"."""
    return f"{key.cabinet}/{key.label}"


def _edit_facts(edit: CellEdit) -> Body:
    return _facts(edit) | {"spoiled": [list(each) for each in edit.spoiled]}


def _cash_facts(cash: CashDraft) -> Body:
    return _facts(cash) | {"bag_at": to_wire(cash.bag_at) if cash.bag_at else None}


def _photo_facts(photo: DraftPhoto) -> Body:
    return _facts(photo) | {"taken_at": to_wire(photo.taken_at)}


def _facts(each: CellEdit | CashDraft | EvidenceDraft | DraftPhoto) -> Body:
    return {part.name: getattr(each, part.name) for part in fields(each)}


def _is_read(name: str, facts: object) -> bool:
    return _key(name) is not None and _edit(facts) is not None


def _unknown(before: object, model: type[Any]) -> Body:
    """What another version knows of it and this one does not."""
    known = {part.name for part in fields(model)}
    return {name: value for name, value in _mapping(before).items() if name not in known}


# --- one value ----------------------------------------------------------------------------------


def _key(name: str) -> SlotKey | None:
    """None for what `name_of` does not make. The office may have typed any cabinet and label."""
    cabinet, slash, label = name.partition("/")
    digits = cabinet.removeprefix("-")
    if not (slash and digits.isascii() and digits.isdigit() and len(digits) <= _CABINET_DIGITS):
        return None
    return SlotKey(int(cabinet), label)


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _text(facts: Mapping[str, Any], name: str) -> str:
    """Half a character, as a broken paste or half an emoji leaves it, is shown as one unknown."""
    value = facts.get(name)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _day(facts: Mapping[str, Any], name: str) -> str | None:
    try:
        return date.fromisoformat(_text(facts, name)).isoformat()
    except ValueError:
        return None


def _is_units(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER


def _units(value: object) -> int | None:
    return value if type(value) is int and _is_units(value) else None


def _moment(value: object) -> datetime | None:
    try:
        return from_wire(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
