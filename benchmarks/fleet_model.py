"""What a fleet asks of the server, second by second of a day, worked out from measured figures.

`python -m benchmarks.fleet_model` prints the tables of docs/scaling.md; `--write` puts them there.
Nothing is measured here: `Measured` says what was, and by which command. Arrivals are drawn by one
seed. The server is one queue with as many places as it has cores, worked off in whole seconds:
what does not fit into a second waits for the next.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path("docs/scaling.md")
BEGIN, END = "<!-- fleet model -->", "<!-- end of fleet model -->"

_GIGA = 1e9
_HOUR = 3600
_BUSY = 0.6  # of its cores a server may be at work in its busiest minute


@dataclass(frozen=True)
class Measured:
    """Per second of processor time, the server's and PostgreSQL's together, on one core of the
    computer of the README's table; the lower one of two runs."""

    events: float = 840.0  # make bench ONLY=push, "per second of processor time"
    pulls: float = 330.0  # make bench ONLY=idle_pull
    hellos: float = 200.0  # the same, its second line
    feed: float = 1900.0  # make bench ONLY=feed: transactions per second, disk included


@dataclass(frozen=True)
class Fleet:
    """A driver serves 40 machines a day; a visit is 7 events; every laptop asks each minute."""

    drivers: int
    machines_each: int = 50
    visits: int = 40
    events_of_visit: int = 7
    poll_seconds: int = 60
    late: float = 0.3  # of the visits have no line until the driver is back, about 17:00
    event_bytes: int = 700  # in op_log with its index
    read_bytes: int = 4500  # a report
    photo_bytes: int = 200_000
    photos_of_visit: float = 1.0

    @property
    def events(self) -> int:
        """Of a day."""
        return self.drivers * self.visits * self.events_of_visit


@dataclass(frozen=True)
class Second:
    polls: int
    events: int
    pushes: int
    busy: float  # cores at work
    waiting: float  # seconds until what comes now is begun


_FIRST, _LAST = 6, 20  # hours that are looked at
_AT_WORK = (  # of a day's visits, by the hour from 6:00
    0.01, 0.06, 0.10, 0.11, 0.11, 0.11, 0.09, 0.10, 0.11, 0.10, 0.07, 0.02, 0.01, 0.00,
)  # fmt: skip
_BACK = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.01, 0.02, 0.06, 0.16, 0.22, 0.45, 0.06, 0.02)
"""When those come back who had no line: nearly half of them from 17:00 to 18:00."""
_BATCH = 200  # events of one push at most
_SEED = 17


def day(fleet: Fleet, measured: Measured, cores: float, seed: int = _SEED) -> Iterator[Second]:
    """Each second from 6:00 to 20:00."""
    chance = random.Random(seed)  # noqa: S311 - a model, no secret
    visits = fleet.drivers * fleet.visits
    polls_a_second = fleet.drivers / fleet.poll_seconds
    drivers_late = fleet.drivers * fleet.late
    backlog = round(fleet.visits * fleet.events_of_visit)  # of a driver who had no line all day
    left = 0.0  # seconds of one core
    for second in range((_LAST - _FIRST) * _HOUR):
        hour, into = divmod(second, _HOUR)
        sent = _drawn(chance, visits * (1 - fleet.late) * _AT_WORK[hour] / _HOUR)
        # Work ends on the hour: most come back in its first twenty minutes.
        crowd = 2.25 if into < _HOUR / 3 else 0.375
        back = _drawn(chance, drivers_late * _BACK[hour] * crowd / _HOUR)
        polls = _drawn(chance, polls_a_second)
        events = sent * fleet.events_of_visit + back * backlog
        pushes = sent + back * -(-backlog // _BATCH)
        runs = polls + sent + back
        work = events / measured.events + runs / measured.hellos + runs / measured.pulls
        left += work
        done = min(left, cores)
        left -= done
        yield Second(polls, events, pushes, done, left / cores)


def _drawn(chance: random.Random, mean: float) -> int:
    """How many come in a second when `mean` come on average."""
    if mean > 30:
        return max(0, round(chance.gauss(mean, mean**0.5)))
    count, product, least = 0, chance.random(), 2.718281828459045**-mean
    while product > least:
        count, product = count + 1, product * chance.random()
    return count


# --- tables ---------------------------------------------------------------------------------------


def tables(measured: Measured) -> str:
    """Markdown."""
    return "\n\n".join((_basis(measured), _fleets(measured), _cores(measured), _storm()))


def _basis(measured: Measured) -> str:
    rows = (
        ("events of pushes (whole reads)", measured.events, "make bench ONLY=push"),
        ("pulls that find nothing new", measured.pulls, "make bench ONLY=idle_pull"),
        ("hellos", measured.hellos, "make bench ONLY=idle_pull"),
    )
    return _table(
        ("per second of one core, PostgreSQL included", "measured", "by"),
        [(name, f"{rate:,.0f}", f"`{command}`") for name, rate, command in rows],
    )


def _fleets(measured: Measured) -> str:
    rows = []
    for drivers in (500, 2_000, 5_000, 20_000):
        fleet = Fleet(drivers)
        seconds = list(day(fleet, measured, cores=1e9))
        busiest = _busiest_minute([each.busy for each in seconds])
        events = _busiest_minute([each.events for each in seconds])
        pushes = _busiest_minute([each.pushes for each in seconds])
        rows.append(
            (
                f"{drivers:,}",
                f"{drivers * fleet.machines_each:,}",
                f"{drivers / fleet.poll_seconds:,.0f}",
                f"{fleet.events / 1e6:.2f} M",
                f"{events:,.0f}",
                f"{pushes / measured.feed:.1%}",
                f"{busiest:.1f}",
                f"{busiest / _BUSY:.0f}" if busiest > _BUSY else "1",
                f"{fleet.events * 365 * fleet.event_bytes / _GIGA:,.0f}",
                f"{_photo_bytes(fleet) * 365 / _GIGA / 1000:,.1f}",
            )
        )
    return _table(
        ("drivers", "machines", "polls/s", "events a day", "events/s, busiest minute",
         "of what the feed can take", "cores at work then", f"cores for {_BUSY:.0%} of use",
         "op_log, GB a year", "photos, TB a year"),
        rows,
    )  # fmt: skip


def _cores(measured: Measured) -> str:
    """A day as it is, and one on which nobody had a line before he was back."""
    rows = []
    for cores in (2, 3, 4, 6, 8):
        told = [str(cores)]
        for late in (Fleet.late, 1.0):
            seconds = list(day(Fleet(20_000, late=late), measured, cores))
            told += [
                f"{_busiest_minute([each.busy for each in seconds]) / cores:.0%}",
                f"{max(each.waiting for each in seconds):,.1f} s",
                f"{sum(each.waiting > 1 for each in seconds) / 60:.0f} min",
            ]
        rows.append(tuple(told))
    return _table(
        ("cores, 20,000 drivers", "use, busiest minute", "longest wait", "waits above 1 s, in all",
         "no line all day: use", "longest wait", "waits above 1 s, in all"),
        rows,
    )  # fmt: skip


def _storm() -> str:
    """All laptops load their records anew, as after a restore."""
    rows = []
    for hours in (0.25, 2.0, 8.0):
        rate = 20_000 * _SNAPSHOT_BYTES / hours / _HOUR / 1e6
        rows.append(
            (f"{hours:g} h", f"{20_000 / hours / _HOUR:.1f}", f"{rate:,.0f} MB/s",
             f"{rate * 8 / 1000:.2f} Gbit/s")
        )  # fmt: skip
    return _table(("20,000 laptops anew within", "laptops/s", "of 5 MB each", "on the line"), rows)


_SNAPSHOT_BYTES = 5_000_000


def _photo_bytes(fleet: Fleet) -> float:
    return fleet.drivers * fleet.visits * fleet.photos_of_visit * fleet.photo_bytes


def _busiest_minute(values: list[float] | list[int]) -> float:
    """Mean of the sixty seconds in a row that ask most."""
    return max(sum(values[at : at + 60]) for at in range(0, len(values), 60)) / 60


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def in_document(text: str, measured: Measured) -> str:
    """The document with the tables of today's model. Raises ValueError when it has no place."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no place for the tables: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{tables(measured)}\n\n{END}{after}"


def main(arguments: list[str]) -> None:
    if arguments == ["--write"]:
        DOCUMENT.write_text(in_document(DOCUMENT.read_text("utf-8"), Measured()), "utf-8")
    else:
        sys.stdout.write(tables(Measured()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
