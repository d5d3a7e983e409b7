"""Every endpoint x every role x ids of one's own, of another operator, and of nobody.

Deny by default; what another operator has looks exactly like what nobody has.
"""

import re
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from cvd_server import tables
from cvd_server.access import PUBLIC as DECLARED_PUBLIC
from cvd_server.snapshots import make_snapshots
from cvd_shared.permissions import Right, Role, may
from cvd_shared.wire import API
from tests.support.endpoint_cases import (
    ANYBODY_SIGNED_IN,
    CASES,
    PUBLIC,
    Case,
    Ids,
    sealed_key,
    told,
)
from tests.support.field_events import EventStream, raw_report
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import SmallOperator

pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)

USER_OF = {
    Role.ADMIN: "admin", Role.MANAGER: "manager", Role.DRIVER: "driver07",
    Role.TECHNICIAN: "technician", Role.VIEWER: "viewer",
}  # fmt: skip
NOT_ALLOWED = (403, "not_allowed")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_THEIRS = re.compile(  # names and ids of tests/support/small_operator.py with the prefix
    r"\bx-(op\b|Small|u-|A-|(m|r|p|l|s|pl|run)[0-9]|driver|admin|manager|technician|viewer)"
)
_HASH = re.compile(r"[0-9a-f]{64}")


def possessions(server: LocalServer, prefix: str, number: int) -> Ids:
    """Of an operator: a read with its report, one whose report is missing, an upload, a device."""
    session = server.session(f"{prefix}driver07")
    other = server.session(f"{prefix}driver08")
    stream = EventStream(session.user_id)
    here = stream.read(f"{prefix}m1", raw_report(sold=number))
    inline = dict(stream.blobs)
    missing = stream.read(f"{prefix}m1", raw_report(sold=number + 1))
    answer = session.push([here, missing], inline_blobs=inline).raise_for_status()
    assert {r["outcome"] for r in answer.json()["data"]["results"]} == {"applied"}
    offered = missing["payload"]["raw_sha256"]
    body = {
        "device_id": session.device_id,
        "sha256": offered,
        "size": missing["payload"]["size"],
    }
    upload = session.http.post(f"{API}/blobs", json=body).raise_for_status()
    escrow = {"device_id": session.device_id, "database_id": f"{prefix}db"}
    kept = session.http.post(f"{API}/escrow", json=escrow | {"sealed_key": sealed_key(session)})
    kept.raise_for_status()
    make_snapshots(server.database, server.services.store, server.services.now(), least_rows=1)
    table, scope = tables.snapshot, f"route:{prefix}r1"
    with server.database.read() as connection:
        snapshot = connection.scalars(
            select(table.c.sha256)
            .where(table.c.operator_id == f"{prefix}op", table.c.scope == scope)
            .order_by(table.c.head.desc())
        ).first()
    assert snapshot is not None
    return Ids(
        device=session.device_id,
        other_device=other.device_id,
        user=f"{prefix}u-driver08",
        user_name=f"{prefix}driver08",
        family=session.family,
        route=f"{prefix}r2",
        machine=f"{prefix}m1",
        scope=scope,
        blob=here["payload"]["raw_sha256"],
        offered=offered,
        upload=upload.json()["data"]["upload_id"],
        snapshot=snapshot,
        op=here["op_id"],
        database=f"{prefix}db",
    )


@pytest.fixture
def mine(server: LocalServer, small: SmallOperator) -> Ids:
    return possessions(server, "", 7)


@pytest.fixture
def foreign(server: LocalServer, small: SmallOperator) -> Ids:
    return possessions(server, "x-", 70)


def nobodys() -> Ids:
    """Of the same shapes, and never the same twice."""
    some = [str(uuid4()) for _ in range(6)]
    return Ids(
        device=some[0], other_device=some[1], user="n-u-driver08", user_name="n-driver08",
        family=some[2], route="n-r2", machine="n-m1", scope="route:n-r1", blob="a" * 64,
        offered="b" * 64, upload=some[3], snapshot="c" * 64, op=some[4], database="n-db",
    )  # fmt: skip


def test_no_endpoint_is_forgotten(server: LocalServer) -> None:
    """Whoever adds an endpoint says here what it answers to whom."""
    declared = {
        endpoint: getattr(view, "right", None)
        for endpoint, view in server.app.view_functions.items()
    }
    listed = {case.endpoint: case.right for case in CASES}
    assert set(declared) == set(listed), "tests/support/endpoint_cases.py"
    for endpoint, right in declared.items():
        wanted = listed[endpoint]
        assert right == (DECLARED_PUBLIC if wanted in (PUBLIC, ANYBODY_SIGNED_IN) else wanted)


def test_every_id_in_an_address_has_a_case(server: LocalServer) -> None:
    for rule in server.app.url_map.iter_rules():
        if rule.arguments:
            cases = [case for case in CASES if case.endpoint == rule.endpoint]
            assert any(case.strange is not None for case in cases), rule.rule


def test_without_a_token_nothing_is_answered(server: LocalServer, mine: Ids) -> None:
    stranger = Session(server.http(), "u-driver07", "", "", server.services.epoch, mine.device)
    for case in CASES:
        if case.endpoint == "keys_api.keep_key":  # its body needs an answer of the server
            answer = stranger.http.post(f"{API}/escrow", json={})
        else:
            answer = case.ask(stranger, mine)
        if case.right == PUBLIC:
            assert told(answer) in case.mine, str(case)
        else:
            assert answer.status_code == 401, str(case)
            assert answer.request.method == "HEAD" or told(answer) == (401, "token_missing")


@pytest.mark.parametrize("role", Role)
def test_every_role_gets_what_the_matrix_says_and_nothing_of_others(
    server: LocalServer, mine: Ids, foreign: Ids, role: Role
) -> None:
    session = server.session(USER_OF[role])
    own = Ids(**vars(mine) | {"device": session.device_id})
    assert not set(own.texts()) & set(foreign.texts())
    for case in CASES:
        allowed = not isinstance(case.right, Right) or may(role, case.right)
        for ids in (own, foreign, nobodys()):
            if not allowed:
                answer = _asked(case, session, ids)
                expected = (403, None) if answer.request.method == "HEAD" else NOT_ALLOWED
                assert told(answer) == expected, f"{role} at {case}"
        if not allowed:
            continue
        answer = _asked(case, session, own)
        assert told(answer) in case.mine, f"{role} at {case}: {answer.text[:500]}"
        _assert_nothing_of(foreign, answer, f"{role} at {case}")
        if case.strange is None:
            continue
        nobody = nobodys()
        theirs, nobodys_ = _asked(case, session, foreign), _asked(case, session, nobody)
        assert told(nobodys_) == case.strange, f"{role} at {case}: {nobodys_.text[:500]}"
        assert _plain(theirs, foreign) == _plain(nobodys_, nobody), f"{role} at {case}"


def _asked(case: Case, session: Session, ids: Ids) -> httpx.Response:
    return case.ask(session, ids)


def _plain(answer: httpx.Response, ids: Ids) -> tuple[int, str, list[tuple[str, str]]]:
    """An answer without the ids that were asked for, and without new ones."""
    text = answer.text
    for name, value in vars(ids).items():
        text = text.replace(value, f"<{name}>")
    text = _HASH.sub("<hash>", _UUID.sub("<id>", text))
    told_headers = [
        (name, value)
        for name, value in sorted(answer.headers.items())
        if name.lower() not in ("content-length", "x-request-id", "date", "etag")
    ]
    return answer.status_code, text, told_headers


def _assert_nothing_of(foreign: Ids, answer: httpx.Response, where: str) -> None:
    """Nor of its names: every id of the other operator begins with x-."""
    text = answer.text
    for value in foreign.texts():
        assert value not in text, f"{where} tells {value}"
    assert not _THEIRS.search(text), where


def test_an_answer_that_tells_of_others_would_be_noticed(foreign: Ids) -> None:
    answer = httpx.Response(200, json={"id": "x-m4"})
    with pytest.raises(AssertionError):
        _assert_nothing_of(foreign, answer, "here")
    told_, unknown = httpx.Response(404, json={}), httpx.Response(403, json={})
    assert _plain(told_, foreign) != _plain(unknown, nobodys())
