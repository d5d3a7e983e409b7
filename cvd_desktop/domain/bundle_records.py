"""Files that carry unsent work by hand, as services and screens speak of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BundleMade:
    """`files`: how many were written, `path` is the first. `left_out`: attachments, or events, that
    are in none of them: there was no room, or they are not on this laptop any more."""

    path: Path
    bundle_id: str
    events: int
    attachments: int
    left_out: int
    size: int  # bytes of all files
    files: int = 1


@dataclass(frozen=True, slots=True)
class ReceiptTaken:
    """`news`: events that were waiting until now; `refused` of these the server did not apply."""

    bundle_id: str
    news: int
    refused: int
    waiting: int  # still


@dataclass(frozen=True, slots=True)
class TakenAway:
    """The last file with unsent work that a person took from this laptop."""

    at: datetime
    up_to: int  # lseq of its last event
    file: str
    events: int


class CarriedState(StrEnum):
    WAITING = "waiting"  # goes with the next sync
    REFUSED = "refused"  # the server does not take it; `code` says why
    RECEIPT = "receipt"  # the receipt is to be brought back


@dataclass(frozen=True, slots=True)
class CarriedBundle:
    """A bundle of another laptop. `path` is the bundle, or the receipt where there is one."""

    bundle_id: str
    user_name: str
    made_at: datetime | None
    events: int | None
    state: CarriedState
    path: Path
    code: str | None = None


@dataclass(frozen=True, slots=True)
class BundleCarried:
    """A bundle that was just taken, or was here already (`news` False)."""

    bundle_id: str
    user_name: str
    events: int
    news: bool
