"""The events of this laptop that the pulled records do not contain yet, as the projection folds."""

from cvd_desktop.domain.projection import PendingEvent
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage.transaction import Transaction


def pending_events(connection: Transaction) -> list[PendingEvent]:
    """In the order in which they were recorded."""
    return [
        PendingEvent(
            op_id=event.op_id,
            type=event.type,
            version=event.body["v"],
            occurred_at=event.body["occurred_at"],
            payload=event.body["payload"],
            actor_id=event.body.get("actor", ""),
        )
        for event in outbox_store.in_view(connection)
    ]
