"""Unsent work that is carried by hand: from a real laptop, into the real server, and back."""

import base64
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest
from nacl.signing import SigningKey
from sqlalchemy import func, select

from cvd_desktop.domain.bundle_records import BundleCarried, CarriedState, ReceiptTaken
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.bundles import export_bundle, import_receipt
from cvd_desktop.services.carried import carry_bundle, list_carried, take_file
from cvd_desktop.storage import outbox_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.sync.device_key import DeviceKey
from cvd_server import tables
from cvd_server.bundle_intake import take_bundle
from cvd_server.self_check import self_check
from cvd_shared.bundle_format import build, open_bundle, open_receipt, read_receipt
from cvd_shared.wire import API
from cvd_shared.wire_repair import BUNDLE_MEDIA_TYPE
from tests.support.faulty_transport import FaultyTransport
from tests.support.servers import LocalServer
from tests.support.small_operator import SmallOperator
from tests.support.sync_world import Laptop

AddLaptop = Callable[..., Laptop]


@pytest.fixture
def add_laptop(server: LocalServer, small: SmallOperator, tmp_path: Path) -> Iterator[AddLaptop]:
    """A laptop that is signed in and has synced once."""
    del small
    made: list[Laptop] = []

    def add(user: str = "driver07") -> Laptop:
        number = len(made) + 1
        line = FaultyTransport(server.transport)
        made.append(Laptop(tmp_path / f"laptop{number}", line, Random(number)))
        made[-1].sign_in(user)
        assert made[-1].sync().problem is None
        return made[-1]

    yield add
    for each in made:
        each.close()


@pytest.fixture
def laptop(add_laptop: AddLaptop) -> Laptop:
    return add_laptop()


def taken_in(server: LocalServer, path: Path) -> Path:
    """The operator takes the file; the receipt lies beside it."""
    taken = take_bundle(server.services, path.read_bytes(), None)
    receipt = path.with_suffix(".cvdreceipt")
    receipt.write_bytes(taken.receipt)
    return receipt


def outcomes(laptop: Laptop) -> list[str | None]:
    return [event.outcome for event in laptop.events()]


def effects(server: LocalServer) -> tuple[int, int]:
    """Events in the log (first arrivals), reads."""
    with server.database.read() as connection:
        assert self_check(connection).problems == []
        log = tables.op_log
        return (
            connection.scalar(
                select(func.count()).select_from(log).where(log.c.alias_of.is_(None))
            ) or 0,
            connection.scalar(select(func.count()).select_from(tables.read)) or 0,
        )  # fmt: skip


def settled(laptop: Laptop) -> None:
    report = laptop.sync()
    assert (report.problem, report.waiting, report.digest) == (None, 0, "ok")
    with laptop.wp.database.read() as connection:
        assert outbox_store.pending(connection) == []  # nothing is seen twice


def test_there_and_back(server: LocalServer, laptop: Laptop, tmp_path: Path) -> None:
    for number in range(3):
        laptop.record(group="one" if number else None)
    made = export_bundle(laptop.wp, tmp_path)
    assert (made.events, made.attachments, made.left_out) == (3, 3, 0)
    assert made.path.suffix == ".cvdbundle"
    assert made.path.parent == tmp_path
    assert outcomes(laptop) == [None] * 3, "taking it away clears nothing"

    receipt = taken_in(server, made.path)
    taken = import_receipt(laptop.wp, receipt)

    assert (taken.news, taken.refused, taken.waiting) == (3, 0, 0)
    assert outcomes(laptop) == ["applied"] * 3
    assert effects(server) == (3, 3)
    assert import_receipt(laptop.wp, receipt).news == 0, "twice is once"
    settled(laptop)
    laptop.record()
    settled(laptop)
    assert effects(server) == (4, 4)
    assert laptop.meta(meta.STREAM_CHANGES) is None, "the numbers were the same"


def test_a_second_arrival_gets_the_same_receipt(
    server: LocalServer, laptop: Laptop, tmp_path: Path
) -> None:
    laptop.record()
    data = export_bundle(laptop.wp, tmp_path).path.read_bytes()
    first = take_bundle(server.services, data, None)
    server.clock.move(hours=3)
    again = take_bundle(server.services, data, None)
    assert (first.answer.state, again.answer.state) == ("taken", "known")
    assert first.receipt == again.receipt
    with server.database.read() as connection:
        actions = connection.scalars(select(tables.audit_log.c.action)).all()
    assert actions.count("bundle_taken") == 1


def test_two_arrivals_at_once(server: LocalServer, laptop: Laptop, tmp_path: Path) -> None:
    for _ in range(5):
        laptop.record()
    data = export_bundle(laptop.wp, tmp_path).path.read_bytes()
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda _: take_bundle(server.services, data, None), range(4)))
    assert len({one.receipt for one in taken}) == 1
    assert effects(server) == (5, 5)
    path = tmp_path / "one.cvdreceipt"
    path.write_bytes(taken[0].receipt)
    assert import_receipt(laptop.wp, path).news == 5
    settled(laptop)


@pytest.mark.parametrize("pushed", ["before", "after", "half"])
def test_pushed_as_well(server: LocalServer, laptop: Laptop, tmp_path: Path, pushed: str) -> None:
    """Whichever way an event comes first, the other way gives the same answer."""
    for _ in range(4):
        laptop.record()
    bundle = export_bundle(laptop.wp, tmp_path).path
    if pushed == "before":
        laptop.sync()
    if pushed == "half":
        laptop.narrow = {"ops": 2}
        laptop.sync(["none", "none", "lose_answer"])
        laptop.narrow = None
    receipt = taken_in(server, bundle)
    if pushed == "after":
        assert laptop.sync().pushed == 4
        assert laptop.meta(meta.STREAM_CHANGES) is None
    taken = import_receipt(laptop.wp, receipt)
    assert taken.waiting == 0
    assert all(outcome in ("applied", "duplicate") for outcome in outcomes(laptop))
    settled(laptop)
    assert effects(server) == (4, 4)


def test_events_after_the_bundle_go_by_themselves(
    server: LocalServer, laptop: Laptop, tmp_path: Path
) -> None:
    laptop.record()
    bundle = export_bundle(laptop.wp, tmp_path).path
    laptop.record()
    receipt = taken_in(server, bundle)
    assert import_receipt(laptop.wp, receipt).waiting == 1
    settled(laptop)
    assert effects(server) == (2, 2)


def test_a_gap_becomes_a_new_stream(server: LocalServer, laptop: Laptop, tmp_path: Path) -> None:
    """Two bundles, and only the second one arrives at first."""
    laptop.record()
    first = export_bundle(laptop.wp, tmp_path / "first.cvdbundle").path
    receipt = taken_in(server, first)
    import_receipt(laptop.wp, receipt)
    with server.database.write() as connection:  # the server forgets, as after a restore
        for table in (tables.device_stream, tables.op_log, tables.bundle):
            connection.execute(table.delete())
    laptop.record()
    second = taken_in(server, export_bundle(laptop.wp, tmp_path / "second.cvdbundle").path)
    assert open_receipt(second.read_bytes()).header.moved
    incarnation = laptop.meta(meta.INCARNATION)
    assert import_receipt(laptop.wp, second).news == 1
    assert laptop.meta(meta.INCARNATION) != incarnation
    laptop.record()
    settled(laptop)


def test_renumbered_since(server: LocalServer, laptop: Laptop, tmp_path: Path) -> None:
    """The receipt names events by their numbers of before; their ids have lasted."""
    laptop.record()
    laptop.record()
    receipt = taken_in(server, export_bundle(laptop.wp, tmp_path).path)
    with laptop.wp.database.write() as connection:
        outbox_store.renumber(connection, laptop.new_id(), [])
    laptop.record()
    taken = import_receipt(laptop.wp, receipt)
    assert (taken.news, taken.waiting) == (2, 1)
    settled(laptop)
    assert effects(server) == (3, 3)


def test_a_receipt_of_a_life_before_is_not_believed(
    server: LocalServer, laptop: Laptop, tmp_path: Path
) -> None:
    laptop.record()
    receipt = taken_in(server, export_bundle(laptop.wp, tmp_path).path)
    with laptop.wp.database.write() as connection:
        meta.put(connection, meta.EPOCH, "a later epoch")
    with pytest.raises(Problem, match="receipt_outdated"):
        import_receipt(laptop.wp, receipt)
    assert outcomes(laptop) == [None]


def test_a_receipt_of_others_changes_nothing(
    server: LocalServer, laptop: Laptop, add_laptop: AddLaptop, tmp_path: Path
) -> None:
    laptop.record()
    receipt = taken_in(server, export_bundle(laptop.wp, tmp_path).path)
    other = add_laptop()
    other.record()
    with pytest.raises(Problem, match="receipt_other_laptop"):
        import_receipt(other.wp, receipt)
    opened = open_receipt(receipt.read_bytes())
    forged = tmp_path / "forged.cvdreceipt"
    forged.write_bytes(
        build(opened.header, opened.payload, lambda m: SigningKey.generate().sign(m).signature)
    )
    with pytest.raises(Problem, match="receipt_not_proved"):
        import_receipt(laptop.wp, forged)
    forged.write_bytes(receipt.read_bytes()[:-1])
    with pytest.raises(Problem, match="receipt_damaged"):
        import_receipt(laptop.wp, forged)
    assert outcomes(laptop) == [None]


# --- what may not be applied, and what is not taken -----------------------------------------------


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("device", {"pubkey": None}, "bundle_unsigned"),
        ("device", {"status": "revoked"}, "device_revoked"),
        ("device", {"user_id": "u-driver08"}, "bundle_other_person"),
        ("user_account", {"active": False}, "user_blocked"),
    ],
)
def test_kept_but_set_aside(
    server: LocalServer,
    laptop: Laptop,
    tmp_path: Path,
    table: str,
    change: dict[str, Any],
    code: str,
) -> None:
    """The person has left, the laptop was withdrawn: what was recorded waits for a decision."""
    laptop.record()
    bundle = export_bundle(laptop.wp, tmp_path).path
    with server.database.write() as connection:
        connection.execute(tables.metadata.tables[table].update().values(change))
    receipt = taken_in(server, bundle)
    assert import_receipt(laptop.wp, receipt).refused == 1
    event = laptop.events()[0]
    assert (event.outcome, event.code) == ("quarantined", code)
    with server.database.read() as connection:
        row = connection.execute(select(tables.op_log)).one()
        refusal = connection.execute(select(tables.refusal)).one()
    assert (row.outcome, row.code, row.op_id) == ("quarantined", code, event.op_id)
    assert (refusal.code, refusal.state) == (code, "open")


def test_bytes_that_are_no_event_are_kept(
    server: LocalServer, laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop.record()
    laptop.record()
    from cvd_desktop.services import bundle_parcels

    honest = bundle_parcels._bundled  # a bug of a client: the first event is no event

    def broken(event: Any) -> Any:
        made = honest(event)
        return type(made)(made.head, b"[1, 2") if made.head.seq == 1 else made

    monkeypatch.setattr(bundle_parcels, "_bundled", broken)
    bundle = export_bundle(laptop.wp, tmp_path).path
    content = read_receipt(open_receipt(taken_in(server, bundle).read_bytes()).payload)
    assert [line.outcome for line in content.results] == ["quarantined", "applied"]
    with server.database.read() as connection:
        bodies = connection.scalars(select(tables.op_log.c.body).order_by(tables.op_log.c.seq))
        first = bodies.all()[0]
    assert base64.b64encode(b"[1, 2") in first


def test_another_key_or_an_unknown_laptop_is_refused(
    server: LocalServer, laptop: Laptop, tmp_path: Path
) -> None:
    laptop.record()
    data = export_bundle(laptop.wp, tmp_path).path.read_bytes()
    opened = open_bundle(data)

    def refusal(**changes: str) -> str:
        header = opened.header.model_copy(update=changes)
        key = DeviceKey(laptop.wp.database, laptop.key_store)
        with pytest.raises(Exception) as error:  # noqa: PT011 - its code is compared
            take_bundle(server.services, build(header, opened.payload, key.sign), None)
        return str(error.value.args[0])

    assert refusal(device_id="nobody") == "device_unknown"
    assert refusal(operator_id="x-op") == "device_unknown"
    with server.database.write() as connection:
        connection.execute(tables.device.update().values(pubkey="00" * 32))
    assert refusal() == "bundle_signature_wrong"
    assert effects(server) == (0, 0)


def test_every_damage_is_refused_and_nothing_taken(
    server: LocalServer, laptop: Laptop, tmp_path: Path
) -> None:
    laptop.record()
    data = export_bundle(laptop.wp, tmp_path).path.read_bytes()
    random = Random(5)
    for _ in range(60):
        damaged = bytearray(data)
        place = random.randrange(len(data))
        damaged[place] ^= 1 << random.randrange(8)
        with pytest.raises(Exception, match=r"bundle|device_unknown"):
            take_bundle(server.services, bytes(damaged), None)
        with pytest.raises(Exception, match="bundle"):
            take_bundle(server.services, data[:place], None)
    assert effects(server) == (0, 0)
    assert take_bundle(server.services, data, None).outcomes["applied"] == 1


# --- carried by a colleague ---------------------------------------------------------------------


def test_a_colleague_carries_it(
    server: LocalServer, laptop: Laptop, add_laptop: AddLaptop, tmp_path: Path
) -> None:
    laptop.record()
    bundle = export_bundle(laptop.wp, tmp_path).path
    carrier = add_laptop("technician")
    carried = take_file(carrier.wp, bundle)
    assert isinstance(carried, BundleCarried)
    assert (carried.user_name, carried.events, carried.news) == ("driver07", 1, True)
    assert not carry_bundle(carrier.wp, bundle).news
    assert [one.state for one in list_carried(carrier.wp)] == [CarriedState.WAITING]

    carrier.sync(["lose_request"])
    assert [one.state for one in list_carried(carrier.wp)] == [CarriedState.WAITING]
    carrier.sync()

    (one,) = list_carried(carrier.wp)
    assert (one.state, one.user_name) == (CarriedState.RECEIPT, "driver07")
    back = shutil.copy(one.path, tmp_path / "back.cvdreceipt")
    taken = take_file(laptop.wp, back)
    assert isinstance(taken, ReceiptTaken)
    assert (taken.news, outcomes(laptop)) == (1, ["applied"])
    settled(laptop)
    assert effects(server) == (1, 1)


def test_a_refused_bundle_is_told_and_not_sent_again(
    server: LocalServer, laptop: Laptop, add_laptop: AddLaptop, tmp_path: Path
) -> None:
    laptop.record()
    bundle = export_bundle(laptop.wp, tmp_path).path
    carrier = add_laptop("technician")
    data = bytearray(bundle.read_bytes())
    data[-100] ^= 1
    bundle.write_bytes(data)
    carry_bundle(carrier.wp, bundle)
    carrier.sync()
    (one,) = list_carried(carrier.wp)
    assert (one.state, one.code) == (CarriedState.REFUSED, "bundle_signature_wrong")
    asked = len(carrier.line.seen)
    carrier.sync()
    assert not any(path.endswith("/bundles") for path in carrier.line.seen[asked:])
    assert effects(server) == (0, 0)


def test_what_is_not_to_be_carried(
    server: LocalServer, laptop: Laptop, add_laptop: AddLaptop, tmp_path: Path
) -> None:
    laptop.record()
    bundle = export_bundle(laptop.wp, tmp_path).path
    with pytest.raises(Problem, match="bundle_own"):
        carry_bundle(laptop.wp, bundle)
    stranger = add_laptop("x-driver07")
    with pytest.raises(Problem, match="bundle_foreign"):
        take_file(stranger.wp, bundle)
    answer = server.session("x-driver07").http.post(
        f"{API}/sync/bundles",
        content=bundle.read_bytes(),
        headers={"Content-Type": BUNDLE_MEDIA_TYPE},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bundle_foreign")
    for name, data in (("a.txt", b"hello"), ("b.cvdbundle", b"CVDBNDL\n"), ("c", b"")):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(Problem):
            take_file(stranger.wp, path)
    assert effects(server) == (0, 0)
