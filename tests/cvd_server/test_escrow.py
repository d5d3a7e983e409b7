"""The operator's keys, and the keys that he keeps: opened for the right person, seen by nobody."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import VerifyKey
from sqlalchemy import select

from cvd_server import operator_keys, tables
from cvd_server.server_secrets import Secrets
from cvd_shared.wire import API
from tests.support.server_answers import told
from tests.support.servers import LocalServer, Session
from tests.support.small_operator import PASSWORD, SmallOperator

GOOD = (200, None)
KEY = bytes(range(32))
on_sqlite = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


def keys_of(session: Session) -> dict[str, str]:
    answer = session.http.get(f"{API}/operator/keys").raise_for_status()
    keys: dict[str, str] = answer.json()["data"]
    return keys


def sealed(session: Session, key: bytes = KEY) -> str:
    public = PublicKey(bytes.fromhex(keys_of(session)["seal"]))
    return base64.b64encode(SealedBox(public).encrypt(key)).decode()


def store(session: Session, **changes: Any) -> httpx.Response:
    body = {"device_id": session.device_id, "database_id": "db1", "sealed_key": ""} | changes
    return session.http.post(f"{API}/escrow", json=body)


def open_it(session: Session, reply: PrivateKey, **changes: Any) -> httpx.Response:
    body = {
        "device_id": session.device_id,
        "database_id": "db1",
        "password": PASSWORD,
        "reply_key": bytes(reply.public_key).hex(),
    }
    return session.http.post(f"{API}/escrow/open", json=body | changes)


def test_an_operator_has_one_pair_of_each_however_many_ask_first(
    server: LocalServer, small: SmallOperator
) -> None:
    """On both databases."""
    sessions = [server.session("driver07") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        told_ = list(pool.map(keys_of, sessions))
    assert all(keys == told_[0] for keys in told_)
    other = keys_of(server.session("x-driver07"))
    assert not set(other.values()) & set(told_[0].values())
    to = server.services
    with server.database.read() as connection:
        signature = operator_keys.sign(to, connection, "op", b"receipt")
        VerifyKey(bytes.fromhex(told_[0]["sign"])).verify(b"receipt", signature)
        box = SealedBox(PublicKey(bytes.fromhex(told_[0]["seal"]))).encrypt(b"content")
        assert operator_keys.open_sealed(to, connection, "op", box) == b"content"
        with pytest.raises(LookupError):
            operator_keys.sign(to, connection, "nobody", b"")


@on_sqlite
def test_a_key_comes_back_for_the_password(server: LocalServer, small: SmallOperator) -> None:
    session, reply = server.session("driver07"), PrivateKey.generate()
    assert told(open_it(session, reply)) == (404, "not_found")
    assert told(store(session, sealed_key=sealed(session, b"o" * 32))) == GOOD
    assert told(store(session, sealed_key=sealed(session))) == GOOD, "the newer one counts"
    answer = open_it(session, reply)
    assert told(answer) == GOOD
    box = base64.b64decode(answer.json()["data"]["sealed_key"])
    assert SealedBox(reply).decrypt(box) == KEY
    with server.database.read() as connection:
        kept = repr([connection.execute(select(t)).all() for t in tables.metadata.sorted_tables])
        actions = connection.scalars(select(tables.audit_log.c.action)).all()
    assert actions.count("escrow_stored") == 2
    assert actions.count("escrow_opened") == 1
    for secret in (KEY.hex(), base64.b64encode(KEY).decode(), repr(KEY), answer.text[:200]):
        assert secret not in kept


@on_sqlite
def test_nobody_else_gets_it(server: LocalServer, small: SmallOperator) -> None:
    owner, reply = server.session("driver07"), PrivateKey.generate()
    store(owner, sealed_key=sealed(owner))
    for name in ("driver08", "admin", "x-driver07", "x-admin"):
        other = server.session(name)
        other.device_id = owner.device_id
        assert told(open_it(other, reply)) == (404, "not_found"), name
    assert told(open_it(owner, reply, device_id="another")) == (404, "not_found")
    assert told(open_it(owner, reply, reply_key="0" * 64)) == (422, "malformed")
    for _ in range(5):
        assert told(open_it(owner, reply, password="wrong")) == (401, "sign_in_refused")
    assert told(open_it(owner, reply)) == (429, "too_many_tries"), "as when signing in"


@on_sqlite
def test_what_could_not_be_opened_later_is_refused_now(
    server: LocalServer, small: SmallOperator
) -> None:
    session, stranger = server.session("driver07"), server.session("x-driver07")
    wrong = (422, "escrow_unreadable")
    for box in ("no base64!", "é", base64.b64encode(b"x" * 80).decode(), sealed(stranger)):
        assert told(store(session, sealed_key=box)) == wrong
    assert told(store(session, sealed_key=sealed(session, b"too short"))) == wrong
    assert told(store(session, sealed_key=sealed(session), device_id=stranger.device_id)) == (
        403, "device_unknown",
    )  # fmt: skip


@on_sqlite
def test_a_new_server_secret_takes_the_keys_along(
    server: LocalServer, small: SmallOperator, caplog: pytest.LogCaptureFixture
) -> None:
    session, to = server.session("driver07"), server.services
    before, box = keys_of(session), base64.b64decode(sealed(session))
    old = to.secrets.present
    to.secrets = Secrets("a new secret of forty signs, more or less", old)
    with server.database.read() as connection:  # before anything is boxed again
        assert operator_keys.open_sealed(to, connection, "op", box) == KEY
    with server.database.write() as connection:
        operator_keys.box_again(connection, to.secrets)
    to.secrets = Secrets(to.secrets.present)
    with server.database.read() as connection:
        assert operator_keys.open_sealed(to, connection, "op", box) == KEY
    assert keys_of(server.session("driver07")) == before
    with server.database.write() as connection:
        operator_keys.box_again(connection, Secrets("somebody lost the secrets of this server"))
    assert "CVD_SERVER_PREVIOUS_SECRET_KEY" in caplog.text
    caplog.clear()


@on_sqlite
def test_a_copy_of_the_database_opens_nothing(
    server: LocalServer, small: SmallOperator, tmp_path: Path
) -> None:
    session = server.session("driver07")
    keys = keys_of(session)
    with server.database.read() as connection:
        rows = connection.execute(select(tables.operator_key)).all()
    for row in rows:
        secret = bytes(row.secret)
        for start in range(len(secret) - 31):
            assert bytes(PrivateKey(secret[start : start + 32]).public_key).hex() != keys["seal"]
