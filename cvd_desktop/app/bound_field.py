"""Tickets and meters by hand, bound to the workplace; each is imported when a lane first asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cvd_desktop.app.bound_services import BoundServices

if TYPE_CHECKING:
    from cvd_desktop.domain.ticket_records import (
        EventWords,
        GuidePage,
        KnownMeters,
        MetersDone,
        TicketDetail,
        TicketDraft,
        TicketList,
        TicketStart,
    )
    from cvd_shared.wire_events import MeterKind, PartUsed, Urgency, WorkState


class BoundField:
    """What a technician and a driver record at a machine beside its reads."""

    def __init__(self, services: BoundServices) -> None:
        self._services = services

    # tickets

    def ticket_list(self) -> "TicketList":
        from cvd_desktop.services.tickets import ticket_list

        return ticket_list(self._services.workplace())

    def ticket_detail(self, ticket_id: str) -> "TicketDetail":
        from cvd_desktop.services.tickets import ticket_detail

        return ticket_detail(self._services.workplace(), ticket_id)

    def ticket_start(self, machine_id: str) -> "TicketStart":
        from cvd_desktop.services.tickets import ticket_start

        return ticket_start(self._services.workplace(), machine_id)

    def open_ticket(
        self,
        machine_id: str,
        fault: str,
        urgency: "Urgency",
        event_codes: Sequence[str],
        note: str,
    ) -> str:
        from cvd_desktop.services.tickets import open_ticket

        return open_ticket(
            self._services.workplace(),
            machine_id=machine_id,
            fault=fault,
            urgency=urgency,
            event_codes=event_codes,
            note=note,
        )

    def take_ticket(self, ticket_id: str) -> None:
        from cvd_desktop.services.tickets import take_ticket

        take_ticket(self._services.workplace(), ticket_id)

    def arrive(self, ticket_id: str) -> datetime:
        from cvd_desktop.services.tickets import arrive

        return arrive(self._services.workplace(), ticket_id)

    def keep_draft(self, ticket_id: str, draft: "TicketDraft") -> None:
        from cvd_desktop.services.tickets import keep_draft

        keep_draft(self._services.workplace(), ticket_id, draft)

    def work_ticket(
        self,
        ticket_id: str,
        state: "WorkState | None",
        actions: str,
        outcome: str,
        parts: "Sequence[PartUsed]",
        arrived_at: datetime | None,
    ) -> None:
        from cvd_desktop.services.tickets import work_ticket

        work_ticket(
            self._services.workplace(),
            ticket_id,
            state=state,
            actions=actions,
            outcome=outcome,
            parts=parts,
            arrived_at=arrived_at,
        )

    def undo_ticket(self, ticket_id: str) -> None:
        from cvd_desktop.services.tickets import undo_ticket

        undo_ticket(self._services.workplace(), ticket_id)

    def event_words(self, code: str) -> "EventWords":
        from cvd_desktop.services.repair_guide import event_words

        return event_words(code)

    def guide(self) -> "Sequence[GuidePage]":
        from cvd_desktop.services.repair_guide import all_pages

        return all_pages()

    # meters by hand

    def known_meters(self, machine_id: str) -> "KnownMeters":
        from cvd_desktop.services.meters_by_hand import known_meters

        return known_meters(self._services.workplace(), machine_id)

    def enter_meters(
        self,
        machine_id: str,
        kind: "MeterKind",
        vends: int | None,
        value: int | None,
        cash_box: int | None,
        selections: Mapping[str, int],
        note: str,
    ) -> "MetersDone":
        from cvd_desktop.services.meters_by_hand import enter_meters

        return enter_meters(
            self._services.workplace(), machine_id, kind, vends, value, cash_box, selections, note
        )
