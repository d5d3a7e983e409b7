"""After a restore every laptop loads its records anew: not all of them in the same minute.

What they have recorded they send at once; only the loading is spread. Each has its own moment,
which its name gives, so nothing is kept but when the first laptop came back.
"""

import hashlib
import math

from sqlalchemy import Connection, func, select

from cvd_server import tables
from cvd_server.clock import from_wire
from cvd_server.server_meta import EPOCH_AT, write_meta

SPREAD_SECONDS = 7200  # at most; a laptop believes no longer wait (backoff.py)
FEW = 300  # laptops that may come at once
_A_SECOND = 3


def load_after(
    connection: Connection, operator_id: str, device_id: str, epoch_at: str | None, now: str
) -> int:
    """Seconds from now until this laptop is to load anew, if it has to; mostly 0.

    `epoch_at`: when this epoch's first laptop came, "" before it, None where nobody has to wait.
    """
    if epoch_at is None:
        return 0
    if not epoch_at:
        write_meta(connection, EPOCH_AT, now)
        epoch_at = now
    since = (from_wire(now) - from_wire(epoch_at)).total_seconds()
    if not 0 <= since < SPREAD_SECONDS:
        return 0
    laptops = connection.scalar(
        select(func.count())
        .select_from(tables.device)
        .filter_by(operator_id=operator_id, status="active")
    )
    if not laptops or laptops < FEW:
        return 0
    width = min(SPREAD_SECONDS, laptops / _A_SECOND)
    place = int.from_bytes(hashlib.sha256(device_id.encode()).digest()[:4]) / 2**32
    return max(0, math.ceil(place * width - since))
