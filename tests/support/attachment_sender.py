"""Sends attachments to the server as bare requests, right or wrong: for tests of the server."""

from typing import Any

import httpx
from sqlalchemy import select

from cvd_server import tables
from cvd_server.attachment_store import chunk_prefix
from cvd_server.self_check import self_check
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import API
from cvd_shared.wire_attachments import CHUNK_BYTES, CHUNK_MEDIA_TYPE
from tests.support.field_events import EventStream
from tests.support.servers import LocalServer, Session

JPEG = b"\xff\xd8\xff\xe0"


def picture(size: int, seed: int = 1) -> bytes:
    """Bytes that begin like a picture; no two chunks of it are equal."""
    blocks = (f"{seed}/{at:012d}|".encode() * 4 for at in range(0, size + 64, 32))
    return (JPEG + b"".join(blocks))[:size]


def photo_taken(stream: EventStream, small: bytes, *others: str, machine: str = "m1") -> Any:
    """An event of a photo at a machine; `others` are names of more bytes, such as the original."""
    name = sha256_hex(small)
    photo_id = f"photo-{name[:40]}"
    payload = {
        "photo_id": photo_id, "visit_id": "v1", "machine_id": machine,
        "at": "2026-03-02T07:30:00.000Z", "subject": "before", "caption": "", "sha256": name,
        "mime": "image/jpeg", "size": len(small), "width": 640, "height": 480,
    }  # fmt: skip
    entity = {"kind": "photo", "id": photo_id}
    return stream.event("photo.taken", payload, entity, blobs=[name, *others])


def push_photo(session: Session, small: bytes, *others: str, machine: str = "m1") -> None:
    """The event alone: its bytes are missing."""
    op = photo_taken(EventStream(session.user_id), small, *others, machine=machine)
    session.incarnation_id = op["op_id"]
    answer = session.push([op]).raise_for_status().json()["data"]
    assert answer["results"][0]["outcome"] == "applied", answer


SIZE = 2 * CHUNK_BYTES + 1000
PHOTO = picture(SIZE)
NAME = sha256_hex(PHOTO)


class BareSender:
    """One file of one device."""

    def __init__(self, session: Session, data: bytes) -> None:
        self.session = session
        self.data = data
        self.sha256 = sha256_hex(data)
        self.upload_id = ""

    def offer(self, **changes: Any) -> httpx.Response:
        body = {
            "device_id": self.session.device_id,
            "sha256": self.sha256,
            "size": len(self.data),
            "mime": "image/jpeg",
        }
        answer = self.session.http.post(f"{API}/blobs", json=body | changes)
        if answer.status_code == 201:
            self.upload_id = answer.json()["data"]["upload_id"]
        return answer

    def patch(self, offset: int, data: bytes | None = None, **headers: str) -> httpx.Response:
        data = self.data[offset : offset + CHUNK_BYTES] if data is None else data
        told = {
            "Upload-Offset": str(offset),
            "X-Chunk-SHA256": sha256_hex(data),
            "Content-Type": CHUNK_MEDIA_TYPE,
        }
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.http.patch(
            f"{API}/blobs/uploads/{self.upload_id}", content=data, headers=told | names
        )

    def offset(self) -> int:
        answer = self.session.http.head(f"{API}/blobs/uploads/{self.upload_id}")
        return int(answer.raise_for_status().headers["Upload-Offset"])

    def send(self) -> str:
        """From where the server is to the end; the last state."""
        answer = self.offer().raise_for_status().json()["data"]
        for _ in range(2 * (len(self.data) // CHUNK_BYTES + 2)):
            if answer["state"] == "stored":
                break
            answer = self.patch(answer["offset"]).raise_for_status().json()["data"]
        return str(answer["state"])


def fetched(session: Session, sha256: str, **more: Any) -> httpx.Response:
    return session.http.get(f"{API}/blobs/{sha256}", **more)


def missing(session: Session) -> list[str]:
    answer = session.http.post(
        f"{API}/sync/blobs/missing", json={"device_id": session.device_id}
    ).raise_for_status()
    names: list[str] = answer.json()["data"]["missing"]
    return names


def code(answer: httpx.Response, status: int) -> str:
    """The code of an error that has to have this status."""
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"]["code"])


def assert_stored(server: LocalServer, session: Session, data: bytes) -> None:
    """Whole, under its name, nothing left over, nobody waits for it."""
    name = sha256_hex(data)
    assert fetched(session, name).raise_for_status().content == data
    assert missing(session) == []
    assert server.services.store.keys(chunk_prefix("op", name)) == []
    with server.database.read() as connection:
        assert connection.execute(select(tables.blob_upload)).all() == []
        assert connection.execute(select(tables.blob_expect)).all() == []
        assert self_check(connection, server.services.store).problems == []
