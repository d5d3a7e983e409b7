"""What people with an account of their own try: the bytes of others, passwords of others."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import API
from cvd_shared.wire_attachments import CHUNK_BYTES
from tests.support.attachment_sender import (
    NAME,
    PHOTO,
    SIZE,
    BareSender,
    code,
    fetched,
    missing,
    photo_taken,
    push_photo,
)
from tests.support.field_events import EventStream, raw_report
from tests.support.servers import LocalServer, Session, local_server, sha, sqlite_url
from tests.support.signed_devices import SignedDevice
from tests.support.small_operator import seed_small_operator


@pytest.fixture
def server(migrated_file: Path, tmp_path: Path) -> Iterator[LocalServer]:
    shutil.copy(migrated_file, tmp_path)
    with local_server(sqlite_url(tmp_path)) as running:
        seed_small_operator(running.database, "x-")
        seed_small_operator(running.database)
        yield running


@pytest.fixture
def owner(server: LocalServer) -> Session:
    """Of route 2, whose photo of machine m3 is here."""
    session = server.session("driver08")
    push_photo(session, PHOTO, machine="m3")
    assert BareSender(session, PHOTO).send() == "stored"
    return session


def name_photo(session: Session, machine: str = "m1") -> None:
    """An event of a photo of one's own that names these bytes; the bytes do not come."""
    op = photo_taken(EventStream(session.user_id), PHOTO, machine=machine)
    photo_id = f"photo-of-{session.user_id}"
    op["payload"]["photo_id"] = op["entity"]["id"] = photo_id
    session.incarnation_id = op["op_id"]
    answer = session.push([op]).raise_for_status().json()["data"]
    assert answer["results"][0]["outcome"] == "applied", answer
    assert answer["missing_blobs"] == [NAME]


def reads_of(session: Session) -> list[dict[str, Any]]:
    rows = session.pull().raise_for_status().json()["data"]["rows"]
    return [row["d"] for row in rows if row["k"] == "read"]


def test_to_name_the_photo_of_another_route_opens_nothing(
    server: LocalServer, owner: Session
) -> None:
    thief, friend = server.session("driver07"), server.session("technician")
    name_photo(thief)
    assert missing(thief) == [NAME]
    for session in (thief, friend):
        assert code(fetched(session, NAME), 404) == "not_found"
    liar = BareSender(thief, bytes(SIZE))
    liar.sha256 = NAME
    assert liar.offer().status_code == 201
    for offset in range(0, SIZE, CHUNK_BYTES):
        last = liar.patch(offset)
    assert last.json()["data"] == {"state": "open", "offset": 0}
    assert fetched(thief, NAME).status_code == 404
    for session in (owner, server.session("manager")):
        assert fetched(session, NAME).content == PHOTO


def test_who_has_the_same_bytes_shows_them_and_may(server: LocalServer, owner: Session) -> None:
    honest, friend = server.session("driver07"), server.session("technician")
    name_photo(honest)
    assert BareSender(honest, PHOTO).send() == "stored"
    assert missing(honest) == []
    for session in (honest, friend, owner):
        assert fetched(session, NAME).content == PHOTO


def test_to_name_it_before_it_is_here_opens_nothing_either(server: LocalServer) -> None:
    owner, thief = server.session("driver08"), server.session("driver07")
    name_photo(thief)
    push_photo(owner, PHOTO, machine="m3")
    assert BareSender(owner, PHOTO).send() == "stored"
    assert fetched(owner, NAME).content == PHOTO
    assert (missing(owner), missing(thief)) == ([], [NAME])
    assert fetched(thief, NAME).status_code == 404


def test_a_refused_event_hides_nothing_from_its_owner(server: LocalServer, owner: Session) -> None:
    thief = server.session("driver07")
    op = photo_taken(EventStream(thief.user_id), PHOTO)  # the id of the photo that is there
    photo_id = f"photo-{NAME[:40]}"
    photos = [row["d"] for row in owner.pull().json()["data"]["rows"] if row["k"] == "photo"]
    assert [photo["id"] for photo in photos] == [photo_id]
    assert op["entity"]["id"] == photo_id
    answer = thief.push([op]).raise_for_status().json()["data"]
    assert answer["results"][0]["code"] == "photo_exists"
    assert fetched(owner, NAME).content == PHOTO
    assert fetched(thief, NAME).status_code == 404


def test_the_report_of_another_route_tells_its_figures_to_nobody(server: LocalServer) -> None:
    owner, thief = server.session("driver08"), server.session("driver07")
    raw = raw_report(sold=41)
    name = sha256_hex(raw)
    theirs = EventStream(owner.user_id)
    owner.push([theirs.read("m3", raw)], inline_blobs=theirs.blobs).raise_for_status()
    stream = EventStream(thief.user_id)
    answer = thief.push([stream.read("m1", raw)]).raise_for_status().json()["data"]
    assert answer["results"][0]["outcome"] == "applied"
    assert answer["missing_blobs"] == [name]
    assert [read["number_of_paid_vends_since_init"] for read in reads_of(thief)] == [None]
    assert fetched(thief, name).status_code == 404
    thief.push([], inline_blobs=stream.blobs).raise_for_status()  # he has the bytes after all
    assert [read["number_of_paid_vends_since_init"] for read in reads_of(thief)] == [41]
    assert fetched(thief, name).content == raw
    assert [read["number_of_paid_vends_since_init"] for read in reads_of(owner)] == [41]


def test_to_know_the_name_of_a_colleagues_laptop_opens_nothing(
    server: LocalServer, owner: Session
) -> None:
    """A bundle that somebody carries tells it."""
    thief = server.session("driver07")
    before = server.session("admin").http.get(f"{API}/devices").json()
    thief.device_id = owner.device_id
    sealed = {"database_id": "d", "sealed_key": "AAAA"}
    answers = [
        thief.hello(unsent=99),
        thief.push([]),
        thief.http.post(f"{API}/sync/ops/known", json={"device_id": owner.device_id, "op_ids": []}),
        thief.http.post(f"{API}/sync/blobs/missing", json={"device_id": owner.device_id}),
        BareSender(thief, PHOTO).offer(),
        thief.http.post(f"{API}/escrow", json={"device_id": owner.device_id, **sealed}),
    ]
    assert {code(answer, 403) for answer in answers} == {"device_unknown"}
    devices = before["data"]["devices"]
    after = server.session("admin").http.get(f"{API}/devices").json()["data"]["devices"]
    assert [each for each in after if each["device_id"] == owner.device_id] == [
        each for each in devices if each["device_id"] == owner.device_id
    ]
    assert owner.hello().status_code == 200


def test_a_stolen_laptop_cannot_try_a_password_on_everybody(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cvd_server.sign_in_tries.FREE_TRIES_OF_SOURCE", 3)
    device = SignedDevice()
    device.register(server.session("driver07"))
    names = ("driver08", "technician", "viewer", "manager")
    answers = [device.sign_in(server.http(), name, "Summer-2026", "s") for name in names]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


def test_a_name_is_one_name_however_a_keyboard_spells_it(server: LocalServer) -> None:
    admin = server.session("admin")
    body = {"name": "Jos\u00e9", "role": "driver", "password": "tall ship 99 north"}
    admin.http.post(f"{API}/users", json=body).raise_for_status()
    secret = {"password": body["password"], "next_hash": sha("s")}
    for name in ("jos\u00e9", "Jose\u0301", "ＪＯＳÉ "):
        answer = server.http().post(f"{API}/auth/token", json={"user": name, **secret})
        assert answer.status_code == 200, name


def test_an_event_sent_twice_keeps_its_bytes(server: LocalServer) -> None:
    """A cloned data folder brings the same event through a stream of its own."""
    owner = server.session("driver08")
    op = photo_taken(EventStream(owner.user_id), PHOTO, machine="m3")
    owner.push([op]).raise_for_status()
    assert BareSender(owner, PHOTO).send() == "stored"
    clone = server.session("driver08")
    answer = clone.push([op]).raise_for_status().json()["data"]
    assert answer["results"][0]["outcome"] == "duplicate"
    assert answer["missing_blobs"] == []
    assert fetched(owner, NAME).content == PHOTO
