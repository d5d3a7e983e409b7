"""Devices: proved by their key, shut by the office, and what stays open then."""

import gzip
import json

import httpx
import pytest
from sqlalchemy import select

from cvd_server import tables
from cvd_shared.wire import API
from tests.support.server_answers import rotate, told
from tests.support.servers import LocalServer, Session, sha
from tests.support.signed_devices import SignedDevice
from tests.support.small_operator import PASSWORD, SmallOperator

GOOD = (200, None)
pytestmark = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


@pytest.fixture
def keyed(server: LocalServer, small: SmallOperator) -> tuple[Session, SignedDevice]:
    """Signed in anew on a laptop with a key, bound by its first refresh."""
    session, device = server.session("driver07"), SignedDevice()
    session.device_id = ""
    with server.database.write() as connection:  # as if it had never registered without a key
        connection.execute(tables.refresh_family.update().values(device_id=None))
    device.register(session)
    assert told(device.refresh(session.http, session.family, session.secret, "s2")) == GOOD
    return session, device


def set_policy(admin: Session, device_id: str, policy: str, *, revoke: bool) -> httpx.Response:
    return admin.http.post(
        f"{API}/devices/{device_id}/policy",
        json={"policy": policy, "revoke": revoke, "reason": "stolen"},
    )


# --- keys ---------------------------------------------------------------------------------------


def test_a_copied_secret_is_of_no_use_on_another_laptop(
    keyed: tuple[Session, SignedDevice],
) -> None:
    session, device = keyed
    thief = SignedDevice(device_id=device.device_id)
    assert told(rotate(session, "s2", "s3")) == (401, "device_signature")
    assert told(thief.refresh(session.http, session.family, "s2", "s3")) == (
        401, "device_signature",
    )  # fmt: skip
    # The theft cost the owner nothing: his secret is still the living one.
    assert told(device.refresh(session.http, session.family, "s2", "s3")) == GOOD
    # Nor does a copied request help: it only repeats what was answered.
    assert told(device.refresh(session.http, session.family, "s2", "s3")) == GOOD


def test_a_signature_is_of_the_bytes_as_they_were_sent(
    keyed: tuple[Session, SignedDevice],
) -> None:
    session, device = keyed
    body = {"family": session.family, "current": "s2", "next_hash": sha("s3")}
    packed = gzip.compress(json.dumps(body).encode())
    kind = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for signed, answer in ((json.dumps(body).encode(), 401), (packed, 200)):
        headers = kind | device.headers(signed)
        told_ = session.http.post(f"{API}/auth/refresh", content=packed, headers=headers)
        assert told_.status_code == answer


def test_another_registered_laptop_cannot_refresh_either(
    server: LocalServer, keyed: tuple[Session, SignedDevice]
) -> None:
    session, _ = keyed
    other, device = server.session("driver08"), SignedDevice()
    device.register(other)
    assert told(device.refresh(session.http, session.family, "s2", "s3")) == (
        401, "device_signature",
    )  # fmt: skip


def test_a_laptop_without_a_key_keeps_working(driver: Session) -> None:
    assert told(rotate(driver, driver.secret, "s2")) == GOOD
    assert told(rotate(driver, "s2", "s3")) == GOOD
    assert told(driver.pull()) == GOOD


def test_a_signed_sign_in_binds_at_once_and_a_forgotten_device_may_sign_in(
    server: LocalServer, keyed: tuple[Session, SignedDevice]
) -> None:
    _, device = keyed
    http = server.http()
    data = device.sign_in(http, "driver07", PASSWORD, "a1").json()["data"]
    unsigned = {"family": data["family"], "current": "a1", "next_hash": sha("a2")}
    answer = http.post(f"{API}/auth/refresh", json=unsigned)
    assert told(answer) == (401, "device_signature")
    stranger = SignedDevice(device_id="forgotten")
    answer = stranger.sign_in(http, "driver07", PASSWORD, "b1")
    assert told(answer) == GOOD
    family = answer.json()["data"]["family"]
    assert told(stranger.refresh(http, family, "b1", "b2")) == GOOD, "nobody bound it"


@pytest.mark.parametrize("pubkey", ["x" * 64, "0" * 64, "ab", "A" * 64])
def test_a_key_that_is_none_is_refused(driver: Session, pubkey: str) -> None:
    body = {"name": "L", "platform": "t", "app_version": "1", "pubkey": pubkey}
    assert told(driver.http.post(f"{API}/devices", json=body)) == (422, "malformed")


# --- policies -----------------------------------------------------------------------------------


def test_the_office_sees_every_device(admin: Session, driver: Session) -> None:
    driver.hello(unsent=7)
    answer = admin.http.get(f"{API}/devices").json()["data"]["devices"]
    assert [device["device_id"] for device in answer] == [driver.device_id, admin.device_id]
    mine = answer[0]
    assert (mine["user_name"], mine["unsent"], mine["status"], mine["policy"]) == (
        "driver07", 7, "active", "normal",
    )  # fmt: skip
    assert "pubkey" not in mine


@pytest.mark.parametrize("policy", ["lock", "wipe_when_drained", "wipe_now"])
def test_a_policy_is_told_at_the_next_hello(admin: Session, driver: Session, policy: str) -> None:
    assert told(set_policy(admin, driver.device_id, policy, revoke=False)) == GOOD
    hello = driver.hello()
    assert (told(hello), hello.json()["data"]["policy"]) == (GOOD, policy)
    shut = policy != "wipe_when_drained"  # that one has to be drained first
    for answer in (driver.pull(), driver.push([])):
        assert told(answer) == ((403, "device_revoked") if shut else GOOD)
        if shut:
            assert answer.json()["error"]["details"] == {"policy": policy}
    assert told(set_policy(admin, driver.device_id, "normal", revoke=False)) == GOOD
    assert driver.hello().json()["data"]["policy"] == "normal"
    assert told(driver.pull()) == GOOD


def test_a_revoked_device_is_out_of_everything(
    server: LocalServer, admin: Session, keyed: tuple[Session, SignedDevice]
) -> None:
    session, device = keyed
    assert told(set_policy(admin, device.device_id, "wipe_now", revoke=True)) == GOOD
    revoked = (403, "device_revoked")
    for answer in (
        session.hello(),
        session.pull(),
        session.push([]),
        session.http.get(f"{API}/operator/keys"),
        session.http.post(f"{API}/devices", json={}),  # no way round by a second registration
        device.refresh(session.http, session.family, "s2", "s3"),
    ):
        assert told(answer) == revoked
        assert answer.json()["error"]["details"] == {"policy": "wipe_now"}
    # The person is welcome elsewhere, and the device again when it was found.
    assert told(server.session("driver07").pull()) == GOOD
    assert told(set_policy(admin, device.device_id, "normal", revoke=False)) == GOOD
    assert told(device.refresh(session.http, session.family, "s2", "s3")) == GOOD
    with server.database.read() as connection:
        table = tables.audit_log
        details = connection.scalars(
            select(table.c.detail).where(table.c.action == "device_policy")
        ).all()
    assert [(each["revoked"], each["policy"], each["reason"]) for each in details] == [
        (True, "wipe_now", "stolen"), (False, "normal", "stolen"),
    ]  # fmt: skip


def test_a_session_without_a_key_ends_with_its_device_too(admin: Session, driver: Session) -> None:
    set_policy(admin, driver.device_id, "lock", revoke=True)
    assert told(driver.http.get(f"{API}/operator/keys")) == (403, "device_revoked")
    assert told(rotate(driver, driver.secret, "s2")) == (403, "device_revoked")


@pytest.mark.parametrize("state", ["locked", "revoked", "user blocked", "signed out"])
def test_rescue_stays_open(
    server: LocalServer, admin: Session, keyed: tuple[Session, SignedDevice], state: str
) -> None:
    session, device = keyed
    if state in ("locked", "revoked"):
        set_policy(admin, device.device_id, "lock", revoke=state == "revoked")
    elif state == "user blocked":
        user = {"name": "driver07", "role": "driver", "active": False}
        assert told(admin.http.post(f"{API}/users/u-driver07", json=user)) == GOOD
    else:
        body = {"family": session.family, "current": "s2"}
        assert told(session.http.post(f"{API}/auth/logout", json=body)) == GOOD
    document = {
        "device_id": device.device_id,
        "incarnation_id": session.incarnation_id,
        "epoch": session.epoch,
        "seq": 1,
        "op_id": "00000000-0000-7000-8000-000000000001",
        "body": "e30=",
        "reason": "user_blocked",
    }
    signed = device.post(server.http(), "/sync/rescue", document)
    assert told(signed) == GOOD, signed.text
    assert signed.json()["data"]["result"]["outcome"] == "quarantined"
    by_token = session.http.post(f"{API}/sync/rescue", json=document)
    assert told(by_token) == GOOD, "the same once more"
    thief = SignedDevice(device_id=device.device_id)
    assert told(thief.post(server.http(), "/sync/rescue", document)) == (401, "device_signature")
