"""One event that arrived, and what becomes of it; understood before anything is locked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from cvd_server.access import Principal
from cvd_server.clock import from_wire
from cvd_server.event_handlers import HANDLERS
from cvd_server.handler_parts import Event, Key, Refusal
from cvd_server.request_body import has_nul
from cvd_shared.canonical import canonical_json
from cvd_shared.upcasts import upcast
from cvd_shared.wire import Op, OpResult, Outcome
from cvd_shared.wire_events import EVENTS

REFUSED = ("rejected", "quarantined")
OUR_FAULT = Refusal("quarantined", "server_error", "The server could not store this record yet.")
GROUP_SPLIT = Refusal("quarantined", "group_split", "The group is torn apart.")
GROUP_REFUSED = "group_refused"


@dataclass
class Arrival:
    """One event of a batch, or one that is played again."""

    op: Op
    body: bytes
    event: Event | None = None
    key: Key | None = None
    outcome: Outcome = "applied"
    code: str | None = None
    msg: str | None = None
    ver: int | None = None
    alias_of: str | None = None
    answer_only: bool = False  # it is in the log already

    def refuse(self, refusal: Refusal) -> None:
        self.outcome, self.code, self.msg = refusal.outcome, refusal.code, refusal.msg
        self.key = None

    @property
    def open(self) -> bool:
        return self.outcome == "applied" and not self.answer_only

    @property
    def newly_refused(self) -> bool:
        """Refused now, for the first time: somebody has to hear of it."""
        return self.outcome in REFUSED and not self.answer_only and self.alias_of is None

    def result(self) -> OpResult:
        return OpResult.model_construct(
            seq=self.op.seq,
            op_id=self.op.op_id,
            outcome=self.outcome,
            code=self.code,
            msg=self.msg,
            ver=self.ver,
        )


def understand(arrival: Arrival, who: Principal, now: datetime) -> None:
    """Find out what the event says, in today's words; refuse it where it cannot be applied."""
    try:
        arrival.event = _event(arrival.op, who, now)
    except Refusal as refusal:
        arrival.refuse(refusal)


def _event(op: Op, who: Principal, now: datetime) -> Event:
    """Raises Refusal: unknown, somebody else's, not allowed, or not what its type says."""
    version, payload = _in_todays_words(op)
    model = EVENTS.get((op.type, version))
    if model is None:
        raise Refusal("quarantined", "type_unknown", "This server does not know the event.")
    if op.actor != who.user_id:
        raise Refusal("quarantined", "actor_differs", "Recorded by another person.")
    if not who.may(HANDLERS[model].right):
        raise Refusal("quarantined", "not_allowed", "Your role does not allow this.")
    body = canonical_json(payload)
    if b"\\u0000" in body and has_nul(payload):
        raise Refusal("rejected", "payload_invalid", "A text holds the character NUL.")
    try:
        checked = model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        at = ".".join(str(part) for part in first["loc"])
        raise Refusal("rejected", "payload_invalid", f"{at}: {first['msg']}") from error
    try:
        occurred_at = from_wire(op.occurred_at)
    except ValueError as error:
        raise Refusal("rejected", "time_invalid", "The time of the event is no time.") from error
    return Event(op, checked, occurred_at, now, who)


def _in_todays_words(op: Op) -> tuple[int, dict[str, Any]]:
    try:
        return upcast(op.type, op.v, op.payload)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refusal(
            "rejected", "payload_invalid", "The record is not what its version says."
        ) from error


def units(arrivals: list[Arrival]) -> list[list[Arrival]]:
    """Groups in one piece, everything else alone."""
    found: list[list[Arrival]] = []
    for arrival in arrivals:
        group = arrival.op.grp
        if group is not None and found and found[-1][0].op.grp == group:
            found[-1].append(arrival)
        else:
            found.append([arrival])
    return found


def fall_together(unit: list[Arrival]) -> bool:
    """True when the unit was refused; then no event of it is applied any more."""
    refused = {a.outcome for a in unit if a.outcome in REFUSED}
    if not refused:
        return False
    outcome: Any = "rejected" if "rejected" in refused else "quarantined"
    together = Refusal(outcome, GROUP_REFUSED, "Another record of this group was refused.")
    for arrival in unit:
        if arrival.open:
            arrival.refuse(together)
    return True


def without_nul(text: str) -> str:
    """PostgreSQL keeps no NUL in a text; what was sent stays in the body."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
