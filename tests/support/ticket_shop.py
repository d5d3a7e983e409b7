"""A workplace with machines, places, reads and tickets: the real services behind the screens."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import delete

from cvd_desktop.domain.clock import to_wire
from cvd_desktop.domain.records import Session
from cvd_desktop.services import machines, meters_by_hand, repair_guide, tickets
from cvd_desktop.services.settle_read import settle_read
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import outbox_store, read_store
from cvd_desktop.storage import sync_meta_store as meta
from cvd_desktop.storage.read_store import LinkOutcome, ReadStart
from cvd_desktop.storage.tables import snapshot_row
from cvd_desktop.sync.access import save_session
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.screens.meters_screen import MeterServices, MetersScreen
from cvd_desktop.ui.screens.ticket_services import TicketServices
from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
from cvd_desktop.ui.theme import Look
from cvd_shared.dex.dex_writer import envelope
from cvd_shared.ids import IdMaker
from cvd_shared.ticket_states import TicketState
from cvd_shared.wire import OpResult
from cvd_shared.wire_events import Urgency, WorkState
from cvd_shared.wire_records import (
    LocationRecord,
    MachineRecord,
    PartRecord,
    Record,
    TicketRecord,
    TicketWork,
    UserRecord,
)
from tests.support.frame_screens import messages
from tests.support.local_workplace import tell_snapshot, workplace
from tests.support.sample_screen import NOW

ME = "u-technician"
SOLD = ("VA1*129634*912*0*0", "CA3*0*0*0*0*98123*50000*48123*0")
EVENTS = ("EA2*EJB_61*1*4**1", "EA2*EJL*2*9**1", "EA2*EGS*1*36**1", "EA2*EKM*0*1**0")


class ShopClock:
    """Time that goes on only when a test says so."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass(frozen=True)
class TicketShop:
    """`m1` to `m6`, asset numbers 10427 and on; `m5` has a place without coordinates, `m6` none."""

    wp: Workplace
    clock: ShopClock

    def tell(self, *records: Record) -> None:
        tell_snapshot(self.wp, records)

    def change(self, record: Record) -> None:
        """As the next pull would."""
        with self.wp.database.write() as connection:
            connection.execute(
                delete(snapshot_row).where(
                    snapshot_row.c.kind == record.KIND, snapshot_row.c.id == record.id
                )
            )
        self.tell(record)

    def sign_in(self, role: str = "technician") -> None:
        session = Session(
            "https://cvd.example", ME, "Technician 03", role, "o1", "Harbour Vending", "d1"
        )
        with self.wp.database.write() as connection:
            save_session(connection, session)

    def sign_out(self) -> None:
        with self.wp.database.write() as connection:
            meta.delete_many(connection, meta.SESSION)

    def read(self, machine_id: str, *lines: str, ago: timedelta = timedelta(hours=3)) -> str:
        """A whole read of this laptop."""
        wp, number = self.wp, int(machine_id[1:])
        identity = f"ID1*SN{number}*M*1***{10426 + number}"
        raw = envelope((identity, "ID4*2*978*EUR", *lines), "CVD0000001")
        start = ReadStart(wp.new_id(), self.clock() - ago, "COM3", "dexucs", "look", machine_id)
        with wp.database.write() as connection:
            read_store.open_read(connection, start)
            read_store.append_block(connection, start.id, 1, raw, (), last=True)
            read_store.finish_read(connection, start.id, LinkOutcome(2.0, 0, None, None, {}))
        settle_read(wp, start.id)
        return start.id

    def answer(self, outcome: str, code: str | None = None) -> None:
        """The server's answer to everything that waits: "applied" or "rejected"."""
        with self.wp.database.write() as connection:
            incarnation = meta.get(connection, meta.INCARNATION) or ""
            results = [
                OpResult(seq=event.seq, op_id=event.op_id, outcome=outcome, code=code)
                for event in outbox_store.in_order(connection)
                if not event.acked
            ]
            outbox_store.record_outcomes(connection, incarnation, results, to_wire(self.clock()))

    def payloads(self, type_: str) -> list[dict[str, object]]:
        """What waits in the outbox of this type, oldest first."""
        with self.wp.database.read() as connection:
            events = outbox_store.in_order(connection)
        return [event.body["payload"] for event in events if event.type == type_]

    def services(self) -> TicketServices:
        wp = self.wp
        return TicketServices(
            ticket_list=partial(tickets.ticket_list, wp),
            ticket_detail=partial(tickets.ticket_detail, wp),
            ticket_start=partial(tickets.ticket_start, wp),
            open_ticket=lambda machine_id, fault, urgency, codes, note: tickets.open_ticket(
                wp,
                machine_id=machine_id,
                fault=fault,
                urgency=urgency,
                event_codes=codes,
                note=note,
            ),
            take_ticket=partial(tickets.take_ticket, wp),
            arrive=partial(tickets.arrive, wp),
            keep_draft=partial(tickets.keep_draft, wp),
            work_ticket=lambda ticket_id, state, actions, outcome, parts, arrived_at: (
                tickets.work_ticket(
                    wp,
                    ticket_id,
                    state=state,
                    actions=actions,
                    outcome=outcome,
                    parts=parts,
                    arrived_at=arrived_at,
                )
            ),
            undo_ticket=partial(tickets.undo_ticket, wp),
            find_machines=lambda text, offset, limit: machines.find_machines(
                wp, text, offset=offset, limit=limit
            ),
            event_words=repair_guide.event_words,
            guide=repair_guide.all_pages,
        )

    def meter_services(self) -> MeterServices:
        wp = self.wp
        return MeterServices(
            known_meters=partial(meters_by_hand.known_meters, wp),
            enter_meters=partial(meters_by_hand.enter_meters, wp),
            find_machines=self.services().find_machines,
        )

    def meters_screen(self, look: Look, background: Background) -> MetersScreen:
        return MetersScreen(look, background, messages(), self.meter_services(), self.clock)

    def screen(self, look: Look, background: Background) -> TicketsScreen:
        return TicketsScreen(look, background, messages(), self.services(), self.clock)


@contextmanager
def ticket_shop(folder: Path, role: str | None = "technician") -> Iterator[TicketShop]:
    """A shop whose machines and places are told; without tickets."""
    clock = ShopClock()
    with workplace(folder) as opened:
        shop = TicketShop(replace(opened, clock=clock, new_id=IdMaker(clock)), clock)
        shop.tell(*fleet())
        if role is not None:
            shop.sign_in(role)
        yield shop


def fleet() -> list[Record]:
    """Places on one meridian: 0, 0.6, 3.3 and 122 km from the first; one has no coordinates."""
    places = (
        ("Harbour Works, canteen", 54.0, "Gate 3. Ask the porter for key 12, he leaves at 16:00."),
        ("Mill Street Gym", 54.005, ""),
        ("Police station, 2nd floor", 54.03, "Badge at the desk."),
        ("Logistics Park, hall B", 55.1, "Safety shoes."),
        ("School of Music", None, ""),
    )
    records: list[Record] = [
        LocationRecord(
            id=f"l{n}",
            name=name,
            address=f"{10 + n} Quay Street, Harbour Town",
            latitude=latitude,
            longitude=None if latitude is None else 10.0,
            contact="Reception, +49 431 555 0100",
            access_hours="Mon to Fri 06:00 to 22:00",
            access_notes=notes,
        )
        for n, (name, latitude, notes) in enumerate(places, 1)
    ]
    kinds = ("snack", "drink", "coffee", "combined", "snack", "drink")
    for n in range(1, 7):
        records.append(
            MachineRecord(
                id=f"m{n}",
                asset_number=str(10426 + n),
                serial_number=f"SN{n}00123",
                make="Alder",
                model="Snack 48",
                machine_type=kinds[n - 1],
                location_id=f"l{n}" if n < 6 else None,
                location_name=places[n - 1][0] if n < 6 else "",
                currency="EUR",
            )
        )
    return records


def ticket(
    ticket_id: str,
    machine_id: str,
    fault: str,
    urgency: Urgency = "normal",
    codes: Sequence[str] = (),
    *,
    state: TicketState = "open",
    days: float = 1,
    **more: object,
) -> TicketRecord:
    facts = {
        "id": ticket_id,
        "machine_id": machine_id,
        "fault": fault,
        "urgency": urgency,
        "event_codes": codes,
        "state": state,
        "opened_at": to_wire(NOW - timedelta(days=days)),
        "opened_by": "Office",
    }
    return TicketRecord.model_validate(facts | more)


def work(
    work_id: str,
    state: WorkState,
    actions: str = "",
    *,
    by_id: str = "u2",
    minutes: int | None = None,
    hours_ago: float = 20,
    parts: Sequence[PartRecord] = (),
    outcome: str = "",
) -> TicketWork:
    return TicketWork(
        id=work_id,
        at=to_wire(NOW - timedelta(hours=hours_ago)),
        by="Technician 07" if by_id != ME else "Technician 03",
        by_id=by_id,
        state=state,
        actions=actions,
        outcome=outcome,
        parts=tuple(parts),
        seconds_on_site=None if minutes is None else minutes * 60,
    )


def busy_day() -> list[Record]:
    """Tickets of every urgency and state."""
    motor = PartRecord(name="Vend motor 24 V", number="VM-2440", quantity=1)
    relay = PartRecord(name="Start relay", number="RL-220", quantity=2)
    waiting = work(
        "w2", "waiting_for_parts", "The compressor trips after two minutes.",
        by_id=ME, minutes=70, outcome="Start relay ordered. Sales stopped.", parts=(motor, relay),
    )  # fmt: skip
    cleaned = work(
        "w1", "in_progress", "Condenser cleaned, pressure checked.", minutes=45, hours_ago=30
    )
    return [
        UserRecord(id=ME, name="technician03", full_name="Technician 03", role="technician"),
        ticket("t1", "m2", "Not cold enough", "high", ("EOC", "EJH"), state="waiting_for_parts",
               days=4, note="11 degrees at noon, the fan runs.", work=(cleaned, waiting),
               assignee_id=ME, assignee_name="Technician 03"),
        ticket("t2", "m1", "Row 6 pays and gives nothing", "high", ("EJB61",), days=0.3,
               note="Two refunds on Friday. The spiral turns half way."),
        ticket("t3", "m4", "Dark, nothing works", "machine_down", ("ECA", "CR"), days=1.2),
        ticket("t4", "m3", "Coins fall through", "normal", ("EAA", "EAR"), state="assigned",
               days=2, assignee_id="u2", assignee_name="Technician 07"),
        ticket("t5", "m5", "Door light flickers", "low", ("EGE",), days=9),
        ticket("t6", "m6", "Card reader does not beep any more after the software was loaded on "
               "Monday; cash works", "normal", ("EK2M",), days=3),
        ticket("t7", "m1", "Cups stuck", "normal", ("EBE",), state="resolved", days=6,
               assignee_id=ME, assignee_name="Technician 03",
               work=(work("w3", "resolved", "Ring changed.", by_id=ME, minutes=25, hours_ago=90),)),
        ticket("t8", "m3", "Vandalised glass", "high", ("OCB",), state="closed", days=40),
    ]  # fmt: skip
