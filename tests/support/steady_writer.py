"""Records one event after the other into the database of a folder, and says each once it is saved.

`python -m tests.support.steady_writer FOLDER` writes until it is killed.
"""

import sys
from pathlib import Path

from cvd_desktop.domain.clock import system_clock, to_wire
from cvd_desktop.storage import outbox_store
from cvd_shared.ids import IdMaker
from tests.support.local_database import new_database


def main() -> None:
    database = new_database(Path(sys.argv[1]))
    new_id = IdMaker(system_clock)
    for number in range(1_000_000):
        at = to_wire(system_clock())
        with database.write() as connection:
            op_id = outbox_store.append(
                connection,
                new_id=new_id,
                type="stop.marked",
                entity=("run_progress", "run1"),
                payload={
                    "run_id": "run1", "stop_id": f"s{number}", "at": at, "state": "arrived",
                    "note": "x" * (number % 700),
                },
                actor="u1",
                occurred_at=at,
            ).op_id  # fmt: skip
        print(op_id, flush=True)


if __name__ == "__main__":
    main()
