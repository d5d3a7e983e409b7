"""Rescue: what no push can bring is kept, seen by people, and stands in nobody's way."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from nacl.signing import SigningKey
from sqlalchemy import select

from cvd_server import tables
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import API, HEADER_DEVICE, HEADER_DEVICE_SIGNATURE
from cvd_shared.wire_repair import RESCUE_BYTES
from tests.support.field_events import EventStream
from tests.support.refused_events import refusals, request_of, rescued
from tests.support.server_answers import assert_sound
from tests.support.servers import LocalServer, Session


def signed(server: LocalServer, key: SigningKey, document: dict[str, Any]) -> httpx.Response:
    """Sent by the device on its own: no token at all."""
    content = json.dumps(document).encode()
    signature = key.sign(bytes.fromhex(sha256_hex(content))).signature.hex()
    headers = {
        HEADER_DEVICE: document["device_id"],
        HEADER_DEVICE_SIGNATURE: signature,
        "Content-Type": "application/json",
    }
    return server.http().post(f"{API}/sync/rescue", content=content, headers=headers)


def result(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["data"]["result"]
    return found


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def with_key(session: Session) -> SigningKey:
    """The same laptop, registered once more with a key."""
    key = SigningKey.generate()
    answer = session.http.post(
        f"{API}/devices",
        json={
            "name": "Laptop",
            "platform": "test",
            "app_version": "0.1.0",
            "pubkey": key.verify_key.encode().hex(),
        },
    )
    session.device_id = answer.raise_for_status().json()["data"]["device_id"]
    return key


def test_the_stream_goes_on_behind_a_rescued_event(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    bad, good = stream.read("m1"), stream.read("m1")
    answer = result(rescued(session, bad))
    assert (answer["outcome"], answer["code"], answer["seq"]) == ("quarantined", "rescued", 1)
    assert result(rescued(session, bad)) == answer, "asked again: the same answer"
    pushed = session.push([good], inline_blobs=stream.blobs)
    assert pushed.json()["data"]["results"][0]["outcome"] == "applied"
    for person in (session, server.session("manager")):
        record = refusals(person)[bad["op_id"]]
        assert (record["type"], record["code"]) == ("read.recorded", "rescued")
        assert (record["actor_id"], record["actor_name"]) == (session.user_id, "Driver07")
        assert (record["machine_id"], record["state"]) == ("m1", "open")
    assert refusals(server.session("driver08")) == {}
    assert_sound(server)


def test_bytes_that_say_nothing_are_kept_as_they_are(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    bodies = [b"\x00\xff no JSON", b"[" * 200_000, b'{"type":7,"v":"x","payload":[]}', b""]
    for body in bodies:
        result(rescued(session, stream.read("m1"), body))
    with server.database.read() as connection:
        rows = connection.execute(select(tables.op_log).order_by(tables.op_log.c.seq)).all()
    assert [row.body for row in rows] == bodies
    assert {row.type for row in rows} == {"unreadable"}
    assert len(refusals(session)) == len(bodies)
    assert_sound(server)


def test_a_stream_is_never_bent(server: LocalServer, session: Session, stream: EventStream) -> None:
    first, second, third = (stream.read("m1") for _ in range(3))
    result(rescued(session, first))
    assert refused(rescued(session, third)) == (409, "seq_gap")
    assert refused(rescued(session, second | {"prev": str(uuid4())})) == (409, "stream_fork")
    assert refused(rescued(session, first | {"op_id": str(uuid4())})) == (409, "stream_fork")
    session.epoch = str(uuid4())
    assert refused(rescued(session, second)) == (409, "epoch_changed")
    assert_sound(server)


def test_an_event_that_came_before_keeps_its_outcome(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    session.push([op], inline_blobs=stream.blobs)
    session.incarnation_id = str(uuid4())
    assert result(rescued(session, op))["outcome"] == "duplicate"
    assert refusals(session) == {}
    assert_sound(server)


def test_a_revoked_device_a_blocked_person_and_a_dead_session_can_still_rescue(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    key = with_key(session)
    with server.database.write() as connection:
        connection.execute(tables.device.update().values(status="revoked"))
    result(rescued(session, stream.read("m1")))
    with server.database.write() as connection:
        user = tables.user_account
        connection.execute(user.update().where(user.c.id == session.user_id).values(active=False))
    result(rescued(session, stream.read("m1")))
    result(signed(server, key, request_of(session, stream.read("m1"))))
    assert len(refusals(server.session("manager"))) == 3
    assert_sound(server)


def test_a_stolen_laptop_does_not_fill_the_disk(
    server: LocalServer, session: Session, stream: EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = with_key(session)
    monkeypatch.setattr("cvd_server.rescue.SHUT_EVENTS", 2)
    for _ in range(3):  # as long as it is welcome there is no such limit
        result(signed(server, key, request_of(session, stream.read("m1"))))
    with server.database.write() as connection:
        connection.execute(tables.device.update().values(status="revoked"))
    event = request_of(session, stream.read("m1"))
    assert refused(signed(server, key, event)) == (429, "quota")
    monkeypatch.setattr("cvd_server.rescue.SHUT_EVENTS", 4)
    monkeypatch.setattr("cvd_server.rescue.SHUT_BYTES", 100)
    assert refused(signed(server, key, event)) == (429, "quota")
    server.clock.move(hours=25)
    assert refused(signed(server, key, event)) == (429, "quota"), "too large for any day"
    monkeypatch.setattr("cvd_server.rescue.SHUT_BYTES", 5000)
    result(signed(server, key, event))
    assert_sound(server)


def test_who_proves_nothing_rescues_nothing(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    key = with_key(session)
    document = request_of(session, stream.read("m1"))
    assert refused(signed(server, SigningKey.generate(), document)) == (401, "device_signature")
    assert refused(server.http().post(f"{API}/sync/rescue", json=document)) == (
        401,
        "token_missing",
    )
    stranger = server.session("x-driver07")
    assert refused(stranger.http.post(f"{API}/sync/rescue", json=document)) == (
        403,
        "device_unknown",
    )
    other = server.session("driver08")
    assert refused(other.http.post(f"{API}/sync/rescue", json=document)) == (403, "device_unknown")
    assert refused(signed(server, key, document | {"device_id": other.device_id})) == (
        401,
        "device_signature",
    )
    with server.database.read() as connection:
        assert connection.execute(select(tables.op_log)).all() == []


def test_what_is_no_rescue_is_refused(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    op = stream.read("m1")
    document = request_of(session, op) | {"body": "***"}
    assert refused(session.http.post(f"{API}/sync/rescue", json=document)) == (422, "malformed")
    much = rescued(session, op, b"x" * (RESCUE_BYTES + 1))
    assert refused(much)[0] in (413, 422)
    assert result(rescued(session, op, b"x" * RESCUE_BYTES))["outcome"] == "quarantined"
    assert_sound(server)


def test_the_rest_of_a_rescued_group_is_set_aside(
    server: LocalServer, session: Session, stream: EventStream
) -> None:
    first, rest = (stream.read("m1", grp="stop-1") for _ in range(2))
    after = stream.read("m1", grp="stop-2")
    result(rescued(session, first))
    answer = session.push([rest, after], inline_blobs=stream.blobs).json()["data"]["results"]
    assert [(each["outcome"], each["code"]) for each in answer] == [
        ("quarantined", "group_split"),
        ("applied", None),
    ]
    assert_sound(server)
