"""Events between two reports: how often each happened (EA2), when it did last (EA1), what lasts."""

from dataclasses import dataclass, field

from cvd_shared.dex.interval_facts import EventDelta
from cvd_shared.dex.machine_reading import Event, MachineReading
from cvd_shared.dex.meters import DeltaKind, delta

_DIGITS = 6  # EA203


@dataclass(slots=True)
class _Seen:
    """One code in a report; a code that is there twice counts twice."""

    text: str
    since_init: int | None = None
    since_reset: int | None = None
    counted: bool = False
    active: bool = False
    last: str | None = None
    new: bool = False
    lines: list[int] = field(default_factory=list)


def event_deltas(
    before: MachineReading, now: MachineReading, *, counted: bool
) -> tuple[EventDelta, ...]:
    """The events that happened since the earlier report or that last, in the order of the report.

    `counted` is False where the two reports cannot be compared: then only dates and activity tell.
    """
    earlier, old = _by_code(before.events, frozenset(), None)
    seen, _ = _by_code(now.events, old, _newest_before(before, now))
    found = []
    for code, event in seen.items():
        times = _times(earlier.get(code), event) if counted else None
        if times or event.active or event.new:
            found.append(
                EventDelta(code, event.text, times, event.active, event.last, tuple(event.lines))
            )
    return tuple(found)


Dated = frozenset[tuple[str, str | None]]


def _by_code(
    events: tuple[Event, ...], old: Dated, since: str | None
) -> tuple[dict[str, _Seen], Dated]:
    """The events by code, and every (code, moment) among them."""
    found: dict[str, _Seen] = {}
    dated = set()
    for event in events:
        seen = found.get(event.code)
        if seen is None:
            seen = found[event.code] = _Seen(event.text)
        seen.lines.append(event.line)
        seen.active |= event.active is True
        if event.since_init is not None or event.since_reset is not None:
            seen.counted = True
            seen.since_init = _plus(seen.since_init, event.since_init)
            seen.since_reset = _plus(seen.since_reset, event.since_reset)
        if event.at is not None:
            seen.last = max(seen.last or "", event.at)
            dated.add((event.code, event.at))
            late = since is None or event.at[:10] >= since[:10]
            seen.new |= late and (event.code, event.at) not in old
    return found, frozenset(dated)


def _newest_before(before: MachineReading, now: MachineReading) -> str | None:
    """The machine's time of the earlier report; None where its clock cannot be relied on."""
    then = before.machine_clock or before.read_outs.at
    shown = now.machine_clock or now.read_outs.at
    return then if then and shown and then <= shown else None


def _times(before: _Seen | None, now: _Seen) -> int | None:
    if not now.counted:
        return None
    if before is None or not before.counted:
        # What never happened, or what a reset took from the list, is not sent (ch. 5.1.4).
        known = [each for each in (now.since_init, now.since_reset) if each is not None]
        return min(known)
    moved = delta(before.since_init, now.since_init, _DIGITS)
    if moved.amount is not None:
        return moved.amount
    reset = moved.kind is DeltaKind.RESTARTED or (now.since_reset or 0) < (before.since_reset or 0)
    return now.since_reset if reset else None


def _plus(one: int | None, other: int | None) -> int | None:
    return one if other is None else (one or 0) + other
