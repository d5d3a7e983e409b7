"""The machine of a visit as it was when the visit began.

The office may give it to another route meanwhile: then its records leave this laptop, and the
person who stands in front of it still finishes what was begun.
"""

from pydantic import ValidationError

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.storage import draft_store
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.wire_records import MachineRecord, PlanogramRecord

_KIND = "visit_machine"  # of draft, by visit id


def keep_machine(
    connection: Transaction, visit_id: str, facts: MachineFacts, *, user_id: str, at: str
) -> None:
    """Inside the caller's `write` transaction."""
    planogram = facts.planogram
    body = {
        "machine": facts.machine.model_dump(mode="json"),
        "planogram": planogram.model_dump(mode="json") if planogram is not None else None,
    }
    draft_store.store(connection, _KIND, visit_id, user_id=user_id, at=at, body=body)


def forget_machine(connection: Transaction, visit_id: str) -> None:
    """Inside the caller's `write` transaction."""
    draft_store.forget(connection, _KIND, visit_id)


def machine_as_begun(connection: Transaction, visit_id: str) -> MachineFacts | None:
    """What is planned for it; what it holds and sells nobody here knows any more."""
    row = draft_store.load(connection, _KIND, visit_id)
    if row is None:
        return None
    try:
        machine = MachineRecord.model_validate(row.body.get("machine"))
        told = row.body.get("planogram")
        planogram = PlanogramRecord.model_validate(told) if told is not None else None
    except ValidationError:  # of another version of this program
        return None
    return MachineFacts(
        machine=machine,
        planogram=planogram,
        stock={},
        velocity={},
        per_day={},
        sales=(),
        visits=(),
        last_read_id=None,
        last_read_at=None,
        machine_prices={},
        restarted=frozenset(),
        cash=None,
        collected_at=None,
        reads_since_collect=0,
    )
