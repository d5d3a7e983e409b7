"""Records the writes to machines that a killed program had begun: nothing of them is proven."""

import logging

from filelock import Timeout

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, write_store
from cvd_shared.wire_events import MachineWritten

_log = logging.getLogger(__name__)


def recover_writes(wp: Workplace) -> int:
    """Queue the event of every write that nobody is running any more; how many. Topic: outbox.

    One that cannot be queued stays for the next start: it must not keep the program shut.
    """
    with wp.database.read() as connection:
        waiting = write_store.open_ids(connection)
    recovered = 0
    for write_id in waiting:
        try:
            with wp.hold(f"write-{write_id}", timeout=0):
                recovered += _recover(wp, write_id)
        except Timeout:
            continue  # it is running right now
        except Problem as problem:
            _log.warning("write %s cannot be recorded now: %s", write_id, problem.code)
            break  # a full or broken disk: the others would fare no better
    return recovered


def _recover(wp: Workplace, write_id: str) -> int:
    with wp.database.write() as connection:
        fact = write_store.find_write(connection, write_id)
        if fact is None:
            return 0
        outbox_store.append(
            connection,
            new_id=wp.new_id,
            type=MachineWritten.TYPE,
            entity=("machine_write", write_id),
            payload=fact["payload"],
            actor=fact["actor"],
            occurred_at=fact["occurred_at"],
        )
        write_store.close_write(connection, write_id)
    return 1
