"""Rescue as a bare request, and the refusals that a person is shown: for tests of the server."""

import base64
from typing import Any

import httpx

from cvd_shared.canonical import canonical_json
from cvd_shared.wire import API
from tests.support.servers import Session


def request_of(session: Session, op: dict[str, Any], body: bytes | None = None) -> dict[str, Any]:
    left_out = ("seq", "prev")
    event = {name: value for name, value in op.items() if name not in left_out}
    document = {
        "device_id": session.device_id,
        "incarnation_id": session.incarnation_id,
        "epoch": session.epoch,
        "seq": op["seq"],
        "op_id": op["op_id"],
        "prev": op["prev"],
        "body": base64.b64encode(canonical_json(event) if body is None else body).decode(),
        "reason": "malformed",
    }
    return {name: value for name, value in document.items() if value is not None}


def rescued(session: Session, op: dict[str, Any], body: bytes | None = None) -> httpx.Response:
    return session.http.post(f"{API}/sync/rescue", json=request_of(session, op, body))


def refusals(session: Session) -> dict[str, dict[str, Any]]:
    rows = session.pull().json()["data"]["rows"]
    return {row["i"]: row["d"] for row in rows if row["k"] == "refusal" and row["op"] == "put"}
