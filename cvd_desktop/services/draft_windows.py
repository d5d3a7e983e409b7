"""Two windows on one data folder, one visit: each overwrites only what it changed itself.

A window tells a part of a draft as a whole. What differs from what this process knew of it is its
own change; the rest stays as another process left it.
"""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from cvd_desktop.domain.visit_records import VisitDraft
from cvd_desktop.services import visit_draft_body as bodies
from cvd_desktop.services.visit_draft_body import Body, Parts
from cvd_desktop.storage.database import Database

_NOTHING = object()


@dataclass(slots=True)
class _Known:
    """Parts by (visit id, name of the part): as they were typed here, or shown first; and as they
    were shown last. The visit that was shown last."""

    parts: dict[tuple[str, str], Body] = field(default_factory=dict)
    newer: dict[tuple[str, str], Body] = field(default_factory=dict)
    shown: str = ""


_known: WeakKeyDictionary[Database, _Known] = WeakKeyDictionary()


def know_shown(database: Database, draft: VisitDraft | None) -> None:
    """A person is shown this visit. While it stays, its cells are those that were typed here."""
    own = _known.setdefault(database, _Known())
    last, own.shown = own.shown, draft.visit_id if draft is not None else ""
    if draft is not None:
        for name, part in bodies.parts_of(draft).items():
            if name != "edits" or last != draft.visit_id:
                own.parts[draft.visit_id, name] = part
            own.newer[draft.visit_id, name] = part


def know(database: Database, visit_id: str, parts: Parts) -> None:
    """These parts are what a person typed here, and they are on disk now."""
    own = _known.setdefault(database, _Known())
    for name, part in parts.items():
        own.parts[visit_id, name] = own.newer[visit_id, name] = part


def merged(database: Database, visit_id: str, name: str, told: Body, there: Body) -> Body:
    """`told` with what another window changed; as it is where nothing of it was known here."""
    own = _known.setdefault(database, _Known())
    known = own.parts.get((visit_id, name))
    if known is None:
        return told
    newer = own.newer.get((visit_id, name), known)
    found = {}
    for each in dict.fromkeys((*there, *told)):
        mine = told.get(each, _NOTHING)
        if mine == known.get(each, _NOTHING) or (each in told and mine == newer.get(each)):
            mine = there.get(each, _NOTHING)
        if mine is not _NOTHING:
            found[each] = mine
    return found
