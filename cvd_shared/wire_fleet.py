"""Master data that the office takes away and brings back (sync protocol, 2.9: deletes are soft)."""

from pydantic import Field

from cvd_shared.wire import Answer, Id, Request

REMOVABLE = ("location", "route", "machine", "product", "planogram", "due_rules")
"""Kinds of records that the office owns. What people recorded in the field is never removed."""


class RemoveRequest(Request):
    reason: str = Field(min_length=1, max_length=500)


class RemovedRecord(Answer):
    kind: str
    id: Id
    name: str  # as people call it
    removed_at: str


class RemovedList(Answer):
    """Newest first, at most 1,000."""

    records: list[RemovedRecord]
