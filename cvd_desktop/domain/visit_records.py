"""What the Stop screen gets to see and what it keeps while a visit is under way."""

from dataclasses import dataclass, field
from datetime import datetime

from cvd_desktop.domain.fill_sheet import CellEdit, FillSheet
from cvd_desktop.domain.records import ReadDetail, RecordState
from cvd_desktop.domain.route_records import StopMachine, StopView
from cvd_shared.cash_facts import CashExpected, OverShort
from cvd_shared.moments import moment
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import PhotoSubject, PhotoTaken
from cvd_shared.wire_records import PhotoRecord, VisitAmendment, VisitRecord

TABS = ("read", "fill", "cash", "evidence", "finish")
NO_READ_REASONS = ("no_port", "no_answer", "no_adapter", "machine_off", "other")
NO_COLLECT_REASONS = ("not_asked", "no_key", "little_cash", "other")


@dataclass(frozen=True, slots=True)
class CashDraft:
    """As typed, minor units. An empty bag number means: not collected (yet)."""

    bag: str = ""
    bag_at: datetime | None = None  # when it was scanned or typed
    counted: int | None = None
    refunds: int = 0
    changer_refill: int = 0
    float_left: int | None = None
    test_vends: int = 0
    no_collect: str = ""  # a code of NO_COLLECT_REASONS, or free words


@dataclass(frozen=True, slots=True)
class DraftPhoto:
    """A picture that is stored already (services/photos.py)."""

    photo_id: str
    sha256: str  # of the small one
    width: int
    height: int
    size: int
    mime: str
    taken_at: datetime
    subject: PhotoSubject = "other"
    caption: str = ""


def told_photo(photo_id: str, photo: PhotoTaken | PhotoRecord) -> DraftPhoto:
    """A picture that an event or the server tells of, as a draft has it."""
    return DraftPhoto(
        photo_id=photo_id,
        sha256=photo.sha256,
        width=photo.width,
        height=photo.height,
        size=photo.size,
        mime=photo.mime,
        taken_at=moment(photo.at),
        subject=photo.subject,
        caption=photo.caption,
    )


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    photos: tuple[DraftPhoto, ...] = ()
    checks: dict[str, bool] = field(default_factory=dict)  # text of the checklist -> done
    note: str = ""
    answer: str = ""
    signed_by: str = ""
    signature_sha256: str = ""


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """A visit under way: kept after every change, so that a dead battery costs nothing."""

    visit_id: str
    machine_id: str
    run_id: str | None
    stop_id: str | None
    arrived_at: datetime
    tab: str = "read"  # where the person was
    cell: SlotKey | None = None
    edits: dict[SlotKey, CellEdit] = field(default_factory=dict)
    cash: CashDraft = CashDraft()
    evidence: EvidenceDraft = EvidenceDraft()
    read_id: str | None = None  # the read of this visit
    no_read: str = ""  # why there is none: a code of NO_READ_REASONS, or free words


@dataclass(frozen=True, slots=True)
class TabState:
    """The mark of a tab. `mark`: "todo", "now" is the screen's own, "done", "warning"."""

    mark: str
    code: str  # of the words below the tab (services/word_table_visit.py)
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BagCheck:
    """Whether a bag may be used: one bag, one collect."""

    bag: str
    free: bool
    used_at: datetime | None = None
    used_by_asset: str = ""  # machine that it was used for


@dataclass(frozen=True, slots=True)
class CashView:
    """Expected in the bag, by the reads since the last collect, with what a person recorded."""

    expected: CashExpected | None  # None: there is no read to go by
    over_short: OverShort | None
    currency: str
    decimals: int
    collected_at: datetime | None  # the last collect
    read_at: datetime | None  # the newest read
    reads_between: int  # since the last collect, the newest one too
    bag: BagCheck | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that was asked for and is not there. `why_it_matters` in word_table_visit."""

    tab: str
    code: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VisitView:
    """One machine of a stop, with the visit under way there."""

    stop: StopView | None  # None: not on the run
    machine: StopMachine
    draft: VisitDraft | None  # None: nobody arrived yet, or the visit is finished
    finished: VisitRecord | None  # the visit of today, with its amendments
    finished_state: RecordState | None
    sheet: FillSheet  # of the draft; of the finished visit as it was recorded
    read: ReadDetail | None  # of this visit
    cash: CashView
    tabs: dict[str, TabState]
    missing: tuple[Missing, ...]
    office_note: str
    answer_wanted: bool
    checklist: tuple[str, ...]
    photos_wanted: int
    signature_wanted: bool
    photos: tuple[DraftPhoto, ...] = ()  # of the finished visit, those that this laptop took
    standing: VisitRecord | None = None  # the finished visit without refused corrections
    refused_correction: VisitAmendment | None = None  # the newest, where the server refused it


@dataclass(frozen=True, slots=True)
class StopDetail:
    """The stop that the person is at, and its machines."""

    run_id: str | None
    route_number: str
    stop: StopView | None
    of_stops: int
    machines: tuple[StopMachine, ...]
    machine_id: str  # of the one shown
    visit: VisitView
