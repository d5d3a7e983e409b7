"""Signing in, out, and staying signed in: no way of failing costs a record."""

from pathlib import Path

import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.outbox import retry_now, sync_is_due, sync_status
from cvd_desktop.services.sign_in import current_session, sign_in, sign_out
from cvd_desktop.services.sync_now import sync_now
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.credentials import MemoryKeyStore
from tests.support.sync_world import World, sync_world


def _expire(world: World) -> None:
    """The token is old for the server and, by its own clock, for the laptop."""
    world.server.clock.move(minutes=20)
    world.laptop.clock.forward(minutes=20)


@pytest.mark.parametrize("lasting", [True, False])
def test_a_session_lasts_over_restarts_with_and_without_a_key_store(
    tmp_path: Path, lasting: bool
) -> None:
    with sync_world(tmp_path, key_store=MemoryKeyStore(lasting=lasting)) as world:
        laptop = world.laptop
        for _ in range(4):
            laptop.record()
            _expire(world)
            laptop.close()
            laptop.open()
            world.settled(laptop)
        session = current_session(laptop.wp)
        assert session is not None
        assert (session.user_name, session.role) == ("driver07", "driver")
        assert (laptop.meta(meta.REFRESH) is None) == lasting


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "cut", "page_200", "hold_back"])
def test_a_refresh_whose_answer_is_lost_is_repeated_for_hours(tmp_path: Path, fault: str) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        _expire(world)
        for _ in range(4):
            assert laptop.sync([fault]).problem in ("offline", "bad_answer", "captive_or_proxy")
            laptop.close()
            laptop.open()
            laptop.clock.forward(hours=1)
        world.settled(laptop)
        laptop.line.deliver_late()
        _expire(world)
        world.settled(laptop)


def test_a_token_that_the_server_calls_expired_is_renewed_and_the_batch_sent_unchanged(
    tmp_path: Path,
) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        world.server.clock.move(minutes=20)  # only the server's clock
        laptop.line.seen.clear()
        world.settled(laptop)
        assert [path.rpartition("/")[2] for path in laptop.line.seen] == [
            "hello", "refresh", "hello", "push", "pull", "missing",
        ]  # fmt: skip


def test_a_dead_session_asks_for_the_password_and_keeps_everything(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else used a copy of the refresh secret: the server ends the session."""
    with sync_world(tmp_path, key_store=MemoryKeyStore()) as world:
        laptop = world.laptop
        copy = laptop.copy("stolen")
        laptop.record()
        _expire(world)
        world.settled(laptop)
        laptop.record()
        secret = laptop.meta(meta.REFRESH)
        laptop.restore(copy)
        laptop.told.clear()
        assert laptop.meta(meta.REFRESH) != secret
        laptop.record()
        _expire(world)
        for _ in range(3):
            report = laptop.sync()
            assert (report.problem, report.waiting) == ("sign_in_needed", 1)
        assert current_session(laptop.wp) is not None
        laptop.sign_in()
        world.settled(laptop)
        caplog.clear()  # the server tells of the theft


def test_signing_out_keeps_what_waits_and_signing_in_sends_it(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        laptop = world.laptop
        laptop.sign_in(server="http://127.0.0.1:9")
        laptop.record()
        sign_out(laptop.wp)  # nobody answers there: signing out needs no line
        assert laptop.key_store.get(f"refresh-{laptop.meta(meta.DATABASE_ID)}") is None
        assert current_session(laptop.wp) is None
        status = sync_status(laptop.wp)
        assert (status.signed_in, status.waiting) == (False, 1)
        laptop.record()
        report = sync_now(laptop.wp)
        assert (report.problem, report.waiting) == ("not_signed_in", 2)
        laptop.sign_in()
        assert world.settled(laptop).pushed == 2


def test_a_folder_takes_nobody_but_its_person(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        with pytest.raises(Problem) as caught:
            laptop.sign_in("driver08")
        assert (caught.value.code, caught.value.exit_code) == ("other_person", ExitCode.REFUSED)
        session = current_session(laptop.wp)
        assert session is not None
        assert session.user_name == "driver07"
        world.settled(laptop)


def test_a_wrong_password_changes_nothing(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        with pytest.raises(Problem) as caught:
            laptop.sign_in(password="wrong horse 7")
        assert (caught.value.code, caught.value.exit_code) == ("sign_in_refused", ExitCode.REFUSED)
        laptop.record()
        world.settled(laptop)


def test_too_many_tries_have_to_wait(tmp_path: Path) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        codes = []
        for _ in range(6):
            with pytest.raises(Problem) as caught:
                world.laptop.sign_in(password="wrong horse 7")
            codes.append(caught.value.code)
        assert codes == ["sign_in_refused"] * 5 + ["too_many_tries"]
        assert caught.value.exit_code is ExitCode.REFUSED
        assert isinstance(caught.value.values["wait"], int)


@pytest.mark.parametrize(
    ("server", "code"),
    [
        ("http://cvd.example", "server_address_plain"),
        ("ftp://cvd.example", "server_address_wrong"),
        ("https://", "server_address_wrong"),
    ],
)
def test_an_address_that_may_not_be_used_is_never_called(
    tmp_path: Path, server: str, code: str
) -> None:
    with sync_world(tmp_path, sign_in=False) as world:
        with pytest.raises(Problem) as caught:
            sign_in(world.laptop.wp, server, "driver07", "secret")
        assert caught.value.code == code


def test_one_sender_at_a_time(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        laptop = world.laptop
        laptop.record()
        with laptop.wp.lock("sync").acquire():
            report = sync_now(laptop.wp, wait=0.0)
        assert (report.problem, report.waiting) == ("sync_running", 1)


def test_retry_now_forgets_the_waiting(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        world.laptop.sync(["busy"])
        assert sync_status(world.laptop.wp).next_try_at is not None
        assert not sync_is_due(world.laptop.wp)
        retry_now(world.laptop.wp)
        assert sync_status(world.laptop.wp).next_try_at is None
        assert sync_is_due(world.laptop.wp)
