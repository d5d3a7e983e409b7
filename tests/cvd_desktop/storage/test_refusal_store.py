"""What was refused here and counts on the server by now."""

from itertools import count
from pathlib import Path
from uuid import UUID

from cvd_desktop.storage import outbox_store, pull_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.refusal_store import take_decisions
from cvd_desktop.storage.transaction import Transaction
from cvd_shared.wire import OpResult
from cvd_shared.wire_records import RefusalRecord
from tests.support.local_database import new_database

NOW = "2026-03-02T08:00:00.000Z"


def outcome(connection: Transaction) -> str:
    return str(connection.exec_driver_sql("SELECT outcome FROM outbox").scalar())


def test_records_that_are_loaded_anew_decide_nothing_about_what_a_restored_server_refused(
    tmp_path: Path,
) -> None:
    database = new_database(tmp_path)
    numbers = count(1)
    with database.write() as connection:
        facts = {"run_id": "run1", "stop_id": "s1", "state": "done", "at": NOW}
        event = outbox_store.append(
            connection, new_id=lambda: str(UUID(int=next(numbers))), type="stop.marked",
            entity=("run_progress", "run1"), payload=facts, actor="u1", occurred_at=NOW,
        )  # fmt: skip
        stream = meta.get(connection, meta.INCARNATION) or ""
        refused = OpResult(seq=event.seq, op_id=event.op_id, outcome="quarantined", code="late")
        outbox_store.record_outcomes(connection, stream, [refused], NOW)
        played_again_before_the_restore = RefusalRecord(
            id=event.op_id, type="stop.marked", actor_id="u1", actor_name="A", occurred_at=NOW,
            received_at=NOW, outcome="quarantined", code="late", state="applied",
        )  # fmt: skip
        pull_store.keep(connection, [played_again_before_the_restore])
        pull_store.load_anew(connection)
        assert take_decisions(connection) == 0
        assert outcome(connection) == "quarantined"
        meta.delete_many(connection, meta.RELOAD)
        assert take_decisions(connection) == 1
        assert outcome(connection) == "applied"
    database.close()
