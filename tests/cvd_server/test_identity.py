"""Signing in and staying signed in: lost answers cost nothing, two hands on one secret end it."""

import httpx
import jwt
import pytest
from sqlalchemy import select

from cvd_server import tables
from cvd_shared.wire import API
from tests.support.server_answers import told
from tests.support.servers import LocalServer, Session, sha
from tests.support.small_operator import PASSWORD, SmallOperator


def sign_in(http: httpx.Client, user: str, password: str, secret: str = "s1") -> httpx.Response:
    return http.post(
        f"{API}/auth/token",
        json={"user": user, "password": password, "next_hash": sha(secret)},
    )


def rotate(http: httpx.Client, family: str, current: str, successor: str) -> httpx.Response:
    return http.post(
        f"{API}/auth/refresh",
        json={"family": family, "current": current, "next_hash": sha(successor)},
    )


GOOD = (200, None)


def test_signing_in_tells_who_i_am(server: LocalServer, small: SmallOperator) -> None:
    data = sign_in(server.http(), "  Driver07 ", PASSWORD).json()["data"]
    assert data["user_id"] == "u-driver07"
    assert (data["role"], data["operator_name"], data["expires_in"]) == (
        "driver", "Small Vending", 900,
    )  # fmt: skip


def test_the_answer_to_a_sign_in_may_be_lost(server: LocalServer, small: SmallOperator) -> None:
    http = server.http()
    first, again = (sign_in(http, "admin", PASSWORD).json()["data"] for _ in range(2))
    assert first["family"] == again["family"]


def test_a_rotation_whose_answer_was_lost_is_repeated_for_hours(
    server: LocalServer, small: SmallOperator
) -> None:
    http = server.http()
    family = sign_in(http, "admin", PASSWORD).json()["data"]["family"]
    assert told(rotate(http, family, "s1", "s2")) == GOOD
    server.clock.move(hours=30)
    assert told(rotate(http, family, "s1", "s2")) == GOOD
    assert told(rotate(http, family, "s2", "s3")) == GOOD
    # A copy of an old call after its successor was used: no token, but nobody is thrown out.
    assert told(rotate(http, family, "s1", "s2")) == (401, "refresh_refused")
    assert told(rotate(http, family, "s3", "s2")) == (422, "malformed")
    assert told(rotate(http, family, "s3", "s4")) == GOOD


def test_two_successors_of_one_secret_are_a_theft(
    server: LocalServer, small: SmallOperator, caplog: pytest.LogCaptureFixture
) -> None:
    session = server.session("driver07")
    assert told(rotate(session.http, session.family, session.secret, "mine")) == GOOD
    thief = rotate(server.http(), session.family, session.secret, "thief")
    assert told(thief) == (401, "session_ended")
    assert "used twice" in caplog.text
    caplog.clear()
    assert told(rotate(session.http, session.family, "mine", "next")) == (401, "session_ended")
    # The access tokens of the family are dead too, at once.
    assert told(session.pull()) == (401, "session_ended")
    other = server.session("driver07")
    assert told(other.pull()) == GOOD
    with server.database.read() as connection:
        why = connection.scalars(select(tables.audit_log.c.detail)).all()
    assert {"family": session.family, "why": "reused"} in why


def test_strange_secrets_change_nothing(server: LocalServer, small: SmallOperator) -> None:
    session = server.session("driver07")
    http = server.http()
    assert told(rotate(http, session.family, "guess", "x")) == (401, "refresh_refused")
    assert told(rotate(http, "no-family", session.secret, "x")) == (401, "refresh_refused")
    body = {"family": session.family, "current": "guess"}
    assert told(http.post(f"{API}/auth/logout", json=body)) == GOOD
    assert told(session.pull()) == GOOD


def test_signing_out_ends_the_session_once_and_for_all(
    server: LocalServer, small: SmallOperator
) -> None:
    session = server.session("driver07")
    body = {"family": session.family, "current": session.secret}
    for _ in range(2):
        assert told(server.http().post(f"{API}/auth/logout", json=body)) == GOOD
    assert told(session.pull()) == (401, "session_ended")
    assert told(rotate(session.http, session.family, session.secret, "x")) == (
        401, "session_ended",
    )  # fmt: skip


def test_a_session_that_nobody_used_for_long_ends(
    server: LocalServer, small: SmallOperator
) -> None:
    session = server.session("driver07")
    server.clock.move(days=91)
    assert told(rotate(session.http, session.family, session.secret, "x")) == (
        401, "session_ended",
    )  # fmt: skip


def test_access_tokens_expire_and_cannot_be_made(server: LocalServer, small: SmallOperator) -> None:
    session = server.session("driver07")
    server.clock.move(minutes=16)
    assert told(session.pull()) == (401, "token_expired")
    answer = rotate(session.http, session.family, session.secret, "x").json()["data"]
    session.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert told(session.pull()) == GOOD
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    for forged in (
        jwt.encode(claims, "k" * 40, algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims | {"aud": "other"}, server.services.secrets.present, algorithm="HS256"),
        "rubbish",
    ):
        session.http.headers["Authorization"] = f"Bearer {forged}"
        assert told(session.pull()) == (401, "token_invalid")
    session.http.headers["Authorization"] = "Basic abc"
    assert told(session.pull()) == (401, "token_missing")


@pytest.mark.parametrize("name", ["driver07", "nobody"])
def test_too_many_wrong_passwords_have_to_wait_whether_the_name_exists_or_not(
    server: LocalServer, small: SmallOperator, name: str
) -> None:
    http = server.http()
    for _ in range(5):
        assert told(sign_in(http, name, "wrong")) == (401, "sign_in_refused")
    waiting = sign_in(http, name.upper(), "wrong")
    assert told(waiting) == (429, "too_many_tries")
    assert waiting.headers["Retry-After"] == "16"
    assert told(sign_in(http, name, PASSWORD)) == (429, "too_many_tries")
    server.clock.move(seconds=16)
    assert told(sign_in(http, name, "wrong")) == (401, "sign_in_refused")
    assert sign_in(http, name, "wrong").headers["Retry-After"] == "31"
    server.clock.move(seconds=31)
    if name == "driver07":
        assert told(sign_in(http, name, PASSWORD)) == GOOD
        assert told(sign_in(http, name, "wrong")) == (401, "sign_in_refused"), "counted from 0"


def test_a_clock_set_back_locks_nobody_out(server: LocalServer, small: SmallOperator) -> None:
    http = server.http()
    for _ in range(5):
        sign_in(http, "admin", "wrong")
    server.clock.move(days=-400)
    assert told(sign_in(http, "admin", PASSWORD)) == GOOD


def test_a_blocked_user_and_a_revoked_device_do_nothing_more(
    server: LocalServer, small: SmallOperator
) -> None:
    session, other = server.session("driver07"), server.session("driver07")
    with server.database.write() as connection:
        device = tables.device
        connection.execute(
            device.update()
            .where(device.c.device_id == session.device_id)
            .values(status="revoked", policy="wipe_when_drained")
        )
    for answer in (session.pull(), session.push([]), session.hello()):
        assert told(answer) == (403, "device_revoked")
        assert answer.json()["error"]["details"] == {"policy": "wipe_when_drained"}
    assert told(other.pull()) == GOOD
    with server.database.write() as connection:
        user = tables.user_account
        connection.execute(user.update().where(user.c.id == "u-driver07").values(active=False))
    assert told(other.pull()) == (403, "user_blocked")
    assert told(sign_in(server.http(), "driver07", PASSWORD)) == (403, "user_blocked")


def test_hello_notes_what_the_device_still_has(server: LocalServer, small: SmallOperator) -> None:
    session = server.session("driver07")
    assert told(session.hello(unsent=41)) == GOOD
    with server.database.read() as connection:
        unsent, seen = connection.execute(
            select(tables.device.c.unsent, tables.device.c.last_seen_at)
        ).one()
    assert (unsent, seen) == (41, server.services.now())


def test_no_secret_is_stored(server: LocalServer, small: SmallOperator) -> None:
    session: Session = server.session("driver07")
    rotate(session.http, session.family, session.secret, "second-secret")
    with server.database.read() as connection:
        everything = repr(
            [connection.execute(select(table)).all() for table in tables.metadata.sorted_tables]
        )
    for secret in (PASSWORD, session.secret, "second-secret"):
        assert secret not in everything
