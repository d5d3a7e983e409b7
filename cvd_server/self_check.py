"""`cvd-server check`: prove from the tables alone that nothing was lost, doubled or bent."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Connection, case, func, select

from cvd_server import tables
from cvd_server.attachment_store import AttachmentStore, attachment_key
from cvd_server.bag_book import BAG_USED_BEFORE, bag_of
from cvd_server.change_feed import PUT
from cvd_server.feed_checks import floor_problems, snapshot_problems
from cvd_server.records import KINDS, ORG, Homes, known, route_scope
from cvd_shared.digest import Digest
from cvd_shared.visit_facts import effective_cash
from cvd_shared.wire_records import VisitRecord

OUTCOMES = ("applied", "duplicate", "rejected", "quarantined")


@dataclass
class CheckReport:
    """As `cvd-server check` prints it; good when there are no problems."""

    problems: list[str] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"problems": self.problems, "events": self.events}


def self_check(connection: Connection, store: AttachmentStore | None = None) -> CheckReport:
    """Looks at every operator. The connection should be one cut (`Database.read`). `store` is
    asked for the attachments that lie there."""
    report = CheckReport(events=_events(connection))
    for operator_id in connection.scalars(
        select(tables.operator.c.operator_id).order_by(tables.operator.c.operator_id)
    ).all():
        found = [check(connection, operator_id) for check in _CHECKS]
        if store is not None:
            found.append(_stored_outside(connection, operator_id, store))
            found.append(snapshot_problems(connection, operator_id, store))
        for problem in chain.from_iterable(found):
            report.problems.append(f"operator {operator_id}: {problem}")
    return report


def _events(connection: Connection) -> dict[str, int]:
    """How the events ended; one that came again through another stream is a duplicate."""
    table = tables.op_log
    outcome = case((table.c.alias_of.is_not(None), "duplicate"), else_=table.c.outcome)
    counted = dict.fromkeys(OUTCOMES, 0)
    for name, count in connection.execute(
        select(outcome.label("name"), func.count()).group_by("name")
    ):
        counted[name] = counted.get(name, 0) + count
    return counted


def _streams(connection: Connection, operator_id: str) -> Iterator[str]:
    """Each stream is dense from 1 to its last event."""
    stream, log = tables.device_stream, tables.op_log
    key = (log.c.device_id, log.c.incarnation_id)
    logged = {
        (row.device_id, row.incarnation_id): row
        for row in connection.execute(
            select(
                *key,
                func.count().label("n"),
                func.min(log.c.seq).label("first"),
                func.max(log.c.seq).label("last"),
            )
            .where(log.c.operator_id == operator_id)
            .group_by(*key)
        )
    }
    for row in connection.execute(select(stream).where(stream.c.operator_id == operator_id)):
        name = f"stream {row.device_id}/{row.incarnation_id}"
        found = logged.pop((row.device_id, row.incarnation_id), None)
        have = (found.n, found.first, found.last) if found else (0, None, None)
        want = (row.last_seq, 1, row.last_seq) if row.last_seq else (0, None, None)
        if have != want:
            yield f"{name} is not dense: {have[0]} events, last should be {row.last_seq}"
        last = connection.execute(
            select(log.c.op_id, log.c.alias_of).where(
                log.c.operator_id == operator_id,
                log.c.device_id == row.device_id,
                log.c.incarnation_id == row.incarnation_id,
                log.c.seq == row.last_seq,
            )
        ).one_or_none()
        if last is not None and (last.alias_of or last.op_id) != row.last_op_id:
            yield f"{name} ends with another event than it says"
    for device_id, incarnation_id in logged:
        yield f"stream {device_id}/{incarnation_id} has events and no head"


def _heads(connection: Connection, operator_id: str) -> Iterator[str]:
    """The head is the newest number of its scope; count and sum are those of the live rows."""
    feed, head = tables.feed, tables.scope_head
    digests: dict[str, Digest] = {}
    newest: dict[str, int] = {}
    for row in connection.execute(
        select(feed.c.scope, feed.c.kind, feed.c.id, feed.c.seq, feed.c.op, feed.c.ver).where(
            feed.c.operator_id == operator_id
        )
    ):
        newest[row.scope] = max(row.seq, newest.get(row.scope, 0))
        if row.op == PUT:
            digest = digests.get(row.scope, Digest())
            digests[row.scope] = digest.add(row.kind, row.id, row.ver)
    for row in connection.execute(select(head).where(head.c.operator_id == operator_id)):
        top = newest.pop(row.scope, 0)
        if row.head != top and not row.head == row.floor > top:
            yield f"scope {row.scope}: head is {row.head}, newest row is {top}"
        if Digest(row.n, row.sum64) != digests.get(row.scope, Digest()):
            yield f"scope {row.scope}: the digest does not fit its rows"
    for scope in sorted(newest):
        yield f"scope {scope} has rows and no head"


def _feed_against_records(connection: Connection, operator_id: str) -> Iterator[str]:
    """Every live record is in exactly its scopes, with its present version."""
    homes = _homes(connection, operator_id)
    feed = tables.feed
    for kind, spec in KINDS.items():
        wanted: dict[tuple[str, str], int] = {}
        for row in connection.execute(
            select(spec.table).where(
                spec.table.c.operator_id == operator_id, spec.table.c.removed.is_(False)
            )
        ).mappings():
            for scope in spec.scopes(dict(row), homes):
                wanted[(scope, row["id"])] = row["ver"]
        found = {
            (row.scope, row.id): row.ver
            for row in connection.execute(
                select(feed.c.scope, feed.c.id, feed.c.ver).where(
                    feed.c.operator_id == operator_id, feed.c.kind == kind, feed.c.op == PUT
                )
            )
        }
        for scope, row_id in sorted(wanted.keys() | found.keys()):
            if wanted.get((scope, row_id)) != found.get((scope, row_id)):
                yield f"{kind} {row_id} is not rightly in scope {scope}"


def _homes(connection: Connection, operator_id: str) -> Homes:
    table = tables.machine
    homes = Homes()
    routes: dict[str, set[str | None]] = {}
    for row in connection.execute(select(table).where(table.c.operator_id == operator_id)):
        homes.machines[row.id] = route_scope(row.route_id)
        if not row.removed and row.location_id is not None:
            routes.setdefault(row.location_id, set()).add(row.route_id)
    for location_id in connection.scalars(
        select(tables.location.c.id).where(tables.location.c.operator_id == operator_id)
    ):
        served = routes.get(location_id, set())
        only = next(iter(served)) if len(served) == 1 else None
        homes.locations[location_id] = route_scope(only) if only else ORG
    return homes


def _blobs(connection: Connection, operator_id: str) -> Iterator[str]:
    """What a record names is here, whole, or is waited for."""
    blob, expect = tables.blob, tables.blob_expect
    here: set[str] = set()
    rows: Any = connection.execution_options(yield_per=200).execute(
        select(blob.c.sha256, blob.c.size, blob.c.body).where(blob.c.operator_id == operator_id)
    )
    for row in rows:
        here.add(row.sha256)
        body = row.body
        if body is None:
            continue  # it lies in the attachment store
        if len(body) != row.size or hashlib.sha256(body).hexdigest() != row.sha256:
            yield f"blob {row.sha256} is damaged"
    awaited = set(
        connection.scalars(select(expect.c.sha256).where(expect.c.operator_id == operator_id))
    )
    for what, name in _named_blobs(connection, operator_id):
        if name not in here and name not in awaited:
            yield f"{what} {name} is missing"


def _stored_outside(
    connection: Connection, operator_id: str, store: AttachmentStore
) -> Iterator[str]:
    """What lies in the attachment store is there with its size."""
    blob = tables.blob
    for row in connection.execute(
        select(blob.c.sha256, blob.c.size).where(
            blob.c.operator_id == operator_id, blob.c.body.is_(None)
        )
    ):
        if store.size(attachment_key(operator_id, row.sha256)) != row.size:
            yield f"attachment {row.sha256} is not in the store"


def _named_blobs(connection: Connection, operator_id: str) -> Iterator[tuple[str, str]]:
    """What records name, with the words for it: reports, photos, signatures."""
    read, photo, visit = tables.read, tables.photo, tables.visit
    for table, column, what in (
        (read, read.c.raw_sha256, "read {}: its report"),
        (photo, photo.c.sha256, "photo {}: its picture"),
    ):
        for row_id, name in connection.execute(
            select(table.c.id, column).where(table.c.operator_id == operator_id)
        ):
            yield what.format(row_id), name
    for row_id, signature in connection.execute(
        select(visit.c.id, visit.c.signature).where(visit.c.operator_id == operator_id)
    ):
        if signature is not None:
            yield f"visit {row_id}: its signature", signature["sha256"]


def _bags(connection: Connection, operator_id: str) -> Iterator[str]:
    """One bag is one collection: who has the bag of another visit is flagged."""
    use = tables.bag_use
    owners = {
        row.bag: row.visit_id
        for row in connection.execute(select(use).where(use.c.operator_id == operator_id))
    }
    table = tables.visit
    for row in connection.execute(
        select(table).where(table.c.operator_id == operator_id)
    ).mappings():
        visit = known(VisitRecord, dict(row))
        cash = effective_cash(visit)
        bag = bag_of(cash) if cash else ""
        if bag and owners.get(bag, "") == "":
            yield f"visit {visit.id}: its bag belongs to nobody"
        elif (BAG_USED_BEFORE in visit.flags) != (bool(bag) and owners[bag] != visit.id):
            yield f"visit {visit.id}: its bag is not rightly flagged"


_CHECKS = (_streams, _heads, floor_problems, _feed_against_records, _blobs, _bags)
