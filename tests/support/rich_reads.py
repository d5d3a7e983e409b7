"""Reads of a machine that really sold, with all that the services make of them.

A scene says what is odd about it; it is played in a data folder of its own that is gone afterwards.
What is made once is kept.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.services.reads import read_detail
from cvd_desktop.services.settle_read import settle_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import read_store
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart
from cvd_shared.ready_machine import ready_machine
from cvd_shared.vending_model import VendingModel
from cvd_shared.vending_profiles import EventKind
from cvd_shared.wire_records import MachineRecord, PlanogramRecord, PlanogramSlot, ProductRecord
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.read_facts import NOW, PRODUCTS

READER = "CVD0000001"
OTHER_READER = "TEL0000007"
BLOCK = 243  # bytes
SECONDS = 9.4
EVERY = timedelta(days=3)
Change = Callable[[bytes], bytes]
Story = Callable[[VendingModel, datetime], None]

MACHINE = MachineRecord(
    id="m1",
    asset_number="10427",
    serial_number="20261042",
    control_board="720261042",
    location_name="Harbour Works, canteen",
    currency="EUR",
    dex_profile="snack",
)
OTHER = MachineRecord(id="m2", asset_number="10433", serial_number="20261099", currency="EUR")


def as_it_is(raw: bytes) -> bytes:
    return raw


def nothing(model: VendingModel, at: datetime) -> None:
    """No more happens than every other day."""
    del model, at


def a_full_week(model: VendingModel, at: datetime) -> None:
    """Door, jams, a power cut, a card reader that was gone; another reader resets the intervals."""
    names = list(model.slots)
    model.test_vend(names[3], at)
    model.free_vend(names[4], at)
    for selection in (names[7], names[7], names[8]):
        model.event(EventKind.MOTOR_JAM, at, selection)
        model.event_over(EventKind.MOTOR_JAM, selection)
    model.event(EventKind.CARD_READER_LOST, at)
    model.event_over(EventKind.CARD_READER_LOST)
    model.event(EventKind.TOO_WARM, at)
    model.power_cut()
    model.read_finished(at, OTHER_READER)


def restarted(model: VendingModel, at: datetime) -> None:
    model.initialise(at)


def new_board(model: VendingModel, at: datetime) -> None:
    model.exchange_board("799999999", at)


@dataclass(frozen=True)
class Scene:
    """What is on the laptop, and what happened before the last read.

    `change` alters the bytes of the last read; `collect` says which read was one for a collect,
    counted back from the last, 0 for none; `price_errors` are prices that were set otherwise,
    `absent` slots that the machine does not have, `unplanned` selections that no slot has.
    """

    profile: str = "snack"
    story: Story = a_full_week
    change: Change = as_it_is
    reads: int = 13
    collect: int = 3
    price_errors: int = 2
    absent: int = 1
    unplanned: int = 1
    planned: bool = True
    known: bool = True  # the machine is on this laptop
    meant: str = "m1"
    whole: bool = True
    product: str = ""  # every product has this name
    wired: bool = True  # the planogram knows the selections, not only the labels on the door


@cache
def rich_detail(scene: Scene = Scene()) -> ReadDetail:
    """The last read of the scene."""
    begin = NOW - EVERY * (scene.reads - 1)
    model = ready_machine(
        scene.profile,
        begin,
        serial_number=MACHINE.serial_number,
        asset_number=MACHINE.asset_number,
        location=MACHINE.location_name,
        currency=MACHINE.currency,
    )
    random = Random(scene.profile)
    with tempfile.TemporaryDirectory() as folder, workplace(Path(folder)) as wp:
        if scene.known:
            tell_snapshot(wp, [MACHINE, OTHER, *_products(scene)])
        if scene.known and scene.planned:
            tell_snapshot(wp, [_planogram(model, scene)])
        for price_error in range(scene.price_errors):
            name = list(model.slots)[(5 + 9 * price_error) % len(model.slots)]
            model.set_price(name, model.slots[name].price + 10, begin)
        for back in range(scene.reads - 1, -1, -1):
            at = NOW - EVERY * back
            if back < scene.reads - 1:
                _three_days(model, at, random)
            if back == 0:
                scene.story(model, at - timedelta(days=1))
            model.door_opened(at - timedelta(minutes=1))
            raw = model.report(at, READER)
            start = ReadStart(
                id=f"read-{back}",
                at=at,
                port="/dev/ttyUSB0",
                link="dexucs",
                purpose="collect" if back and back == scene.collect else "look",
                machine_id=(scene.meant if back == 0 else "m1") if scene.known else None,
            )
            whole = scene.whole or back > 0
            _store(wp, start, scene.change(raw) if back == 0 else raw, whole=whole)
            model.read_finished(at, READER)
            model.fill_up()
            model.door_closed(at + timedelta(minutes=9))
        return read_detail(wp, "read-0")


def _three_days(model: VendingModel, until: datetime, random: Random) -> None:
    """Customers between two reads; a few selections sell far more than the others."""
    names = list(model.slots)
    weights = [1 + (7 * n) % 12 for n in range(len(names))]
    for n in range(60):
        at = until - EVERY + (EVERY * n) / 61
        name = random.choices(names, weights)[0]
        price = model.slots[name].price
        if n % 3 == 0:
            model.sell_card(name, at)
        else:
            model.sell_cash(name, at, -(-price // 100) * 100 if n % 2 else price)


def _products(scene: Scene) -> list[ProductRecord]:
    return [
        ProductRecord(id=f"product-{n}", sku=str(n), name=scene.product or name)
        for n, name in enumerate(PRODUCTS)
    ]


def _planogram(model: VendingModel, scene: Scene) -> PlanogramRecord:
    slots = [
        PlanogramSlot(
            label=f"{'ABCDEFGH'[n // 8]}{n % 8 + 1}",
            selection=name if scene.wired else f"{'ABCDEFGH'[n // 8]}{n % 8 + 1}",
            row=n // 8 + 1,
            column=n % 8 + 1,
            product_id=f"product-{n % len(PRODUCTS)}",
            capacity=10,
            par=8,
            price=slot.price,
        )
        for n, (name, slot) in enumerate(model.slots.items())
    ]
    slots = slots[: len(slots) - scene.unplanned]
    slots += [
        slots[0].model_copy(update={"label": f"Z{n + 1}", "selection": f"Z{n + 1}", "row": 9})
        for n in range(scene.absent)
    ]
    return PlanogramRecord(id="plan", machine_id="m1", slots=tuple(slots))


def _store(wp: Workplace, start: ReadStart, raw: bytes, *, whole: bool) -> None:
    """As a read over a line leaves it, and judged."""
    blocks = [raw[n : n + BLOCK] for n in range(0, len(raw), BLOCK)]
    if not whole:
        blocks = blocks[: len(blocks) * 2 // 3]
    with wp.database.write() as connection:
        read_store.open_read(connection, start)
        for n, block in enumerate(blocks):
            last = whole and n == len(blocks) - 1
            trace = ((0.3 * n, "M", block), (0.3 * n + 0.05, "R", b"\x100"))
            read_store.append_block(connection, start.id, n, block, trace, last=last)
        failure = None if whole else "broken_off"
        outcome = LinkOutcome(seconds=SECONDS, retries=0, failure=failure, party=None, detail={})
        read_store.finish_read(connection, start.id, outcome)
    settle_read(wp, start.id)
