"""Steps of a history about files: originals of photos, what the store loses, bundles on a stick."""

from pathlib import Path
from typing import NamedTuple

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.bundles import export_bundle, import_receipt
from cvd_desktop.services.photos import tidy_originals
from cvd_server.answers import ApiError
from cvd_server.backup import mark_durable
from cvd_server.blob_uploads import drop_stale, find_lost
from cvd_server.bundle_intake import take_bundle
from cvd_server.feed_floors import purge_tombstones
from cvd_shared.canonical import sha256_hex
from tests.simulation.cheap_server import OPERATOR
from tests.simulation.crashes import BOMB, CLIENT, Crash
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
    laptop = world.any_laptop()
    _take_photo(world, laptop)
    if world.chance.happens(0.5):
        world.sync(laptop, some_faults(world.chance, 12))


def _take_photo(world: World, laptop: Laptop) -> None:
    """A picture of a visit with the file that it was made from, which travels in chunks."""
    chance = world.chance
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


def lost_in_the_store(world: World) -> None:
    """An object is gone from the store; the daily look finds that, and the laptops send it."""
    objects = world.server.store.objects
    kept = [key for key in sorted(objects) if key.rpartition("/")[2] not in world.tidied]
    if kept:  # of the others there is a backup
        del objects[world.chance.choice(kept)]
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


def tidy(world: World) -> None:
    """A backup is proved; two weeks later a laptop removes the originals that it covers.

    From then on nobody restores an older one: that is what the proof is for.
    """
    server, laptop = world.server, world.any_laptop()
    if world.chance.happens(0.7):
        _take_photo(world, laptop)
        world.sync(laptop)
    if world.chance.happens(0.6):
        world.backups = [(server.image(), world.oracle.backup())]
        mark_durable(server.database, server.services.now())
        server.clock.move(seconds=1)
        world.happened["backups proved"] += 1
    laptop.clock.forward(days=15)
    world.sync(laptop, some_faults(world.chance, 4))
    before = _originals(laptop)
    if world.chance.happens(0.3):
        BOMB.set(CLIENT, world.chance.randrange(12))
    try:
        tidy_originals(laptop.wp)
    except Crash:
        world.say("died")
    finally:
        BOMB.clear()
    laptop.restart()
    gone = before - _originals(laptop)
    world.tidied |= gone
    world.happened["originals tidied"] += len(gone)


def _originals(laptop: Laptop) -> set[str]:
    folder = laptop.originals
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
