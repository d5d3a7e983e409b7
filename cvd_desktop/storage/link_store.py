"""How each machine was reached the last time, its pass codes, and every try to reach one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from cvd_desktop.domain.clock import from_wire, to_wire
from cvd_desktop.storage.tables import link_attempt, machine_link

ATTEMPTS_KEPT = 20_000
"""The newest tries that are kept: years of one laptop."""


@dataclass(frozen=True, slots=True)
class KnownLink:
    """How a machine answered the last time."""

    link: str  # dexucs, ddcmp
    baud_rate: int  # of DDCMP: the start speed


@dataclass(frozen=True, slots=True)
class LinkAttempt:
    """One try to read a machine, from the first byte to the end of its session."""

    id: str
    at: datetime
    read_id: str | None
    port: str
    adapter: str
    machine: str | None
    asset_number: str | None
    link: str
    baud_rate: int
    number: int
    failure: str | None
    party: str | None
    why: str | None
    seconds: float
    retries: int
    size: int
    heard: int


def machine_key(machine_id: str | None, asset_number: str | None) -> str | None:
    """The name under which a machine is remembered; None for a machine that nobody knows.

    By its asset number where it has one: a cable may be tried before the machine is on the laptop.
    """
    if asset_number:
        return f"asset:{asset_number}"
    return None if machine_id is None else f"id:{machine_id}"


def known_link(connection: Connection, machine: str) -> KnownLink | None:
    row = connection.execute(
        select(machine_link.c.link, machine_link.c.baud_rate).where(
            machine_link.c.machine == machine, machine_link.c.link.is_not(None)
        )
    ).first()
    return None if row is None else KnownLink(row.link, row.baud_rate)


def remember_link(connection: Connection, machine: str, known: KnownLink, at: datetime) -> None:
    _put(connection, machine, link=known.link, baud_rate=known.baud_rate, at=to_wire(at))


def pass_codes(connection: Connection, machine: str) -> tuple[int, int] | None:
    """(security code, pass code) of a machine, 0 to 65535 each; None where none are kept."""
    row = connection.execute(
        select(machine_link.c.security_code, machine_link.c.pass_code).where(
            machine_link.c.machine == machine, machine_link.c.security_code.is_not(None)
        )
    ).first()
    return None if row is None else (row.security_code, row.pass_code)


def keep_pass_codes(connection: Connection, machine: str, codes: tuple[int, int] | None) -> None:
    """Keep the codes of a machine, or forget them."""
    security_code, pass_code = codes or (None, None)
    _put(connection, machine, security_code=security_code, pass_code=pass_code)


def add_attempt(connection: Connection, attempt: LinkAttempt) -> None:
    """Note one try; the oldest go when there are more than ATTEMPTS_KEPT."""
    values = {name: getattr(attempt, name) for name in attempt.__slots__}
    connection.execute(insert(link_attempt).values(values | {"at": to_wire(attempt.at)}))
    oldest = (
        select(link_attempt.c.at)
        .order_by(link_attempt.c.at.desc())
        .offset(ATTEMPTS_KEPT)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(delete(link_attempt).where(link_attempt.c.at <= oldest))


def name_attempts(
    connection: Connection, read_id: str, machine: str | None, asset_number: str | None
) -> None:
    """The machine of a read is known now: so is that of the tries that led to it."""
    connection.execute(
        update(link_attempt)
        .where(link_attempt.c.read_id == read_id)
        .values(machine=machine, asset_number=asset_number)
    )


def attempts(connection: Connection, *, limit: int = 5_000) -> Sequence[LinkAttempt]:
    """The newest tries, oldest first."""
    query = select(link_attempt).order_by(link_attempt.c.at.desc(), link_attempt.c.id.desc())
    rows = connection.execute(query.limit(limit)).mappings().all()
    return [LinkAttempt(**{**row, "at": from_wire(row["at"])}) for row in reversed(rows)]


def _put(connection: Connection, machine: str, **values: Any) -> None:
    statement = upsert(machine_link).values(machine=machine, **values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[machine_link.c.machine], set_=values)
    )
