"""What becomes of events: the handlers decide in memory, then everything is written at once.

Used for a push and for events that are played again. The order of work is the order of locks:
records (sorted), bags, blobs, records written; the caller writes the log, the feed closes last.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.arrivals import GROUP_SPLIT, OUR_FAULT, Arrival, fall_together, units
from cvd_server.attachment_store import AttachmentStore
from cvd_server.bag_book import BagBook
from cvd_server.blob_access import find_blob
from cvd_server.blobs import BlobDesk, blobs_of, reports_of
from cvd_server.change_feed import ChangeFeed
from cvd_server.database import among, is_conflict
from cvd_server.event_handlers import HANDLERS
from cvd_server.grants import grants_of
from cvd_server.handler_parts import Key, Refusal, Situation, Wanted
from cvd_server.records import KINDS
from cvd_shared.record_facts import Facts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Luggage:
    """What comes with the events. `facts`: what is known of blobs that are raw reports; `store`:
    where those lie that came in chunks."""

    blobs: Mapping[str, bytes]
    facts: Mapping[str, Facts]
    store: AttachmentStore | None = None


class Verdicts:
    """The events of one transaction, in order, of one person."""

    def __init__(
        self,
        connection: Connection,
        who: Principal,
        arrivals: list[Arrival],
        *,
        device_id: str,
        now: str,
        luggage: Luggage,
        torn_groups: Collection[str] = (),
    ) -> None:
        """`torn_groups` were begun before these events: their rest cannot be applied."""
        self.connection = connection
        self.who = who
        self.arrivals = arrivals
        self.now = now
        self.blobs = BlobDesk(
            connection,
            who.operator_id,
            (device_id, who.user_id),
            now,
            store=luggage.store,
            may_see=lambda name: find_blob(connection, who, name, None) is not None,
        )
        self.bags = BagBook(connection, who.operator_id)
        self.inline = luggage.blobs
        self.facts = luggage.facts
        self.torn_groups = torn_groups

    def judge(self, feed: ChangeFeed) -> None:
        """Lock what the events ask for, decide, and write what is applied."""
        situation = self._situation(feed)
        self._decide(situation)
        self._store(feed, situation)

    def expect_blobs(self) -> None:
        """After the log is written: what its new events name and nobody has sent yet."""
        self.blobs.expect()

    def _situation(self, feed: ChangeFeed) -> Situation:
        """Everything that the handlers will ask for, locked in sorted order."""
        wanted = [
            HANDLERS[type(arrival.event.payload)].wanted(arrival.event.payload)
            for arrival in self.arrivals
            if arrival.open and arrival.event is not None
        ]
        situation = Situation(grants_of(self.connection, self.who))
        keys = frozenset[Key]().union(*(want.keys for want in wanted))
        situation.by_asset = self._machines_by_asset(wanted)
        keys |= {("machine", machine_id) for machine_id in situation.by_asset.values()}
        keys |= {("machine", machine_id) for machine_id in self._machines_under(wanted)}
        unlogged = [a for a in self.arrivals if not a.answer_only]
        self.blobs.look_up(
            self.inline,
            new={a.op.op_id: blobs_of(a.op) for a in unlogged if a.alias_of is None},
            known={a.op.op_id: blobs_of(a.op) for a in unlogged if a.alias_of is not None},
            reports={name for a in unlogged for name in reports_of(a.op)},
            repeated={name for a in self.arrivals if a.answer_only for name in blobs_of(a.op)},
        )
        keys |= self.blobs.reads_to_complete()
        for kind in sorted({kind for kind, _ in keys}):
            rows = feed.load(kind, [row_id for other, row_id in keys if other == kind])
            situation.rows |= {(kind, row_id): row for row_id, row in rows.items()}
        situation.bags = self.bags.look_up(bag for want in wanted for bag in want.bags)
        situation.blobs = self.blobs.bodies
        situation.facts = self.facts
        return situation

    def _machines_by_asset(self, wanted: list[Wanted]) -> dict[str, str]:
        assets = sorted({asset for want in wanted for asset in want.assets})
        if not assets:
            return {}
        table = tables.machine
        rows = self.connection.execute(
            select(table.c.asset_number, func.min(table.c.id).label("id"))
            .where(
                table.c.operator_id == self.who.operator_id,
                among(self.connection, table.c.asset_number, assets),
                table.c.removed.is_(False),
            )
            .group_by(table.c.asset_number)
            .having(func.count() == 1)
        )
        return {row.asset_number: row.id for row in rows}

    def _machines_under(self, wanted: list[Wanted]) -> set[str]:
        """Where the records stand whose events do not say it. They never move to another machine,
        so that they can be asked before they are locked: machines are locked first."""
        stands = frozenset[Key]().union(*(want.stands for want in wanted))
        found: set[str] = set()
        for kind in sorted({kind for kind, _ in stands}):
            table = KINDS[kind].table
            ids = sorted(row_id for other, row_id in stands if other == kind)
            found |= set(
                self.connection.scalars(
                    select(table.c.machine_id).where(
                        table.c.operator_id == self.who.operator_id,
                        among(self.connection, table.c.id, ids),
                        table.c.machine_id.is_not(None),
                    )
                )
            )
        return found

    def _decide(self, situation: Situation) -> None:
        """Apply unit by unit; the events of a group stand or fall together."""
        closed_groups = set(self.torn_groups)
        for unit in units(self.arrivals):
            group = unit[0].op.grp
            if group is not None and group in closed_groups:
                for arrival in unit:
                    if arrival.open:
                        arrival.refuse(GROUP_SPLIT)
            if group is not None:
                closed_groups.add(group)
            before = dict(situation.writes), dict(situation.bags)
            for arrival in unit:
                if arrival.open:
                    self._apply(arrival, situation)
            if fall_together(unit):
                situation.writes, situation.bags = before

    def _apply(self, arrival: Arrival, situation: Situation) -> None:
        assert arrival.event is not None
        handler = HANDLERS[type(arrival.event.payload)]
        try:
            arrival.key = handler.apply(arrival.event, situation)
        except Refusal as refusal:
            arrival.refuse(refusal)
        except Exception:  # our bug must not block this person's other records
            log.exception("handler failed: %s %s", arrival.op.type, arrival.op.op_id)
            arrival.refuse(OUR_FAULT)

    def _store(self, feed: ChangeFeed, situation: Situation) -> None:
        self.blobs.store()
        self._store_units(feed, situation, units(self.arrivals))
        for arrival in self.arrivals:
            if arrival.open and arrival.key is not None:
                arrival.ver = feed.versions[arrival.key]
        self.bags.keep(situation.bags, {a.key for a in self.arrivals if a.open})
        self.blobs.complete_reads(feed, situation)

    def _store_units(
        self, feed: ChangeFeed, situation: Situation, units: list[list[Arrival]]
    ) -> None:
        """All at once; what the database refuses is found by halving and quarantined alone."""
        keys = {a.key: None for unit in units for a in unit if a.open and a.key is not None}
        if not keys:
            return
        writes = {key: situation.writes[key] for key in keys}
        try:
            with feed.savepoint():
                feed.put(
                    [record for record, _ in writes.values()],
                    {key: extras for key, (_, extras) in writes.items()},
                )
        except (DataError, IntegrityError, OverflowError) as error:
            # Any other fault is of this moment: nothing is kept, the sender tries again.
            if isinstance(error, DBAPIError) and is_conflict(error):
                raise
            if len(units) == 1:
                log.exception("the database refused event %s", units[0][0].op.op_id)
                for arrival in units[0]:
                    if arrival.open:
                        arrival.refuse(OUR_FAULT)
                return
            middle = len(units) // 2
            self._store_units(feed, situation, units[:middle])
            self._store_units(feed, situation, units[middle:])
