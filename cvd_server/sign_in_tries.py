"""Failed sign-ins: who has to wait before the next try, and who never has to wait for a stranger.

A try is counted before the password is looked at, so that many at once gain nothing. Three counts:

- of the name from this source (address, or the device that signed the request): after
  `FREE_TRIES` failures 15 s, doubling to 15 minutes. Strangers elsewhere do not touch it.
- of the source over all names: after `FREE_TRIES_OF_SOURCE`, against trying a common password on
  everybody, also from a stolen laptop; room enough for an office behind one address.
- of the name over all sources: after `FREE_TRIES_OF_NAME`, at most `_LONGEST_WAIT_OF_NAME` seconds.
  A request signed by a registered device of the operator is not held up by it: whoever attacks a
  name from everywhere cannot lock its owner out of his own laptop. At a new one he can ask the
  office for another sign-in name, or to lift the wait (`unlock`).

A count that nobody added to for a day starts anew. A name that nobody has is counted like one
that somebody has.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from sqlalchemy import Connection, select

from cvd_server.answers import try_later
from cvd_server.audit_trail import NO_OPERATOR, record_audit
from cvd_server.clock import from_wire, to_wire
from cvd_server.database import insert_many
from cvd_server.services import Services
from cvd_server.tables import sign_in_failure as failure

FREE_TRIES = 5
FREE_TRIES_OF_SOURCE = 50
FREE_TRIES_OF_NAME = 100
_FIRST_WAIT = 15  # seconds after the last free try; doubles with each further failure
_LONGEST_WAIT = 15 * 60
_LONGEST_WAIT_OF_NAME = 60
_FORGOTTEN_AFTER = timedelta(days=1)
_MOST = 1000  # a count needs to go no further


@dataclass(frozen=True, slots=True)
class Trier:
    """Who tries: a name of an operator ("" for a name that nobody has), and from where."""

    operator_id: str
    name: str
    source: str  # source_of(...), or "device:<id>" for a request that the device signed

    @property
    def signed(self) -> bool:
        return self.source.startswith("device:")

    @property
    def key_name(self) -> str:
        """Of a name that nobody has only a hash: it may be a password in the wrong field."""
        if self.operator_id != NO_OPERATOR:
            return self.name
        return hashlib.sha256(self.name.encode("utf-8", "surrogatepass")).hexdigest()

    def counts(self) -> list[tuple[str, str, str]]:
        """Keys of its counts, in the order in which everybody locks them."""
        mine, of_source = (
            (self.operator_id, self.key_name, self.source),
            (NO_OPERATOR, "", self.source),
        )
        if self.signed:
            return [mine, of_source]
        return [mine, (self.operator_id, self.key_name, ""), of_source]


def source_of(address: str | None) -> str:
    """An address as one source: of IPv6 the network, for one home or phone has all of it."""
    try:
        found = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "address:unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return f"address:{':'.join(found.exploded.split(':')[:4])}::/64"
        found = found.ipv4_mapped
    return f"address:{found}"


def count_try(connection: Connection, to: Services, trier: Trier) -> None:
    """Raises ApiError 429 while the trier has to wait; else counts one failure more."""
    rows = [_locked(connection, to, key) for key in trier.counts()]
    now = to.clock()
    left = max(_seconds_left(row, now) for row in rows)
    if left > 0:
        raise try_later(429, "too_many_tries", "Too many failed tries; wait a moment.", left)
    for row in rows:
        count = 1 if _forgotten(row, now) else min(row.failures + 1, _MOST)
        connection.execute(
            failure.update().where(_is(row)).values(failures=count, last_at=to.now())
        )
        if count == _free(row):
            known = {"name": row.name} if row.operator_id != NO_OPERATOR else {}
            record_audit(
                connection, to.new_id, to.now(), "sign_in_locked", operator_id=row.operator_id,
                source=row.source or "everywhere", **known,
            )  # fmt: skip


def forget_tries(connection: Connection, to: Services, trier: Trier) -> None:
    """The password was right: the name is free; the source only gets this one try back, for it may
    have an account of its own and try others in between."""
    for key in trier.counts():
        row = _locked(connection, to, key)
        fewer = max(row.failures - 1, 0)
        connection.execute(failure.update().where(_is(row)).values(failures=fewer))
    mine = (failure.c.operator_id == trier.operator_id) & (failure.c.name == trier.key_name)
    free = failure.c.source.in_((trier.source, ""))
    connection.execute(failure.delete().where(mine, free))


def unlock(connection: Connection, operator_id: str, name: str) -> None:
    """Nobody has to wait any more for this name."""
    connection.execute(
        failure.delete().where(failure.c.operator_id == operator_id, failure.c.name == name)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a name stands: failed tries since the last success, and the end of the longest wait."""

    failures: int
    locked_until: str | None


def standings(
    connection: Connection, to: Services, operator_id: str, names: Iterable[str]
) -> dict[str, Standing]:
    """Of every name that failed of late."""
    wanted = set(names)
    rows = connection.execute(select(failure).where(failure.c.operator_id == operator_id)).all()
    told: dict[str, Standing] = {}
    now = to.clock()
    for name in wanted & {row.name for row in rows if not _forgotten(row, now)}:
        mine = [row for row in rows if row.name == name and not _forgotten(row, now)]
        left = max(_seconds_left(row, now) for row in mine)
        # Tries of signed devices are in no total: they count on top.
        everywhere = sum(r.failures for r in mine if r.source == "")
        signed = sum(r.failures for r in mine if r.source.startswith("device:"))
        until = to_wire(now + timedelta(seconds=left)) if left else None
        told[name] = Standing(everywhere + signed, until)
    return told


def _is(row: Any) -> Any:
    return (
        (failure.c.operator_id == row.operator_id)
        & (failure.c.name == row.name)
        & (failure.c.source == row.source)
    )


_TAKEN_AWAY = 20
"""Times that a sign-in with the right password may delete the row between our two statements."""


def _locked(connection: Connection, to: Services, key: tuple[str, str, str]) -> Any:
    operator_id, name, source = key
    first = {
        "operator_id": operator_id, "name": name, "source": source, "failures": 0,
        "last_at": to.now(),
    }  # fmt: skip
    wanted = select(failure).filter_by(operator_id=operator_id, name=name, source=source)
    for _ in range(_TAKEN_AWAY):
        insert_many(connection, failure, [first], on_conflict="skip")
        row = connection.execute(wanted.with_for_update()).one_or_none()
        if row is not None:
            return row
    raise try_later(503, "unavailable", "The server is busy; try again later.", 1)


def _free(row: Any) -> int:
    if not row.name:
        return FREE_TRIES_OF_SOURCE
    return FREE_TRIES if row.source else FREE_TRIES_OF_NAME


def _forgotten(row: Any, now: datetime) -> bool:
    return now - from_wire(row.last_at) > _FORGOTTEN_AFTER


def _seconds_left(row: Any, now: datetime) -> int:
    over = row.failures - _free(row)
    if over < 0 or _forgotten(row, now):
        return 0
    longest = _LONGEST_WAIT if row.source else _LONGEST_WAIT_OF_NAME
    wait = min(_FIRST_WAIT * 2 ** min(over, 10), longest)
    left = (from_wire(row.last_at) + timedelta(seconds=wait) - now).total_seconds()
    # A clock that was set back locks nobody out.
    return int(left) + 1 if 0 < left <= wait else 0
