"""What the Stop screen asks of the services; the application binds them to the workplace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from cvd_desktop.domain.fill_sheet import CellEdit
    from cvd_desktop.domain.records import ReadDetail
    from cvd_desktop.domain.visit_records import (
        BagCheck,
        CashDraft,
        DraftPhoto,
        EvidenceDraft,
        StopDetail,
    )
    from cvd_shared.route_shapes import SlotKey
    from cvd_shared.wire_events import PhotoSubject

VISITED = frozenset({"visit", "run", "outbox"})
"""Topics of what a visit changes."""


class StopDetailOf(Protocol):
    """services.stop.stop_detail: nothing given means where the work is."""

    def __call__(
        self,
        *,
        run_id: str | None = None,
        stop_id: str | None = None,
        machine_id: str | None = None,
    ) -> StopDetail: ...


class BeginVisit(Protocol):
    """services.visit_draft.begin_visit: marks the stop arrived."""

    def __call__(
        self, machine_id: str, run_id: str | None = None, stop_id: str | None = None
    ) -> str: ...


class KeepRead(Protocol):
    """services.visit_draft.keep_read: the read of a visit, or why there is none."""

    def __call__(self, visit_id: str, read_id: str | None, no_read: str = "") -> object: ...


class AmendVisit(Protocol):
    """services.complete_visit.amend_visit: a correction; the visit stays as it was recorded."""

    def __call__(
        self,
        visit_id: str,
        reason: str,
        *,
        edits: Mapping[SlotKey, CellEdit] | None = None,
        cash: CashDraft | None = None,
        note: str = "",
    ) -> object: ...


class AddPhoto(Protocol):
    """services.photos.add_photo: stores a picture that was made small."""

    def __call__(
        self,
        visit_id: str,
        small: bytes,
        width: int,
        height: int,
        mime: str,
        original: Path | None,
        subject: PhotoSubject,
        caption: str = "",
    ) -> DraftPhoto: ...


@dataclass(frozen=True, slots=True)
class StopServices:
    """All of them work in the database lane, but `fetch_attachment`: that asks the network."""

    stop_detail: StopDetailOf
    begin_visit: BeginVisit
    keep_cash: Callable[[str, CashDraft], object]
    keep_evidence: Callable[[str, EvidenceDraft], object]
    keep_place: Callable[[str, str, SlotKey | None], object]  # visit id, tab, cell
    keep_read: KeepRead
    drop_visit: Callable[[str], object]
    check_bag: Callable[[str, str], BagCheck]  # bag, visit id
    finish_visit: Callable[[str], object]
    amend_visit: AmendVisit
    add_photo: AddPhoto
    photo_bytes: Callable[[str], bytes | None]  # sha256
    read_detail: Callable[[str], ReadDetail]  # by its id
    store_signature: Callable[[str, bytes, str], object]  # visit id, PNG, name
    take_up_visit: Callable[[str], object] | None = None  # one that was dropped
    fetch_attachment: Callable[[str], bytes] | None = None  # sha256 of a colleague's photo
