"""Devices with a key of their own, as bare requests: what the laptop's DeviceKey does."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from nacl.signing import SigningKey

from cvd_shared.wire import API, HEADER_DEVICE, HEADER_DEVICE_SIGNATURE
from tests.support.servers import Session, sha


@dataclass
class SignedDevice:
    """A key and, once registered, the id of its device."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    device_id: str = ""

    @property
    def public(self) -> str:
        return bytes(self.key.verify_key).hex()

    def register(self, session: Session) -> httpx.Response:
        """Registered by this person; the session goes on with this device."""
        answer = session.http.post(
            f"{API}/devices",
            json={
                "name": "Laptop", "platform": "test", "app_version": "0.1.0",
                "pubkey": self.public,
            },
        )  # fmt: skip
        self.device_id = answer.raise_for_status().json()["data"]["device_id"]
        session.device_id = self.device_id
        return answer

    def headers(self, body: bytes) -> dict[str, str]:
        signature = self.key.sign(hashlib.sha256(body).digest()).signature.hex()
        return {HEADER_DEVICE: self.device_id, HEADER_DEVICE_SIGNATURE: signature}

    def post(self, http: httpx.Client, path: str, document: dict[str, Any]) -> httpx.Response:
        body = json.dumps(document).encode()
        headers = {"Content-Type": "application/json"} | self.headers(body)
        return http.post(f"{API}{path}", content=body, headers=headers)

    def refresh(
        self, http: httpx.Client, family: str, current: str, successor: str
    ) -> httpx.Response:
        document = {"family": family, "current": current, "next_hash": sha(successor)}
        return self.post(http, "/auth/refresh", document)

    def sign_in(self, http: httpx.Client, user: str, password: str, secret: str) -> httpx.Response:
        document = {"user": user, "password": password, "next_hash": sha(secret)}
        return self.post(http, "/auth/token", document)
