"""Which stored reads have a good trace: whole, by a cable, without a failure; newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.storage.tables import read


@dataclass(frozen=True, slots=True)
class GoodTrace:
    """Where a good trace is, and of which machine."""

    read_id: str
    machine_id: str | None
    asset_number: str | None


def good_traces(
    connection: Connection,
    *,
    machine_id: str | None = None,
    asset_number: str | None = None,
    link: str | None = None,
    before: datetime | None = None,
    practice: bool = False,
    limit: int = 200,
) -> list[GoodTrace]:
    """Of one machine where it is named, else of all; practice machines are never mixed in."""
    query = select(read.c.id, read.c.machine_id, read.c.asset_number).where(
        read.c.state == "whole",
        read.c.trace.is_not(None),
        read.c.source.is_(None),
        read.c.practice == int(practice),
        func.json_extract(read.c.outcome, "$.failure").is_(None),
    )
    same = []
    if machine_id is not None:
        same.append(read.c.machine_id == machine_id)
    if asset_number:
        same.append(and_(read.c.machine_id.is_(None), read.c.asset_number == asset_number))
        same.append(read.c.asset_number == asset_number)
    if same:
        query = query.where(or_(*same))
    if link is not None:
        query = query.where(read.c.link == link)
    if before is not None:
        query = query.where(read.c.at < to_wire(before))
    query = query.order_by(read.c.at.desc(), read.c.id.desc()).limit(limit)
    return [GoodTrace(*row) for row in connection.execute(query)]
