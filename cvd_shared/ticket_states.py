"""The states of a ticket: what may be offered next, and what several people's work makes of it.

Domain: open -> assigned -> in progress -> resolved -> closed, -> waiting for parts. A work states
its result, not a step; so the rule for what arrives late, twice or from two laptops is one line:
in the order of their times the last work says the state, and `closed` is never left.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol

from cvd_shared.wire_events import WorkState

TicketState = Literal["open", "assigned", "in_progress", "waiting_for_parts", "resolved", "closed"]

MOVES: dict[TicketState, tuple[WorkState, ...]] = {
    "open": ("assigned", "in_progress", "waiting_for_parts", "resolved"),
    "assigned": ("assigned", "in_progress", "waiting_for_parts", "resolved"),
    "in_progress": ("assigned", "in_progress", "waiting_for_parts", "resolved"),
    "waiting_for_parts": ("assigned", "in_progress", "waiting_for_parts", "resolved"),
    "resolved": ("in_progress", "closed"),
    "closed": (),
}
"""What a person is offered. Work that somebody did all the same is kept: `ticket_after`."""


class Work(Protocol):
    """One work on a ticket; `id` is the id of its event, `at` its time in UTC ISO 8601."""

    @property
    def id(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def by_id(self) -> str: ...
    @property
    def state(self) -> WorkState: ...
    @property
    def assignee_id(self) -> str | None: ...


class TicketAfter(NamedTuple):
    state: TicketState
    assignee_id: str | None


def in_order(work: Work) -> tuple[str, str]:
    """The sort key of works: the same on the server and on every laptop."""
    return (work.at, work.id)


def ticket_after(works: Iterable[Work]) -> TicketAfter:
    """State and assignee after these works, in whatever order they arrived.

    The assignee is whom the last work names that names one; where none does, the first person who
    takes the ticket (assigned, in progress) has it.
    """
    state: TicketState = "open"
    assignee: str | None = None
    for work in sorted(works, key=in_order):
        if state != "closed":
            state = work.state
            if work.assignee_id is not None:
                assignee = work.assignee_id
            elif assignee is None and work.state in ("assigned", "in_progress"):
                assignee = work.by_id or None
    return TicketAfter(state, assignee)
