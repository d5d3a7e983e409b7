"""Finishes the reads of a killed program from what is on disk, judges them, queues them."""

import logging

from filelock import Timeout

from cvd_desktop.domain.problem import Problem
from cvd_desktop.link.outputs import Party
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_desktop.storage.read_store import LinkOutcome

INTERRUPTED = "interrupted"  # a failure beside those of link.outputs: the program was ended

_log = logging.getLogger(__name__)


def recover_reads(wp: Workplace) -> int:
    """Finish every read that nobody is running any more; how many came to be. Topic: reads.

    Whole if the last block is there, else partial; without a single byte it is forgotten. A read
    that cannot be finished stays as it is for the next start: it must not keep the program shut.
    """
    with wp.database.read() as connection:
        waiting = read_store.open_ids(connection) + read_store.unsettled_ids(connection)
    recovered = 0
    for read_id in waiting:
        try:
            with wp.hold(f"read-{read_id}", timeout=0):
                recovered += _recover(wp, read_id)
        except Timeout:
            continue  # it is running right now
        except Problem as problem:
            _log.warning("read %s cannot be finished now: %s", read_id, problem.code)
            break  # a full or broken disk: the others would fare no better
        except Exception:  # noqa: BLE001 - reported, and it must not keep the program shut
            _log.exception("read %s cannot be finished; it is kept", read_id)
    return recovered


def _recover(wp: Workplace, read_id: str) -> int:
    from cvd_desktop.services.settle_read import settle_read  # not at each start: 100 ms

    with wp.database.write() as connection:
        seconds = read_store.block_trace_end(connection, read_id)
        outcome = LinkOutcome(seconds, 0, INTERRUPTED, str(Party.PROGRAM), {})
        state = read_store.finish_read(connection, read_id, outcome)
    if state is None:
        return 0
    settle_read(wp, read_id)
    return 1
