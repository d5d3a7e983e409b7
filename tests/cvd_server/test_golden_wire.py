"""Every event that a laptop has ever been able to send is still understood and applied.

The files of tests/golden/wire are never changed: a new version gets a new file.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cvd_server import arrivals, tables
from cvd_shared.canonical import canonical_json
from cvd_shared.upcasts import UPCASTS, upcast
from cvd_shared.wire import Op
from cvd_shared.wire_events import EVENTS, ReadRecorded
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator

FOLDER = Path(__file__).parent.parent / "golden" / "wire"
ACCEPTED = ("applied", "duplicate")
SENDABLE = sorted({*EVENTS, *UPCASTS})


@pytest.fixture
def session(server: LocalServer, small: SmallOperator) -> Session:
    return server.session("manager")


def golden(type_: str, version: int) -> dict[str, Any]:
    path = FOLDER / f"{type_}.v{version}.json"
    assert path.exists(), f"{type_} version {version} has no golden file: write {path.name}"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def in_order(versions: dict[str, int]) -> list[dict[str, Any]]:
    """One event of each type as a stream; a record comes before what names it."""
    ops, before = [], None
    for seq, (type_, _) in enumerate(EVENTS, start=1):
        op = golden(type_, versions.get(type_, 1)) | {"seq": seq, "prev": before}
        ops.append({name: value for name, value in op.items() if value is not None})
        before = op["op_id"]
    return ops


def test_there_is_a_file_for_each_type_and_version_and_no_other() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {f"{type_}.v{version}.json" for type_, version in SENDABLE}
    for type_, version in SENDABLE:
        op = golden(type_, version)
        assert (op["type"], op["v"]) == (type_, version)


def test_every_version_leads_to_the_present_one() -> None:
    for type_, version in EVENTS:
        for old in range(1, version):
            payload = golden(type_, old)["payload"]
            before = canonical_json(payload)
            now, raised = upcast(type_, old, payload)
            assert now == version, f"{type_}: no step from version {old}"
            assert canonical_json(payload) == before, "a step changed what it was given"
            EVENTS[type_, version].model_validate_json(canonical_json(raised))


@pytest.mark.parametrize(("type_", "version"), SENDABLE)
def test_it_parses_with_every_field_said(type_: str, version: int) -> None:
    op = golden(type_, version)
    Op.model_validate(op | {"seq": 1})
    now, payload = upcast(type_, version, op["payload"])
    model = EVENTS[type_, now]
    model.model_validate_json(canonical_json(payload))
    if (type_, version) in EVENTS:
        assert set(op["payload"]) == set(model.model_fields)


def test_all_of_them_are_applied(server: LocalServer, session: Session) -> None:
    for version in range(1, max(version for _, version in SENDABLE) + 1):
        ops = in_order({type_: v for type_, v in SENDABLE if v <= version})
        answer = session.push(ops).json()["data"]["results"]
        refused = [(e["seq"], e["code"]) for e in answer if e["outcome"] not in ACCEPTED]
        assert refused == []
        assert len(answer) == len(EVENTS)


def test_an_old_version_is_raised_and_its_bytes_stay(
    server: LocalServer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A made-up second version, whose events say what they are for."""
    stream = EventStream(session.user_id)
    old = stream.read("m1")
    del old["payload"]["purpose"]
    monkeypatch.setattr(arrivals, "EVENTS", {("read.recorded", 2): ReadRecorded})
    steps = {("read.recorded", 1): lambda payload: payload | {"purpose": "look"}}
    monkeypatch.setattr(arrivals, "upcast", partial(upcast, steps=steps))
    answer = session.push([old], inline_blobs=stream.blobs).json()["data"]["results"]
    assert answer[0]["outcome"] == "applied"
    with server.database.read() as connection:
        assert connection.scalar(select(tables.read.c.purpose)) == "look"
        body = json.loads(connection.scalar(select(tables.op_log.c.body)) or b"")
    assert body["payload"] == old["payload"]


def test_a_step_that_fails_refuses_that_event_alone(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(payload: dict[str, Any]) -> dict[str, Any]:
        return {"read_id": payload["nothing like it"]}

    monkeypatch.setattr(arrivals, "upcast", partial(upcast, steps={("read.recorded", 1): step}))
    stream = EventStream(session.user_id)
    ops = [stream.read("m1"), stream.event("no.such", {}, {"kind": "x", "id": "y"})]
    answer = session.push(ops).json()["data"]["results"]
    assert [each["code"] for each in answer] == ["payload_invalid", "type_unknown"]
