"""What a person relies on when the line is good: everything goes there once and comes back."""

from pathlib import Path

from tests.support.sync_world import sync_world


def test_what_was_recorded_arrives_once_and_the_records_come_back(tmp_path: Path) -> None:
    with sync_world(tmp_path) as world:
        for _ in range(3):
            world.laptop.record()
        report = world.laptop.sync()
        assert report.problem is None
        assert (report.pushed, report.waiting, report.refused, report.digest) == (3, 0, 0, "ok")
        world.assert_arrived(world.laptop)
        world.assert_converged(world.laptop)
        assert world.stream_of(world.laptop) == [e.op_id for e in world.laptop.events()]
        assert world.problems() == []

        again = world.laptop.sync()
        assert (again.pushed, again.pulled, again.digest, again.problem) == (0, 0, "ok", None)
