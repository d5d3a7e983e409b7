"""Every endpoint of the server with the answers that are documented for it, as data.

To add an endpoint: its line in `CASES`; where it takes an id, one case for each kind of id. The
walk (tests/cvd_server/test_permission_walk.py) asks each case as every role, with an id of one's
own, one of another operator, and one that nobody has.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from nacl.public import PrivateKey, PublicKey, SealedBox

from cvd_shared.digest import BUCKETS
from cvd_shared.permissions import Right
from cvd_shared.wire import API
from cvd_shared.wire_attachments import CHUNK_MEDIA_TYPE, HEADER_CHUNK_SHA256, HEADER_OFFSET
from cvd_shared.wire_repair import BUNDLE_MEDIA_TYPE
from tests.support.field_events import EventStream
from tests.support.servers import Session, sha
from tests.support.small_operator import PASSWORD

Told = tuple[int, str | None]
OK: Told = (200, None)
PUBLIC, ANYBODY_SIGNED_IN = "public", "public, asks for a token itself"
NOT_FOUND: Told = (404, "not_found")
DEVICE_UNKNOWN: Told = (403, "device_unknown")
SCOPE_UNKNOWN: Told = (404, "scope_unknown")
REFUSED: Told = (401, "sign_in_refused")


@dataclass(frozen=True)
class Ids:
    """What one operator has, or nobody: `device` is for the session, `other_device` for the
    office. `offered` is an attachment whose bytes are missing."""

    device: str
    other_device: str
    user: str
    user_name: str
    family: str
    route: str
    machine: str
    scope: str
    blob: str
    offered: str
    upload: str
    snapshot: str
    op: str
    database: str

    def texts(self) -> list[str]:
        return sorted(vars(self).values(), key=len, reverse=True)


Ask = Callable[[Session, Ids], httpx.Response]


@dataclass(frozen=True)
class Case:
    """`strange`: the one answer for ids of another operator and for unknown ones; None: the call
    takes no id."""

    endpoint: str
    what: str
    right: Right | str
    ask: Ask
    mine: frozenset[Told]
    strange: Told | None = None

    def __str__(self) -> str:
        return f"{self.endpoint} ({self.what})"


def case(
    endpoint: str, what: str, right: Right | str, ask: Ask, *mine: Told, strange: Told | None = None
) -> Case:
    return Case(endpoint, what, right, ask, frozenset(mine or (OK,)), strange)


def _get(path: Callable[[Ids], str]) -> Ask:
    return lambda session, ids: session.http.get(API + path(ids))


def _post(path: str, body: Callable[[Session, Ids], dict[str, Any]]) -> Ask:
    return lambda session, ids: session.http.post(
        API + path.format(ids=ids), json=body(session, ids)
    )


def _incarnation(session: Session) -> None:
    session.incarnation_id = str(uuid4())


def _hello(session: Session, ids: Ids) -> dict[str, Any]:
    return {
        "device_id": ids.device,
        "incarnation_id": str(uuid4()),
        "client": {"v": "0.1.0", "schema": 1},
    }


def _pull(session: Session, ids: Ids, **changes: Any) -> httpx.Response:
    _incarnation(session)
    return session.pull(**changes)


def _push_device(session: Session, ids: Ids) -> httpx.Response:
    _incarnation(session)
    return session.push([], device_id=ids.device)


def _push_machine(session: Session, ids: Ids) -> httpx.Response:
    _incarnation(session)
    stream = EventStream(session.user_id)
    return session.push([stream.read(ids.machine)], inline_blobs=stream.blobs)


def _push_op(session: Session, ids: Ids) -> httpx.Response:
    _incarnation(session)
    stream = EventStream(session.user_id)
    return session.push([stream.read("m1", op_id=ids.op)], inline_blobs=stream.blobs)


def _about_scope(session: Session, ids: Ids) -> dict[str, Any]:
    return {"device_id": session.device_id, "epoch": session.epoch, "scope": ids.scope, "head": 0}


_SUMS = {"counts": [0] * BUCKETS, "sums": ["0"] * BUCKETS}


def _rescue(session: Session, ids: Ids) -> dict[str, Any]:
    return {
        "device_id": ids.device, "incarnation_id": str(uuid4()), "epoch": session.epoch, "seq": 1,
        "op_id": str(uuid4()), "body": "e30=", "reason": "tried",
    }  # fmt: skip


def _bring_chunk(session: Session, ids: Ids) -> httpx.Response:
    headers = {"Content-Type": CHUNK_MEDIA_TYPE, HEADER_OFFSET: "0", HEADER_CHUNK_SHA256: sha("x")}
    return session.http.patch(f"{API}/blobs/uploads/{ids.upload}", content=b"x", headers=headers)


def _user(session: Session, ids: Ids) -> dict[str, Any]:
    return {"name": f"n-{uuid4()}", "role": "driver", "route_ids": []}


def sealed_key(session: Session) -> str:
    seal = session.http.get(f"{API}/operator/keys").raise_for_status().json()["data"]["seal"]
    return base64.b64encode(SealedBox(PublicKey(bytes.fromhex(seal))).encrypt(b"k" * 32)).decode()


def _open_escrow(session: Session, ids: Ids) -> dict[str, Any]:
    reply = bytes(PrivateKey(b"r" * 32).public_key).hex()
    return {
        "device_id": ids.device, "database_id": ids.database, "password": PASSWORD,
        "reply_key": reply,
    }  # fmt: skip


def _give_garbage(session: Session, ids: Ids) -> httpx.Response:
    headers = {"Content-Type": BUNDLE_MEDIA_TYPE}
    return session.http.post(f"{API}/sync/bundles", content=b"no bundle", headers=headers)


CASES = (
    # --- nobody has to be signed in
    case("auth_api.token", "user", PUBLIC, _post("/auth/token", lambda _, ids: {
        "user": ids.user_name, "password": "wrong", "next_hash": sha("x")}),
        REFUSED, strange=REFUSED),
    case("auth_api.refresh", "family", PUBLIC, _post("/auth/refresh", lambda _, ids: {
        "family": ids.family, "current": "guess", "next_hash": sha("x")}),
        (401, "refresh_refused"), strange=(401, "refresh_refused")),
    case("auth_api.logout", "family", PUBLIC, _post("/auth/logout", lambda _, ids: {
        "family": ids.family, "current": "guess"}), strange=OK),
    case("sync_api.ping", "", PUBLIC, _get(lambda _: "/sync/ping"), (204, None)),
    case("health_api.live", "", PUBLIC, lambda s, _: s.http.get("/health/live")),
    case("health_api.ready", "", PUBLIC, lambda s, _: s.http.get("/health/ready")),
    case("health_api.metrics", "", PUBLIC, lambda s, _: s.http.get("/metrics"), NOT_FOUND),
    case("openapi_api.document", "", PUBLIC, lambda s, _: s.http.get("/openapi/openapi.json")),
    case("sync_api.take_rescued", "device", ANYBODY_SIGNED_IN, _post("/sync/rescue", _rescue),
        strange=DEVICE_UNKNOWN),
    # --- everybody who is signed in
    case("keys_api.operator_keys", "", Right.ACCOUNT_OWN, _get(lambda _: "/operator/keys")),
    case("keys_api.keep_key", "device", Right.ACCOUNT_OWN, _post("/escrow", lambda s, ids: {
        "device_id": ids.device, "database_id": ids.database, "sealed_key": sealed_key(s)}),
        strange=DEVICE_UNKNOWN),
    case("keys_api.open_key", "device, database", Right.ACCOUNT_OWN,
        _post("/escrow/open", _open_escrow), strange=NOT_FOUND),
    case("users_api.own_password", "", Right.ACCOUNT_OWN, _post("/auth/password", lambda *_: {
        "password": "wrong", "new_password": "another horse 9"}), REFUSED),
    case("devices_api.register", "", Right.DEVICE_REGISTER, _post("/devices", lambda *_: {
        "name": "L", "platform": "t", "app_version": "1"})),
    case("sync_api.say_hello", "device", Right.SYNC_PULL, _post("/sync/hello", _hello),
        strange=DEVICE_UNKNOWN),
    case("sync_api.give_page", "device", Right.SYNC_PULL,
        lambda s, ids: _pull(s, ids, device_id=ids.device), strange=DEVICE_UNKNOWN),
    case("sync_api.give_page", "scope", Right.SYNC_PULL,
        lambda s, ids: _pull(s, ids, cursors={ids.scope: 0}), strange=OK),
    case("repair_api.compare_scope", "device", Right.SYNC_PULL, _post("/sync/digest",
        lambda s, ids: _about_scope(s, ids) | _SUMS | {
            "device_id": ids.device, "scope": "catalog"}), strange=DEVICE_UNKNOWN),
    case("repair_api.compare_scope", "scope", Right.SYNC_PULL, _post("/sync/digest",
        lambda s, ids: _about_scope(s, ids) | _SUMS), strange=SCOPE_UNKNOWN),
    case("repair_api.give_rows", "device", Right.SYNC_PULL, _post("/sync/rows",
        lambda s, ids: _about_scope(s, ids) | {
            "device_id": ids.device, "scope": "catalog", "wanted": []}), strange=DEVICE_UNKNOWN),
    case("repair_api.give_rows", "scope", Right.SYNC_PULL, _post("/sync/rows",
        lambda s, ids: _about_scope(s, ids) | {"wanted": [["machine", "m1"]]}),
        strange=SCOPE_UNKNOWN),
    case("repair_api.give_rows", "record", Right.SYNC_PULL, _post("/sync/rows",
        lambda s, ids: _about_scope(s, ids) | {
            "scope": "route:r1", "wanted": [["machine", ids.machine]]}), strange=OK),
    case("repair_api.give_snapshot", "snapshot", Right.SYNC_PULL,
        _get(lambda ids: f"/sync/snapshots/{ids.snapshot}"), strange=(404, "snapshot_unknown")),
    case("attachments_api.give_blob", "blob", Right.SYNC_PULL,
        _get(lambda ids: f"/blobs/{ids.blob}"), strange=NOT_FOUND),
    case("bundle_api.bring_bundle", "", Right.SYNC_PULL, _give_garbage, (422, "bundle_not_one")),
    # --- whoever records
    case("sync_api.take_push", "device", Right.SYNC_PUSH, _push_device, strange=DEVICE_UNKNOWN),
    case("sync_api.take_push", "machine", Right.SYNC_PUSH, _push_machine, strange=OK),
    case("sync_api.known_events", "device", Right.SYNC_PUSH, _post("/sync/ops/known",
        lambda _, ids: {"device_id": ids.device, "op_ids": []}), strange=DEVICE_UNKNOWN),
    case("sync_api.known_events", "op", Right.SYNC_PUSH, _post("/sync/ops/known",
        lambda s, ids: {"device_id": s.device_id, "op_ids": [ids.op]}), strange=OK),
    # after the question: from now on it is one's own
    case("sync_api.take_push", "op", Right.SYNC_PUSH, _push_op, strange=OK),
    case("attachments_api.offer_blob", "device", Right.SYNC_PUSH, _post("/blobs",
        lambda _, ids: {"device_id": ids.device, "sha256": ids.offered, "size": 9}),
        OK, (201, None), (409, "upload_busy"), strange=DEVICE_UNKNOWN),
    case("attachments_api.offer_blob", "blob", Right.SYNC_PUSH, _post("/blobs",
        lambda s, ids: {"device_id": s.device_id, "sha256": ids.offered, "size": 9}),
        OK, (201, None), (409, "upload_busy"), strange=(404, "blob_not_named")),
    case("attachments_api.look_at_upload", "upload", Right.SYNC_PUSH,
        lambda s, ids: s.http.head(f"{API}/blobs/uploads/{ids.upload}"),
        (204, None), strange=(404, None)),
    case("attachments_api.bring_chunk", "upload", Right.SYNC_PUSH, _bring_chunk,
        strange=(404, "upload_unknown")),
    case("attachments_api.list_missing", "device", Right.SYNC_PUSH, _post("/sync/blobs/missing",
        lambda _, ids: {"device_id": ids.device}), strange=DEVICE_UNKNOWN),
    # --- the office
    case("devices_api.devices", "", Right.DEVICE_MANAGE, _get(lambda _: "/devices")),
    case("devices_api.policy", "device", Right.DEVICE_MANAGE,
        _post("/devices/{ids.other_device}/policy", lambda *_: {
            "policy": "normal", "revoke": False, "reason": "tried"}), strange=NOT_FOUND),
    case("repair_api.load_anew", "device", Right.DEVICE_MANAGE,
        _post("/sync/devices/{ids.other_device}/load-anew", lambda *_: {}),
        strange=(404, "device_unknown")),
    case("fleet_api.removed", "", Right.FLEET_MANAGE, _get(lambda _: "/records/removed")),
    case("fleet_api.remove", "record", Right.FLEET_MANAGE,
        _post("/records/route/{ids.route}/remove", lambda *_: {"reason": "tried"}),
        (409, "in_use"), strange=NOT_FOUND),
    case("fleet_api.restore", "record", Right.FLEET_MANAGE,
        _post("/records/route/{ids.route}/restore", lambda *_: {}), strange=NOT_FOUND),
    case("users_api.users", "", Right.USER_MANAGE, _get(lambda _: "/users")),
    case("users_api.add_user", "route", Right.USER_MANAGE, _post("/users", lambda s, ids: _user(
        s, ids) | {"password": "another horse 9", "route_ids": [ids.route]}), strange=NOT_FOUND),
    case("users_api.change_user", "user", Right.USER_MANAGE, _post("/users/{ids.user}", _user),
        strange=NOT_FOUND),
    case("users_api.change_user", "route", Right.USER_MANAGE, _post("/users/u-driver08",
        lambda s, ids: _user(s, ids) | {"route_ids": [ids.route]}), strange=NOT_FOUND),
    case("users_api.reset_password", "user", Right.USER_MANAGE,
        _post("/users/{ids.user}/password", lambda *_: {"new_password": f"horse {uuid4()}"}),
        strange=NOT_FOUND),
    case("users_api.unlock_user", "user", Right.USER_MANAGE,
        _post("/users/{ids.user}/unlock", lambda *_: {}), strange=NOT_FOUND),
    case("users_api.audit", "", Right.AUDIT_SEE, _get(lambda _: "/audit")),
)  # fmt: skip


def told(answer: httpx.Response) -> Told:
    if not answer.content or "json" not in answer.headers.get("Content-Type", ""):
        return answer.status_code, None
    document: dict[str, Any] = json.loads(answer.content)
    error = document.get("error")
    return answer.status_code, error["code"] if error else None
