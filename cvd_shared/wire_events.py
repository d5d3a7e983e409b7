"""What a person did, as it travels to the server: one model per event type and version.

To add an event: 1. a payload model here with its `TYPE` and `VERSION`; 2. its line in `EVENTS`;
3. its handler in cvd_server/event_handlers.py; 4. its fold in cvd_desktop/domain/projection.py;
5. its words in cvd_desktop/services/record_words.py. A completeness test names the forgotten step.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

AnswerState = Literal["ok", "warning", "failed", "unknown"]


class EventPayload(BaseModel):
    """Base of all payloads: strict, so that a false is never taken for a number."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1


class VerdictWire(BaseModel):
    """The five questions of a read (domain: read verdict)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    link: AnswerState
    transfer: AnswerState
    integrity: AnswerState
    mapping: AnswerState
    plausibility: AnswerState


class ReadRecorded(EventPayload):
    """An audit was taken from a machine. The raw bytes travel as the inline blob `raw_sha256`."""

    TYPE: ClassVar[str] = "read.recorded"
    read_id: str = Field(min_length=1, max_length=64)
    machine_id: str | None = Field(default=None, max_length=64)  # the machine chosen, if any
    asset_number: str | None = Field(default=None, max_length=100)  # as the file says (ID106)
    at: str = Field(max_length=40)  # UTC ISO 8601, start of the read
    purpose: Literal["look", "collect"]
    link: Literal["dexucs", "ddcmp", "file"]
    complete: bool
    size: int = Field(ge=0)  # bytes of the raw report
    raw_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    seconds: float = Field(ge=0)
    verdict: VerdictWire


class ReadAssigned(EventPayload):
    """A person decided whose read it is, after the file had named another machine."""

    TYPE: ClassVar[str] = "read.assigned"
    read_id: str = Field(min_length=1, max_length=64)
    machine_id: str = Field(min_length=1, max_length=64)
    verdict: VerdictWire  # judged again against that machine


EVENTS: dict[tuple[str, int], type[EventPayload]] = {
    (model.TYPE, model.VERSION): model for model in (ReadRecorded, ReadAssigned)
}
