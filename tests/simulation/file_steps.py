"""Steps of a history about files: originals of photos, what the store loses, bundles on a stick."""

from pathlib import Path
from typing import NamedTuple

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.bundles import export_bundle, import_receipt
from cvd_server.answers import ApiError
from cvd_server.blob_uploads import drop_stale, find_lost
from cvd_server.bundle_intake import take_bundle
from cvd_server.feed_floors import purge_tombstones
from cvd_shared.canonical import sha256_hex
from tests.simulation.cheap_server import OPERATOR
from tests.simulation.laptop import Draft, Laptop
from tests.simulation.line import some_faults
from tests.simulation.world import World

_ORIGINAL_BYTES = (1500, 2600)  # several chunks of laptop.SMALL_CHUNK


class Carried(NamedTuple):
    """A receipt that is on its way back to a laptop."""

    laptop: str
    path: Path
    epoch: str


def photo(world: World) -> None:
    """A picture of a visit with the file that it was made from, which travels in chunks."""
    laptop, chance = world.any_laptop(), world.chance
    small = b"\xff\xd8\xff\xe0" + chance.randbytes(40)
    photo_id = laptop.new_id()
    facts = {
        "photo_id": photo_id, "visit_id": laptop.new_id(),
        "machine_id": chance.choice(["m1", "m2", "m3"]), "at": to_wire(laptop.clock()),
        "sha256": sha256_hex(small), "size": len(small), "width": 8, "height": 6,
    }  # fmt: skip
    original = b"\xff\xd8\xff\xe0" + chance.randbytes(chance.randrange(*_ORIGINAL_BYTES))
    draft = Draft("photo.taken", ("photo", photo_id), facts, raw=small, original=original)
    if world.record(laptop, [draft]):
        world.happened["photos"] += 1
    if chance.happens(0.5):
        world.sync(laptop, some_faults(chance, 12))


def lost_in_the_store(world: World) -> None:
    """An object is gone from the store; the daily look finds that, and the laptops send it."""
    objects = world.server.store.objects
    if objects:
        del objects[world.chance.choice(sorted(objects))]
        world.happened["lost in the store"] += 1
    if world.chance.happens(0.7):
        find_lost(world.server.services, OPERATOR)


def jobs(world: World) -> None:
    """What the server does by itself: it forgets tombstones and uploads, and judges again."""
    what = world.chance.choice(["tombstones", "uploads", "replay"])
    world.say(what)
    if what == "tombstones":
        before = world.server.services.now()
        world.server.database.in_transaction(
            lambda connection: purge_tombstones(connection, OPERATOR, before)
        )
    elif what == "uploads":
        drop_stale(world.server.services)
    else:
        world.replay()
    world.happened[f"job: {what}"] += 1


def bundle(world: World) -> None:
    """Unsent work goes to the server on a stick; its receipt comes back now, later or never."""
    laptop = world.any_laptop()
    path = world.folder / f"{laptop.name}.cvdbundle"
    try:
        made = export_bundle(laptop.wp, path)
    except Problem as problem:
        world.say(f"no bundle: {problem.code}")
        return
    world.say(f"{laptop.name}: a bundle of {made.events} events, {made.attachments} files")
    for _ in range(world.chance.choice([0, 1, 1, 1, 2])):
        try:
            taken = take_bundle(world.server.services, path.read_bytes(), None)
        except ApiError as error:
            world.happened[f"bundle: {error.code}"] += 1
            return
        world.happened[f"bundle: {taken.answer.state}"] += 1
        receipt = world.folder / f"receipt{len(world.receipts)}"
        receipt.write_bytes(taken.receipt)
        world.receipts.append(Carried(laptop.name, receipt, world.server.services.epoch))
    if world.receipts and world.chance.happens(0.5):
        _take_receipt(world, laptop, world.receipts[-1])


def receipt(world: World) -> None:
    """A receipt is found in a pocket, perhaps for the second time."""
    if world.receipts:
        _take_receipt(world, world.any_laptop(), world.chance.choice(world.receipts))


def _take_receipt(world: World, laptop: Laptop, carried: Carried) -> None:
    if carried.epoch != world.server.services.epoch:
        laptop.acked = None  # what it says was true then; the laptop learns of the restore later
    try:
        told = import_receipt(laptop.wp, carried.path)
    except Problem as problem:
        world.happened[f"receipt: {problem.code}"] += 1
        world.say(f"{laptop.name}: receipt {problem.code}")
        return
    world.happened["receipt taken"] += 1
    world.say(f"{laptop.name}: receipt, {told.news} news")
