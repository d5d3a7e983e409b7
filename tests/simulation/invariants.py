"""The invariants of the sync protocol (chapter 3.1) that can be seen, by their numbers.

Each function asserts one of them and names it when it fails; `after_step` are those that hold at
every moment whatever has just died, `at_rest` those of both sides once nothing is under way.
What should be there is taken from the oracle, what is there straight from the tables.
"""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from cvd_server import tables
from cvd_server.change_feed import PUT
from cvd_server.records import KINDS
from cvd_server.self_check import self_check
from tests.simulation import file_invariants as files
from tests.simulation.cheap_server import OPERATOR, CheapServer
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Oracle
from tests.simulation.violation import Violation, hold

ACCEPTED = ("applied", "duplicate")
REFUSED = ("rejected", "quarantined")

__all__ = ["Violation", "after_step", "at_rest", "converged", "hold"]

_OUTBOX = "SELECT op_id, incarnation, seq, acked, outcome, overlay FROM outbox ORDER BY lseq"


# --- at every moment ----------------------------------------------------------------------------


def after_step(server: CheapServer, oracle: Oracle, laptop: Laptop) -> None:
    rows = laptop.rows(_OUTBOX)
    assert_kept_here(oracle, laptop, rows)
    assert_streams_sound(laptop, rows)
    assert_ack_means_durable(server, oracle, laptop, rows)
    assert_seen_exactly_once(oracle, laptop, rows)
    assert_own_folder(oracle, laptop, rows)


def assert_kept_here(oracle: Oracle, laptop: Laptop, rows: list[Any]) -> None:
    """1, 15, 22, 25: what was told saved is on the disk, whatever the answers were."""
    gone = oracle.on_disk[laptop.name] - {row[0] for row in rows}
    hold("1 no loss (outbox)", not gone, gone)


def assert_streams_sound(laptop: Laptop, rows: list[Any]) -> None:
    """3, 13: the present stream is 1, 2, 3... without gaps; its answered events come first."""
    present = (laptop.rows("SELECT v FROM sync_meta WHERE k = 'incarnation_id'") or [(None,)])[0][0]
    numbers = [row[2] for row in rows if row[1] == present]
    hold("3 order (dense stream)", numbers == list(range(1, len(numbers) + 1)), numbers)
    answered = [row[3] for row in rows if row[1] == present]
    hold("3 order (answered first)", answered == sorted(answered, reverse=True), answered)
    left = [row[0] for row in rows if row[1] != present and not row[3]]
    hold("13 fork safe (left behind)", not left, left)
    silent = [row[0] for row in rows if bool(row[3]) != (row[4] is not None)]
    hold("6 no silent verdict (laptop)", not silent, silent)


def assert_ack_means_durable(
    server: CheapServer, oracle: Oracle, laptop: Laptop, rows: list[Any]
) -> None:
    """5, 25: what this step took for answered is in the server's log, with that verdict."""
    answered = {row[0]: row[4] for row in rows if row[3]}
    before, laptop.acked = laptop.acked, set(answered)
    new = set() if before is None else laptop.acked - before
    if not new:
        return
    outcomes = _log_outcomes(server, new)
    missing = new - set(outcomes)
    hold("5 ack means durable", not missing, missing)
    oracle.on_server |= new
    for op_id in new:
        same = (answered[op_id] in ACCEPTED) == (outcomes[op_id] == "applied")
        hold("6 no silent verdict", same, (op_id, answered[op_id], outcomes[op_id]))


def assert_seen_exactly_once(oracle: Oracle, laptop: Laptop, rows: list[Any]) -> None:
    """12: a person sees each of his reads: pulled, or pending; never twice, never not at all.

    Only of reads that stand on no machine: those are in a scope that nobody takes away.
    """
    sure = {
        row[0]: row
        for row in rows
        if row[0] in oracle.told and oracle.told[row[0]].sure and _is_his(oracle, laptop, row[0])
    }
    if not sure or not laptop.rows("SELECT 1 FROM cursor LIMIT 1"):
        return  # nothing was pulled yet since this person took the laptop over
    pulled = {row[0] for row in laptop.rows("SELECT id FROM snapshot_row WHERE kind = 'read'")}
    anew = bool(laptop.rows("SELECT 1 FROM sync_meta WHERE k = 'load_anew'"))
    for op_id, row in sure.items():
        seen = int(oracle.told[op_id].record[1] in pulled), int(row[5] and row[4] not in REFUSED)
        # A copied file, and the one it was copied from, may pull what its twin has sent, and after
        # a new epoch what is sent again shows over the old records until the new ones are here:
        # both are the same read.
        twice = seen == (1, 1) and (
            anew or laptop.copied or oracle.is_elsewhere(op_id, laptop.name)
        )
        enough = sum(seen) == 1 or twice or row[4] in REFUSED
        hold("12 no double view", enough, (op_id, "pulled, pending:", seen))


def assert_own_work(oracle: Oracle, user: str, op_ids: Iterable[str]) -> None:
    """16: no push carries the token of somebody else than who recorded its events."""
    told = {op_id: oracle.told[op_id].author for op_id in op_ids if op_id in oracle.told}
    strange = {op_id: author for op_id, author in told.items() if author not in (None, user)}
    hold("16 user isolation (token)", not strange, (user, strange))


def assert_own_folder(oracle: Oracle, laptop: Laptop, rows: list[Any]) -> None:
    """16: in a person's folder is nothing that somebody else has recorded."""
    strange = [
        (row[0], oracle.told[row[0]].author)
        for row in rows
        if row[0] in oracle.told and oracle.told[row[0]].author not in (None, laptop.owner)
    ]
    hold("16 user isolation (folder)", not strange, (laptop.name, laptop.owner, strange))


def _is_his(oracle: Oracle, laptop: Laptop, op_id: str) -> bool:
    return laptop.owner is not None and oracle.told[op_id].author == laptop.owner


def _log_outcomes(server: CheapServer, op_ids: Iterable[str]) -> dict[str, str]:
    log = tables.op_log
    with server.database.read() as connection:
        rows = connection.execute(
            select(log.c.op_id, log.c.outcome).where(
                log.c.operator_id == OPERATOR, log.c.op_id.in_(sorted(op_ids))
            )
        )
        return {row.op_id: row.outcome for row in rows}


# --- at rest ------------------------------------------------------------------------------------


def at_rest(server: CheapServer, oracle: Oracle, laptops: list[Laptop]) -> None:
    """Everybody has synced until nothing came any more."""
    with server.database.read() as connection:
        log = connection.execute(select(tables.op_log)).all()
        problems = self_check(connection).problems
    assert_no_loss(oracle, log)
    assert_exactly_once(server, oracle, log)
    assert_told_truly(oracle, log)
    assert_groups_whole(oracle, log)
    assert_order(log)
    assert_dense_heads(server)
    hold("8 server's self check", not problems, problems)
    for laptop in laptops:
        assert_order_here(laptop, log)
        assert_every_verdict_known(laptop, log)
        converged(server, oracle, laptop)
    files.assert_files_safe(server, oracle, laptops, log)


def converged(server: CheapServer, oracle: Oracle, laptop: Laptop) -> None:
    """Of one laptop that has just been brought even with the server."""
    assert_no_leak(oracle, laptop)
    assert_convergence(server, laptop)
    assert_no_repairs(laptop)
    assert_nothing_pending(laptop)


def assert_no_loss(oracle: Oracle, log: list[Any]) -> None:
    """1, 13, 14: every event that is on a disk, or was on the server, is in the log."""
    lost = oracle.must_arrive() - {row.op_id for row in log}
    hold("1 no loss", not lost, [(oracle.told[each].type, each) for each in sorted(lost)])


def assert_exactly_once(server: CheapServer, oracle: Oracle, log: list[Any]) -> None:
    """2: one line of the log and one effect for each event that was applied, none for others."""
    first = [row.op_id for row in log if row.alias_of is None]
    hold("2 exactly once (log)", len(first) == len(set(first)))
    strange = set(first) - set(oracle.told)
    hold("2 exactly once (nobody recorded it)", not strange, strange)
    applied = {row.op_id for row in log if row.alias_of is None and row.outcome == "applied"}
    parts: Counter[str] = Counter()
    made: Counter[tuple[str, str]] = Counter()
    with server.database.read() as connection:
        for column in (
            tables.run_progress.c.marks,
            tables.run_progress.c.orders,
            tables.visit.c.amendments,
        ):
            for each in connection.scalars(select(column)):
                parts.update(part["id"] for part in each)
        for kind in ("read", "visit", "meter_entry", "photo"):
            made.update((kind, each) for each in connection.scalars(select(KINDS[kind].table.c.id)))
    in_parts = {
        op_id for op_id in applied
        if oracle.told[op_id].type in ("stop.marked", "run.ordered", "visit.amended")
    }  # fmt: skip
    hold("2 exactly once (effects)", parts == Counter(in_parts), parts - Counter(in_parts))
    records = Counter(oracle.told[op_id].record for op_id in applied - in_parts)
    hold("2 exactly once (records)", made == records, (made - records, records - made))


def assert_told_truly(oracle: Oracle, log: list[Any]) -> None:
    """6, 16, 17: in the log stands what was recorded, as that person's, with a verdict."""
    for row in log:
        if row.alias_of is not None:
            continue
        told = oracle.told[row.op_id]
        payload = json.loads(row.body)["payload"]
        hold("17 bytes unchanged", payload == told.payload, row.op_id)
        mine = told.author in (None, row.user_id)
        hold("16 user isolation", mine, (row.op_id, told.author, row.user_id))
        known = row.outcome in (*ACCEPTED, *REFUSED)
        hold("6 no silent verdict (server)", known, (row.op_id, row.outcome))
        cured = row.code != "type_unknown"  # the server knows every type by now
        hold("6 no verdict that time cures", cured, (row.op_id, row.outcome))
        fair = not told.sure or row.outcome == "applied"  # also what was rescued, by replay
        hold("6 no verdict without a reason", fair, (row.op_id, row.outcome, row.code))


def assert_groups_whole(oracle: Oracle, log: list[Any]) -> None:
    """4: the events of a group stand or fall together."""
    groups: dict[str, set[bool]] = {}
    for row in log:
        group = oracle.told[row.op_id].group if row.alias_of is None else None
        if group is not None:
            groups.setdefault(group, set()).add(row.outcome == "applied")
    torn = [group for group, outcomes in groups.items() if len(outcomes) > 1]
    hold("4 groups whole", not torn, torn)


def assert_order(log: list[Any]) -> None:
    """3: every stream of the log is 1, 2, 3... without gaps."""
    streams: dict[tuple[str, str], list[int]] = {}
    for row in log:
        streams.setdefault((row.device_id, row.incarnation_id), []).append(row.seq)
    for name, numbers in streams.items():
        hold("3 order (log)", sorted(numbers) == list(range(1, len(numbers) + 1)), name)


def assert_order_here(laptop: Laptop, log: list[Any]) -> None:
    """3: the server took this laptop's present stream in the order in which it was recorded."""
    facts = dict(laptop.rows("SELECT k, v FROM sync_meta"))
    present = facts["incarnation_id"]
    taken = sorted(
        (row.seq, row.alias_of or row.op_id)
        for row in log
        if (row.device_id, row.incarnation_id) == (facts["device_id"], present)
    )
    here = laptop.rows("SELECT op_id FROM outbox WHERE incarnation = ? ORDER BY lseq", present)
    taken_ids, here_ids = [each for _, each in taken], [row[0] for row in here]
    hold("3 order (as recorded)", taken_ids == here_ids, (laptop.name, taken_ids, here_ids))


def assert_dense_heads(server: CheapServer) -> None:
    """8: the numbers of a scope are its head and below, each once; above the floor all are here."""
    feed, head = tables.feed, tables.scope_head
    with server.database.read() as connection:
        rows = connection.execute(select(feed.c.scope, feed.c.seq)).all()
        heads = {row.scope: row for row in connection.execute(select(head))}
    hold("8 dense heads (unique)", len({tuple(row) for row in rows}) == len(rows))
    newest: dict[str, int] = {}
    for scope, seq in rows:
        newest[scope] = max(seq, newest.get(scope, 0))
    for scope, top in newest.items():
        there = heads.get(scope)
        hold("8 dense heads", there is not None and top <= there.head, (scope, top))
        forgotten = there.head <= there.floor  # the last one was a tombstone
        hold("8 dense heads", there.head == top or forgotten, (scope, top))


def assert_every_verdict_known(laptop: Laptop, log: list[Any]) -> None:
    """6: the laptop says of each event what the server's log says."""
    outcomes = {row.op_id: row.outcome for row in log if row.alias_of is None}
    for op_id, acked, outcome in laptop.rows("SELECT op_id, acked, outcome FROM outbox"):
        hold("24 bounded (still waits)", bool(acked), op_id)
        same = (outcome in ACCEPTED) == (outcomes.get(op_id) == "applied")
        hold("6 no silent verdict (at rest)", same, (op_id, outcome, outcomes.get(op_id)))


def assert_no_leak(oracle: Oracle, laptop: Laptop) -> None:
    """11: machines and runs here are those of the routes that this person holds, all of them."""
    if laptop.owner not in oracle.office.routes:
        return
    here: dict[str, set[str]] = {}
    for kind, row_id in laptop.rows("SELECT kind, id FROM snapshot_row"):
        here.setdefault(kind, set()).add(row_id)
    machines = oracle.office.machines_of(laptop.owner)
    leaked = here.get("machine", set()) - machines
    hold("11 no leak", not leaked, leaked)
    hold("7 no missed change (machines)", here.get("machine", set()) == machines)
    runs = oracle.office.runs_of(laptop.owner)
    hold("7 no missed change (runs)", here.get("run", set()) == runs, (here.get("run"), runs))
    products = oracle.office.products
    hold("7 no missed change (catalogue)", here.get("product", set()) == products)
    others = {row[0] for row in laptop.rows("SELECT id FROM snapshot_row WHERE kind = 'user'")}
    hold("16 user isolation (records)", others == {laptop.owner}, others)


def assert_convergence(server: CheapServer, laptop: Laptop) -> None:
    """7, 9, 10: memberships and bodies are those of the server, digests are counted right."""
    scopes = {row[0]: row[1:] for row in laptop.rows("SELECT scope, n, sum64 FROM cursor")}
    hold("10 convergence (nothing pulled)", bool(scopes))
    members = set(laptop.rows("SELECT scope, kind, id, ver FROM member"))
    feed = tables.feed
    with server.database.read() as connection:
        there = {
            (row.scope, row.kind, row.id, row.ver)
            for row in connection.execute(
                select(feed.c.scope, feed.c.kind, feed.c.id, feed.c.ver).where(
                    feed.c.operator_id == OPERATOR,
                    feed.c.op == PUT,
                    feed.c.scope.in_(sorted(scopes)),
                )
            )
        }
    hold("10 convergence", members == there, (members - there, there - members))
    for scope, (count, total) in scopes.items():
        mine = [row[1:] for row in members if row[0] == scope]
        right = (len(mine), _sum64(mine))
        hold("10 convergence (digest)", (count, total) == right, scope)
    bodies = {row[:2]: json.loads(row[2]) for row in laptop.rows(
        "SELECT kind, id, body FROM snapshot_row")}  # fmt: skip
    held = {row[1:3] for row in members}
    hold("10 convergence (rows)", bodies.keys() == held, bodies.keys() ^ held)
    wrong = [key for key, body in _bodies_there(server, held).items() if bodies[key] != body]
    hold("10 convergence (contents)", not wrong, wrong)


def _bodies_there(
    server: CheapServer, keys: set[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    with server.database.read() as connection:
        for kind in sorted({kind for kind, _ in keys}):
            table = KINDS[kind].table
            columns = [table.c[name] for name in KINDS[kind].fields]
            for row in connection.execute(select(*columns)).mappings():
                if (kind, row["id"]) in keys:
                    found[kind, row["id"]] = dict(row)
    return found


def _sum64(rows: Iterable[tuple[str, str, int]]) -> int:
    """Chapter 2.14, written down once more."""
    total = sum(
        int.from_bytes(hashlib.blake2b(f"{kind}|{row_id}|{ver}".encode(), digest_size=8).digest())
        for kind, row_id, ver in rows
    )
    total %= 1 << 64
    return total - (1 << 64) if total >= 1 << 63 else total


def assert_no_repairs(laptop: Laptop) -> None:
    """10: nothing had to be healed."""
    repairs = laptop.rows("SELECT v FROM sync_meta WHERE k = 'repairs'")
    hold("10 no repairs", not repairs, repairs)


def assert_nothing_pending(laptop: Laptop) -> None:
    """12: what the server has applied is shown from its records alone."""
    left = laptop.rows("SELECT op_id FROM outbox WHERE overlay = 1 AND acked = 1")
    hold("12 overlay cleared", not left, left)


def assert_bytes_here(laptop: Laptop, oracle: Oracle) -> None:
    """17: no restart and no new stream has changed what was recorded."""
    for op_id, body, digest in laptop.rows("SELECT op_id, body, body_sha FROM outbox"):
        plain = zlib.decompress(body)
        right = hashlib.sha256(plain).digest() == bytes(digest)
        hold("17 bytes unchanged (laptop)", right, op_id)
        if op_id in oracle.told:
            same = json.loads(plain)["payload"] == oracle.told[op_id].payload
            hold("17 bytes unchanged (laptop)", same, op_id)
