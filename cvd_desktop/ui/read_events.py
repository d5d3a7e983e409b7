"""The events of a read by their code: how often, when last, whether since the read before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvd_desktop.domain.records import EventLine
from cvd_shared.dex.dex_events import event_meaning

if TYPE_CHECKING:
    from cvd_shared.dex.interval_facts import EventDelta, Interval


@dataclass(frozen=True, slots=True)
class EventGroup:
    """All that a report tells of one event code."""

    code: str
    text: str
    advice: str
    active: bool
    logged: int  # entries with a time of their own
    since_reset: int | None
    since_init: int | None
    last: str | None  # time of the newest entry, as the machine wrote it
    happened: bool  # since the read before; False where that is not known
    lately: int | None  # how often since the read before
    lines: tuple[int, ...]  # of the file, as far as they are known

    @property
    def routine(self) -> bool:
        """A door that was opened or closed: it is so at every read."""
        return event_meaning(self.code).standard_code in _ROUTINE


_ROUTINE = frozenset(("EGS", "EGT"))


def group_events(
    events: Iterable[EventLine], interval: Interval | None = None
) -> tuple[EventGroup, ...]:
    """One group for each code: active ones first, then what happened lately, then the newest; the
    door after the others."""
    by_code: dict[str, list[EventLine]] = {}
    for event in events:
        by_code.setdefault(event.code, []).append(event)
    lately = {each.code: each for each in (interval.events if interval is not None else ())}
    groups = [_group(code, lines, lately.get(code)) for code, lines in by_code.items()]
    groups.sort(key=lambda group: group.last or "", reverse=True)
    groups.sort(key=lambda group: (not group.active, not group.happened))
    return tuple(sorted(groups, key=lambda group: group.routine))


def _group(code: str, lines: list[EventLine], moved: EventDelta | None) -> EventGroup:
    active = any(line.active for line in lines)
    return EventGroup(
        code=code,
        text=lines[0].text,
        advice=next((line.advice for line in lines if line.advice), ""),
        active=active,
        logged=sum(line.since_reset is None and line.since_init is None for line in lines),
        since_reset=_first(line.since_reset for line in lines),
        since_init=_first(line.since_init for line in lines),
        last=max((line.at for line in lines if line.at), default=None),
        happened=moved is not None,
        lately=moved.times if moved is not None else None,
        lines=tuple(sorted({line.line for line in lines if line.line})),
    )


def _first(counts: Iterable[int | None]) -> int | None:
    return next((count for count in counts if count is not None), None)
