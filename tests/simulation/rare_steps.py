"""Steps of a history that bring together what seldom meets by chance: the guards against it would
else stand there without ever being asked."""

from tests.simulation.laptop import Laptop
from tests.simulation.line import PULL, PUSH
from tests.simulation.office_steps import grant, office
from tests.simulation.world import World


def overtaken(world: World) -> None:
    """An answer comes when another sender of this laptop has gone on already: it is too late.

    Of a push, to a server that was restored since; of a pull, to a laptop that has newer pages.
    """
    laptop, about = world.any_laptop(), world.chance.choice([PUSH, PULL])
    world.say(f"the answer to {about} is overtaken")
    before = (world.server.image(), world.oracle.backup())
    _work(world, laptop, world.chance.randrange(1, 4))

    def happens() -> None:
        if about == PUSH:
            world.restore_server(*before)
            laptop.line.faults_of = {PUSH: "lose_request"}
        else:
            for _ in range(2):
                world.chance.choice([office, office, grant])(world)
        world.happened[f"overtaken: {about}"] += 1
        laptop.sync()
        # What was answered before may be gone there; what is from now on has to be there.
        laptop.acked = {row[0] for row in laptop.rows("SELECT op_id FROM outbox WHERE acked = 1")}

    laptop.line.meanwhile, laptop.line.overtaken = happens, about
    world.sync(laptop)


def too_late(world: World) -> None:
    """A push that was held back arrives when the server has been restored to before it."""
    laptop = world.any_laptop()
    before = (world.server.image(), world.oracle.backup())
    _work(world, laptop, 1)
    world.sync(laptop)
    _work(world, laptop, 2)
    laptop.line.faults_of = {PUSH: "hold_back"}
    world.sync(laptop)
    world.sync(laptop)
    world.restore_server(*before)
    laptop.acked = None
    world.happened["too late"] += len(laptop.line.late)
    laptop.line.deliver_late()


def forked(world: World) -> None:
    """An image of a laptop comes back and works on from there, under numbers that are taken."""
    laptop = world.any_laptop()
    if laptop.owner is None:
        return
    image = laptop.copy_to(world.folder / "fork", world.oracle.disk(laptop.name))
    there = _work(world, laptop, world.chance.randrange(1, 4))
    world.sync(laptop)
    world.oracle.disk_is(laptop.name, image.had)
    laptop.take(image, with_secrets=world.chance.happens(0.5))
    image.path.unlink()
    again = there if world.chance.happens(0.6) else world.chance.randrange(1, 6)
    _work(world, laptop, again)
    world.happened["forked"] += 1
    world.sync(laptop)


def moved(world: World) -> None:
    """The server goes on in another place, with all that it had: laptops cannot know that. What
    it has answered into the void is sent again."""
    laptop = world.any_laptop()
    _work(world, laptop, world.chance.randrange(1, 3))
    laptop.line.faults_of = {PUSH: "lose_answer"}
    world.sync(laptop)
    world.server.moved()
    world.happened["server moved"] += 1
    world.sync(laptop)


def _work(world: World, laptop: Laptop, events: int) -> int:
    for _ in range(events):
        world.record(laptop, [laptop.read_of(world.chance.choice(["m1", None]))])
    return events
