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
    _work(world, laptop, 3)

    def happens() -> None:
        if about == PUSH:
            world.restore_server(*before)
            laptop.acked = None
            laptop.line.faults_of = {PUSH: "lose_request"}
        else:
            for _ in range(2):
                world.chance.choice([office, office, grant])(world)
        world.happened[f"overtaken: {about}"] += 1
        laptop.sync()

    laptop.line.meanwhile, laptop.line.overtaken = happens, about
    world.sync(laptop)


def forked(world: World) -> None:
    """An image of a laptop comes back and works on from there, under numbers that are taken."""
    laptop = world.any_laptop()
    if laptop.owner is None:
        return
    image = laptop.copy_to(world.folder / "fork", world.oracle.disk(laptop.name))
    _work(world, laptop, 3)
    world.sync(laptop)
    world.oracle.disk_is(laptop.name, image.had)
    laptop.take(image, with_secrets=world.chance.happens(0.5))
    image.path.unlink()
    _work(world, laptop, 5)
    world.happened["forked"] += 1
    world.sync(laptop)


def moved(world: World) -> None:
    """The server goes on in another place, with all that it had: laptops cannot know that. What
    it has answered into the void is sent again."""
    laptop = world.any_laptop()
    _work(world, laptop, 2)
    laptop.line.faults_of = {PUSH: "lose_answer"}
    world.sync(laptop)
    world.server.moved()
    world.happened["server moved"] += 1
    world.sync(laptop)


def _work(world: World, laptop: Laptop, most: int) -> None:
    for _ in range(world.chance.randrange(1, most + 1)):
        world.record(laptop, [laptop.read_of(world.chance.choice(["m1", None]))])
