"""Files of a laptop on bad lines: every one arrives once, whole, and never in the way of events."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.attachments import (
    AttachmentState,
    attachment_states,
    attachments_waiting,
    fetch_through,
    kept_attachment,
    send_attachments_again,
)
from cvd_desktop.services.held_back_files import files_to_ask_about, note_asked
from cvd_desktop.services.sync_now import sync_through
from cvd_desktop.storage import sync_meta_store as meta
from cvd_server.attachment_store import StoreFull, attachment_key
from cvd_server.blob_uploads import forget_lost
from cvd_shared.canonical import sha256_hex
from cvd_shared.wire import API
from cvd_shared.wire_attachments import CHUNK_BYTES
from tests.support.attachment_laptop import (
    on_server,
    original_file,
    server_problems,
    states,
    take_photo,
)
from tests.support.attachment_sender import picture
from tests.support.faulty_transport import refusing
from tests.support.sync_world import OPERATOR, Laptop, World, sync_world

ORIGINAL = picture(2 * CHUNK_BYTES + 777, seed=42)
MISSING = f"{API}/sync/blobs/missing"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sync_world(tmp_path) as opened:
        yield opened


def blob_calls(laptop: Laptop) -> list[str]:
    return [path.removeprefix(API) for path in laptop.line.seen if "/blobs" in path]


def assert_all_there(world: World, laptop: Laptop, *names: str) -> None:
    assert set(states(laptop).values()) == {"stored"}
    for name in names:
        data = on_server(world, name)
        assert data is not None
        assert sha256_hex(data) == name
    assert server_problems(world) == []
    assert attachments_waiting(laptop.wp).waiting == ()


def test_the_original_follows_its_event(world: World) -> None:
    name = take_photo(world.laptop, ORIGINAL)
    assert states(world.laptop) == {}
    report = world.laptop.sync()
    assert (report.pushed, report.attachments_sent, report.attachments_waiting) == (1, 1, 0)
    assert on_server(world, name) == ORIGINAL
    assert_all_there(world, world.laptop, name)
    assert attachment_states(world.laptop.wp, [name]) == {name: AttachmentState.ON_THE_SERVER}
    world.laptop.line.seen.clear()
    assert world.laptop.sync().attachments_sent == 0
    assert blob_calls(world.laptop) == []


def test_what_came_with_its_event_is_not_offered(world: World) -> None:
    world.laptop.record()
    world.laptop.sync()
    assert blob_calls(world.laptop) == ["/sync/blobs/missing"]
    assert_all_there(world, world.laptop)


def test_pictures_that_no_push_carries(world: World) -> None:
    name = take_photo(world.laptop, ORIGINAL, inline=False)
    assert world.laptop.sync().attachments_sent == 2
    assert_all_there(world, world.laptop, name)


def test_reports_first_then_pictures_then_files_newest_first(world: World) -> None:
    laptop = world.laptop
    old = take_photo(laptop, picture(10, seed=1), inline=False)
    laptop.clock.forward(hours=1)
    new = take_photo(laptop, picture(10, seed=2), inline=False)
    raw = b"DXS" + picture(270_000, seed=3)
    laptop.record(raw=raw)
    report = laptop.sync(["none"] * 3)
    assert report.attachments_sent == 5
    with world.server.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT sha256, size FROM blob WHERE body IS NULL ORDER BY rowid"
        ).all()
    assert rows[0].sha256 == sha256_hex(raw)
    assert [row.size for row in rows[1:3]] == [300_000, 300_000]
    assert [row.sha256 for row in rows[3:]] == [new, old]
    assert_all_there(world, laptop, old, new)


FAULTS = [
    "lose_request",
    "lose_answer",
    "double",
    "cut",
    "page_200",
    "wrong_echo",
    "busy",
    "broken",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_every_request(tmp_path: Path, fault: str) -> None:
    """One request after the other meets the fault; what was told is never less than what is."""
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        name = take_photo(laptop, ORIGINAL)
        laptop.sync([*["none"] * 3, "lose_request"])  # hello, push, pull; then nothing yet
        assert on_server(world, name) is None
        for at in range(6):
            laptop.clock.forward(minutes=10)
            world.server.clock.move(minutes=10)
            report = laptop.sync([*["none"] * (2 + min(at, 4)), fault])
            assert report.waiting == 0
            if name in states(laptop) and states(laptop)[name] == "stored":
                assert on_server(world, name) == ORIGINAL
        laptop.clock.forward(minutes=10)
        laptop.sync()
        assert_all_there(world, laptop, name)


def test_late_and_doubled_chunks(world: World) -> None:
    name = take_photo(world.laptop, ORIGINAL)
    # hello, push, pull, missing, offer, then the first chunk arrives when everything is over
    world.laptop.sync([*["none"] * 5, "hold_back"])
    assert world.laptop.line.late
    world.laptop.clock.forward(minutes=10)
    world.laptop.sync()
    world.laptop.line.deliver_late()
    assert_all_there(world, world.laptop, name)


@pytest.mark.parametrize("chunks", [0, 1, 2])
def test_goes_on_where_it_was_stopped(world: World, chunks: int) -> None:
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)
    calls = 0

    def stop() -> bool:
        return sum("uploads" in path for path in laptop.line.seen) >= chunks and any(
            path.endswith("/blobs") for path in laptop.line.seen
        )

    assert laptop.sync(should_stop=stop).attachments_waiting == 1
    sent = sum("uploads" in path for path in laptop.line.seen)
    assert sent == chunks
    laptop.close()
    laptop.open()
    laptop.sync()
    calls = sum("uploads" in path for path in laptop.line.seen)
    assert calls == 3  # no chunk twice
    assert_all_there(world, laptop, name)


def test_something_new_is_sent_first(world: World) -> None:
    """A record that is made while a file is on its way does not wait for the file."""
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)

    def record_meanwhile(line: object, request: object) -> object:
        laptop.record()
        return laptop.line.pass_on(request)  # type: ignore[arg-type]

    report = laptop.sync([*["none"] * 5, record_meanwhile])  # type: ignore[list-item]
    assert (report.attachments_sent, report.attachments_waiting) == (0, 1)
    assert sum("uploads" in path for path in laptop.line.seen) == 1
    again = laptop.sync()
    assert (again.pushed, again.attachments_sent) == (1, 1)
    assert_all_there(world, laptop, name)


def test_a_run_has_an_end(world: World) -> None:
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)
    with laptop.api() as api:
        report = sync_through(
            laptop.wp, api, lambda: False, laptop.random.random, attachment_seconds=0.0
        )
    assert (report.problem, report.attachments_waiting) == (None, 1)
    laptop.sync()
    assert_all_there(world, laptop, name)


def test_on_a_metered_line_files_wait(world: World) -> None:
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)
    raw = b"DXS" + picture(270_000, seed=3)
    laptop.record(raw=raw)
    with laptop.api() as api:
        sync_through(laptop.wp, api, lambda: False, laptop.random.random, metered=True)
    assert on_server(world, name) is None
    assert on_server(world, sha256_hex(raw)) == raw
    assert [each.sha256 for each in attachments_waiting(laptop.wp).waiting] == [name]
    laptop.sync()
    assert_all_there(world, laptop, name)


def test_after_a_day_on_a_metered_line_a_person_is_asked_once(world: World) -> None:
    laptop = world.laptop
    take_photo(laptop, ORIGINAL)
    with laptop.api() as api:
        sync_through(laptop.wp, api, lambda: False, laptop.random.random, metered=True)
    assert files_to_ask_about(laptop.wp) is None, "not yet a day"
    laptop.clock.forward(hours=25)
    held = files_to_ask_about(laptop.wp)
    assert held is not None
    assert (held.count, held.size, held.photos_only) == (1, len(ORIGINAL), True)
    note_asked(laptop.wp)
    assert files_to_ask_about(laptop.wp) is None
    laptop.clock.forward(hours=25)
    assert files_to_ask_about(laptop.wp) is not None, "not today: the next day"


def test_its_own_back_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without room for files takes events all the same, and is not asked in vain."""
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)
    full = refusing(507, "storage_full")
    report = laptop.sync([*["none"] * 4, full])
    assert (report.problem, report.waiting, report.attachments_waiting) == (None, 0, 1)
    assert laptop.meta(meta.ATTACHMENT_PROBLEM) == "server_error"
    assert laptop.meta(meta.NEXT_TRY) is None
    assert attachments_waiting(laptop.wp).next_try_at is not None
    laptop.line.seen.clear()
    laptop.record()
    assert laptop.sync().pushed == 1
    assert blob_calls(laptop) == []
    send_attachments_again(laptop.wp)
    assert laptop.sync().attachments_sent == 1
    assert_all_there(world, laptop, name)


def test_a_disk_that_is_full_in_the_middle(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)
    store = world.server.services.store
    real, puts = store.put, iter(range(10))

    def put(key: str, pieces: object) -> int:
        if next(puts) == 1:
            raise StoreFull("no room")
        return real(key, pieces)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(store, "put", put)
        assert laptop.sync().attachments_waiting == 1
    caplog.clear()
    laptop.clock.forward(hours=1)
    laptop.sync()
    assert_all_there(world, laptop, name)


@pytest.mark.parametrize("what", ["gone", "changed"])
def test_a_file_that_is_not_here_any_more_is_told_and_the_others_go(
    world: World, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    laptop = world.laptop
    lost = take_photo(laptop, ORIGINAL)
    other = take_photo(laptop, picture(5000, seed=6))
    path = Path(original_file(laptop, lost))
    if what == "gone":
        path.unlink()
    else:
        path.write_bytes(b"\0" + ORIGINAL[1:])
    report = laptop.sync()
    assert "not here any more" in caplog.text
    caplog.clear()
    assert (report.problem, report.attachments_sent) == (None, 1)
    assert on_server(world, other) is not None
    assert on_server(world, lost) is None
    view = attachments_waiting(laptop.wp)
    assert (view.lost, [each.sha256 for each in view.waiting]) == (1, [lost])
    assert view.waiting[0].problem == "attachment_gone"
    assert attachment_states(laptop.wp, [lost]) == {lost: AttachmentState.LOST}


def test_too_large_is_set_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    name = take_photo(world.laptop, ORIGINAL)
    monkeypatch.setattr("cvd_desktop.sync.attachment_sender.ATTACHMENT_BYTES", 1000)
    assert world.laptop.sync().attachments_waiting == 1
    (waiting,) = attachments_waiting(world.laptop.wp).waiting
    assert (waiting.sha256, waiting.problem) == (name, "attachment_too_large")


def test_what_the_server_lost_is_sent_again_the_next_day(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    laptop = world.laptop
    name = take_photo(laptop, ORIGINAL)
    laptop.sync()
    world.server.services.store.delete(attachment_key(OPERATOR, name))
    with world.server.database.write() as connection:
        forget_lost(world.server.services, connection, OPERATOR, name)
    caplog.clear()
    laptop.sync()
    assert on_server(world, name) is None  # asked today already
    laptop.clock.forward(hours=25)
    world.server.clock.move(hours=25)
    assert laptop.sync().attachments_sent == 1
    assert_all_there(world, laptop, name)


def test_a_restored_server_gets_it_again(world: World) -> None:
    laptop = world.laptop
    laptop.sync()
    before = world.copy_server()
    name = take_photo(laptop, ORIGINAL)
    laptop.sync()
    world.restore_server(before)
    world.server.services.store.delete(attachment_key(OPERATOR, name))
    assert on_server(world, name) is None
    report = laptop.sync()
    assert (report.problem, report.attachments_sent) == (None, 1)
    assert_all_there(world, laptop, name)


def test_two_laptops_with_the_same_file(world: World) -> None:
    first, second = world.laptop, world.add_laptop("second")
    second.sign_in()
    name = take_photo(first, ORIGINAL)
    take_photo(second, ORIGINAL)

    def other_too(line: object, request: object) -> object:
        second.sync()  # offers in the middle: told that another one sends it
        return first.line.pass_on(request)  # type: ignore[arg-type]

    first.sync([*["none"] * 6, other_too])  # type: ignore[list-item]
    assert on_server(world, name) == ORIGINAL
    second.clock.forward(hours=25)
    world.server.clock.move(hours=25)
    second.sync()
    assert_all_there(world, first, name)
    assert_all_there(world, second, name)


def test_a_colleague_sees_the_photo(world: World) -> None:
    name = take_photo(world.laptop, ORIGINAL)
    colleague = world.add_laptop("colleague")
    colleague.sign_in("technician")
    world.laptop.sync(["none", "none", "none", "lose_request"])
    with colleague.api() as api, pytest.raises(Problem) as caught:
        fetch_through(colleague.wp, api, name, None)
    assert caught.value.code == "attachment_not_there"
    world.laptop.clock.forward(hours=1)
    world.laptop.sync()
    with colleague.api() as api:
        assert fetch_through(colleague.wp, api, name, None) == ORIGINAL
    assert kept_attachment(colleague.wp, name) == ORIGINAL
    stranger = world.add_laptop("stranger")
    stranger.sign_in("driver08")
    with stranger.api() as api, pytest.raises(Problem) as refused:
        fetch_through(stranger.wp, api, name, None)
    assert refused.value.code == "attachment_not_there"


@pytest.mark.parametrize("fault", ["lose_answer", "page_200", "wrong_type", "busy"])
def test_a_fetch_over_a_bad_line(world: World, fault: str) -> None:
    name = take_photo(world.laptop, ORIGINAL)
    world.laptop.sync()
    colleague = world.add_laptop("colleague")
    colleague.sign_in("technician")
    colleague.line.faults = [fault]
    with colleague.api() as api, pytest.raises(Problem):
        fetch_through(colleague.wp, api, name, None)
    assert kept_attachment(colleague.wp, name) is None
    colleague.line.faults = ["cut"]
    with colleague.api() as api, pytest.raises(Problem) as cut:
        fetch_through(colleague.wp, api, name, None)
    assert cut.value.code in ("attachment_damaged", "offline")
    with colleague.api() as api:
        assert fetch_through(colleague.wp, api, name, None) == ORIGINAL


def test_the_cache_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvd_desktop.services.attachments.CACHE_BYTES", 2 * len(ORIGINAL))
    files = [picture(len(ORIGINAL), seed=each) for each in range(3)]
    names = [take_photo(world.laptop, each) for each in files]
    world.laptop.sync()
    colleague = world.add_laptop("colleague")
    colleague.sign_in("technician")
    with colleague.api() as api:
        for name in names:
            colleague.clock.forward(seconds=1)
            fetch_through(colleague.wp, api, name, None)
    assert [kept_attachment(colleague.wp, name) is not None for name in names] == [
        False, True, True,
    ]  # fmt: skip
