"""Invariant 18 at rest: what counts as stored is stored, and nothing that is named is forgotten."""

import hashlib
from typing import Any

from sqlalchemy import select

from cvd_server import tables
from cvd_server.attachment_store import attachment_key
from tests.simulation.cheap_server import OPERATOR, CheapServer
from tests.simulation.laptop import Laptop
from tests.simulation.oracle import Oracle
from tests.simulation.violation import hold


def assert_files_safe(
    server: CheapServer, oracle: Oracle, laptops: list[Laptop], log: list[Any]
) -> None:
    """18: after the store was looked through and every laptop has asked."""
    stored = _stored_there(server)
    with server.database.read() as connection:
        expected = set(connection.scalars(select(tables.blob_expect.c.sha256)))
    here = [_here(laptop) for laptop in laptops]
    for laptop, (states, bytes_here) in zip(laptops, here, strict=True):
        done = {name for name, state in states.items() if state == "stored"}
        # Of a report or a picture it may only mean that the server does not want it now.
        wrong = (done - stored) & (expected | laptop.kept)
        hold("18 stored is stored", not wrong, (laptop.name, wrong))
        left = {name for name, state in states.items() if state in ("new", "waiting")}
        late = left & bytes_here & expected
        hold("18 files arrive", not late, (laptop.name, late))
        gone = {name for name in laptop.kept if not (laptop.originals / name).is_file()} - stored
        hold("18 no original is removed", not gone, (laptop.name, gone))
    named = {
        name
        for row in log
        if row.alias_of is None and row.outcome == "applied"
        for name in oracle.told[row.op_id].files
    }
    hold("18 named is stored or expected", named <= stored | expected, named - stored - expected)
    somewhere = set().union(*(bytes_here for _, bytes_here in here))
    missed = named & somewhere - stored
    hold("18 files arrive (named)", not missed, missed)


def _stored_there(server: CheapServer) -> set[str]:
    """The names whose bytes are there and are what their name says."""
    table = tables.blob
    with server.database.read() as connection:
        rows = connection.execute(
            select(table.c.sha256, table.c.body).where(
                table.c.operator_id == OPERATOR, table.c.state == "stored"
            )
        ).all()
    for sha256, body in rows:
        data = body
        if body is None:
            data = server.store.objects.get(attachment_key(OPERATOR, sha256), b"")
        hold("18 blob integrity", hashlib.sha256(data).hexdigest() == sha256, sha256)
    return {row.sha256 for row in rows}


def _here(laptop: Laptop) -> tuple[dict[str, str], set[str]]:
    """What the laptop says of each file, and the originals that lie here for an event of it."""
    states = dict(laptop.rows("SELECT sha256, state FROM attachment"))
    kept = {row[0] for row in laptop.rows("SELECT sha256 FROM blob WHERE data IS NULL")}
    folder = laptop.originals
    files = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return states, kept & files & states.keys()
