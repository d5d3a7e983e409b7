"""Events told by their difference from earlier ones: the same as in full, and nobody else's."""

from typing import Any

import pytest
from sqlalchemy import select

from cvd_server import tables
from cvd_server.alike_events import BASE_BYTES
from cvd_shared.alike import known_text, told
from cvd_shared.canonical import canonical_json
from tests.cvd_server.test_push import refused
from tests.support.field_events import EventStream, raw_report
from tests.support.refused_events import rescued
from tests.support.server_answers import outcomes
from tests.support.servers import LocalServer, Session

EARLIER, NOW = raw_report(sold=12), raw_report(sold=15)


def _alike(
    op: dict[str, Any], base: dict[str, Any], like: bytes = EARLIER, report: bytes = NOW
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the event without its payload, what is said of it)."""
    text = known_text(base["payload"], op["occurred_at"], op["entity"]["id"], op.get("blobs", []))
    said = {
        "seq": base["seq"],
        "payload": told(canonical_json(op["payload"]), text),
        "report": told(report, like),
    }
    return op | {"payload": {}}, {op["op_id"]: said}


def test_it_is_stored_as_it_was_recorded(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    first = stream.read("m1", EARLIER)
    session.push([first], inline_blobs=stream.blobs)
    second = stream.read("m1", NOW)
    op, alike = _alike(second, first)
    answer = session.push([op], alike=alike)
    assert outcomes(answer) == [("applied", None)]
    assert answer.json()["data"]["missing_blobs"] == []
    with server.database.read() as connection:
        log = {row.op_id: row.body for row in connection.execute(select(tables.op_log))}
        raw = connection.scalar(
            select(tables.blob.c.body).filter_by(sha256=second["payload"]["raw_sha256"])
        )
    assert raw == NOW
    rows = {row["i"]: row["d"] for row in session.pull().json()["data"]["rows"]}
    assert rows[second["entity"]["id"]]["number_of_paid_vends_since_init"] == 15
    assert canonical_json(second["payload"]) in log[second["op_id"]]


def test_it_is_answered_again_as_before(session: Session, stream: EventStream) -> None:
    first = stream.read("m1", EARLIER)
    session.push([first], inline_blobs=stream.blobs)
    op, alike = _alike(stream.read("m1", NOW), first)
    answers = [session.push([op], alike=alike).json()["data"]["results"] for _ in range(2)]
    assert answers[0] == answers[1]


def test_what_is_not_here_is_asked_for_in_full(session: Session, stream: EventStream) -> None:
    first = stream.read("m1", EARLIER)
    session.push([first], inline_blobs=stream.blobs)
    second = stream.read("m1", NOW)
    op, alike = _alike(second, first)
    said = alike[op["op_id"]]
    for wrong in (
        said | {"seq": 2},  # itself
        said | {"seq": 900},
        said | {"payload": said["report"]},
        said | {"report": said["payload"]},
    ):
        answer = session.push([op], alike={op["op_id"]: wrong})
        refused(answer, 409, "base_unknown")
    assert outcomes(session.push([second], inline_blobs=stream.blobs)) == [("applied", None)]


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",  # more than the body of a push may have
        b'{"a":"\\ud800"}',
        b'{"a":NaN}',
        b'{"a":"\xff"}',
    ],
    ids=["list", "deep", "deeper than a push", "surrogate", "no number", "no text"],
)
def test_a_payload_that_no_push_could_bring_is_asked_for_in_full(
    session: Session, stream: EventStream, payload: bytes
) -> None:
    first = stream.read("m1", EARLIER)
    session.push([first], inline_blobs=stream.blobs)
    op = stream.read("m1", NOW)
    text = known_text(first["payload"], op["occurred_at"], op["entity"]["id"], [])
    alike = {op["op_id"]: {"seq": 1, "payload": told(payload, text)}}
    refused(session.push([op | {"payload": {}}], alike=alike), 409, "base_unknown")


@pytest.mark.parametrize(
    "body", [b"\x00\xff", b"[1]", b'{"x":1}', b'{"payload":5}', b"[" * 100_000 + b"]" * 100_000]
)
def test_a_rescued_event_is_no_base(session: Session, stream: EventStream, body: bytes) -> None:
    """Its bytes were kept unread: they may be anything."""
    op = stream.read("m1", EARLIER)
    assert rescued(session, op, body).status_code == 200
    second = stream.read("m1", NOW)
    said = {"seq": 1, "payload": told(b"{}", b""), "report": told(NOW, b"")}
    answer = session.push([second | {"payload": {}}], alike={second["op_id"]: said})
    refused(answer, 409, "base_unknown")
    assert outcomes(session.push([second], inline_blobs=stream.blobs)) == [("applied", None)]


def test_a_very_large_event_is_no_base(session: Session, stream: EventStream) -> None:
    """A small push could name it two hundred times, and each time it is written out."""
    large = stream.event("alien.landed", {"a": "x" * BASE_BYTES}, {"kind": "ship", "id": "s"})
    session.push([large])
    op, alike = _alike(stream.read("m1", NOW), large)
    del alike[op["op_id"]]["report"]
    refused(session.push([op], alike=alike), 409, "base_unknown")


def test_nobody_reads_the_texts_of_others_by_it(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    first = stream.read("m1", EARLIER)
    session.push([first], inline_blobs=stream.blobs)
    other = server.session("driver08")
    theirs = EventStream(other.user_id)
    # The stream of another device, named as one's own.
    op, alike = _alike(theirs.read("m1", NOW), first)
    named = {"device_id": session.device_id, "incarnation_id": session.incarnation_id}
    refused(other.push([op], alike=alike, **named), 409, "base_unknown")
    # A report of another device, named by an event of one's own.
    claim = EventStream(other.user_id)
    base = claim.read("m1", EARLIER)
    other.push([base], inline_blobs={})
    op, alike = _alike(claim.read("m1", NOW), base)
    refused(other.push([op], alike=alike), 409, "base_unknown")


def test_a_report_may_come_as_its_text(session: Session, stream: EventStream) -> None:
    text = "DXS*é\r\n\x00"
    op = stream.read("m1", text.encode(), blobs=[])
    name = op["payload"]["raw_sha256"]
    damaged = stream.read("m1", b"another")
    lost = damaged["payload"]["raw_sha256"]
    answer = session.push([op, damaged], inline_texts={name: text, lost: "an other"})
    assert answer.json()["data"]["missing_blobs"] == [lost]
