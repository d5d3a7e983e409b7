"""Work on a ticket that is not finished: kept on this laptop for its person, told to nobody."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.domain.ticket_records import TicketDraft
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.wire_events import PartUsed

_NAME = "ticket_drafts/"  # and the id of the person


def load_drafts(connection: Transaction, user_id: str) -> dict[str, TicketDraft]:
    """By ticket id. A draft that another version wrote and this one cannot read is left out."""
    kept = json.loads(meta.get(connection, _NAME + user_id) or "{}")
    drafts = {}
    for ticket_id, facts in kept.items():
        try:
            drafts[ticket_id] = _draft(facts)
        except (KeyError, TypeError, ValueError, ValidationError):
            continue
    return drafts


def store_draft(
    connection: Transaction, user_id: str, ticket_id: str, draft: TicketDraft | None
) -> None:
    """Inside the caller's `write` transaction; an empty draft or None is forgotten."""
    drafts = load_drafts(connection, user_id)
    if draft is None or draft == TicketDraft():
        drafts.pop(ticket_id, None)
    else:
        drafts[ticket_id] = draft
    if drafts:
        kept = {each: _facts(drafts[each]) for each in drafts}
        meta.put(connection, _NAME + user_id, json.dumps(kept))
    else:
        meta.delete_many(connection, _NAME + user_id)


def arrivals(drafts: Mapping[str, TicketDraft]) -> dict[str, datetime]:
    """Ticket id -> since when this laptop is at its machine."""
    return {each: at for each, draft in drafts.items() if (at := draft.arrived_at) is not None}


def _draft(facts: Mapping[str, Any]) -> TicketDraft:
    arrived = facts["arrived_at"]
    return TicketDraft(
        arrived_at=from_wire(arrived) if arrived else None,
        actions=str(facts["actions"]),
        outcome=str(facts["outcome"]),
        state=facts["state"],
        parts=tuple(PartUsed.model_validate(part) for part in facts["parts"]),
    )


def _facts(draft: TicketDraft) -> dict[str, Any]:
    return {
        "arrived_at": to_wire(draft.arrived_at) if draft.arrived_at else None,
        "actions": draft.actions,
        "outcome": draft.outcome,
        "state": draft.state,
        "parts": [part.model_dump() for part in draft.parts],
    }
