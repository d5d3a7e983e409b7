"""Steps of a history about two people who share a laptop, each with a database of his own (16)."""

from unittest.mock import patch

from cvd_desktop.services import own_folder, people
from cvd_desktop.services.data_folder import id_of
from cvd_desktop.services.own_folder import folder_for, owner_of
from cvd_desktop.storage import outbox_store
from tests.simulation.cheap_server import OPERATOR
from tests.simulation.laptop import Laptop
from tests.simulation.line import PULL
from tests.simulation.world import PEOPLE, World


def other_person(world: World) -> None:
    """Somebody else signs in on this laptop, and finds what is his own and nothing else."""
    here = world.any_laptop()
    if here.owner is None:
        return
    user = world.chance.choice(sorted(set(PEOPLE) - {here.owner}))
    folders = {each.wp.data_dir: each for each in world.laptops}
    inside = lambda _, at, __: owner_of(folders[at].wp) or ""  # noqa: E731
    with patch.object(own_folder, "_owner_inside", inside):
        # These files are opened by the stage: their keys are no part of a history.
        folder = folder_for(here.wp.laptop, f"{OPERATOR}/{user}", here.wp.data_dir, None)
    there = folders.get(folder) or world.second_folder(here, folder)
    if there is None:
        return
    _leave(here)
    world.touched.append(there)
    if not world.sign_in(there, user):
        return
    people.choose_person(there.wp.laptop.folder, id_of(folder))
    world.happened["another person's folder"] += 1
    world.record(there, [there.read_of(None)])
    if world.chance.happens(0.4):  # somebody on the way keeps what was meant for the one before
        there.line.faults_of = {PULL: "old_answer"}
    world.sync(there)


def _leave(laptop: Laptop) -> None:
    """The folder is closed; how much of it waits may be known."""
    people.note_waiting(laptop.wp.data_dir, _waiting(laptop))
    laptop.restart()


def _waiting(laptop: Laptop) -> int:
    with laptop.database.read() as connection:
        return outbox_store.counts(connection).waiting
