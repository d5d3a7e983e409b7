"""How each screen is made of the application's parts; it is imported when it is first needed.

To add a screen: its line in screen_slots.py says the rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cvd_desktop.domain.clock import Clock
from cvd_desktop.ui.screen import Screen

if TYPE_CHECKING:
    from cvd_desktop.app.bound_bench import BoundBench
    from cvd_desktop.app.bound_day import BoundDay
    from cvd_desktop.app.bound_people import BoundPeople
    from cvd_desktop.app.bound_services import BoundServices
    from cvd_desktop.app.settings_keeper import SettingsKeeper
    from cvd_desktop.domain.records import (
        MachineLine,
        OutboxEntry,
        PortFact,
        ReadSummary,
        Session,
        SyncStatus,
    )
    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.messages import Messages
    from cvd_desktop.ui.read_proof import Proof
    from cvd_desktop.ui.screens.bench_screen import BenchScreen
    from cvd_desktop.ui.screens.fill_part import FillPart
    from cvd_desktop.ui.screens.import_screen import ImportScreen
    from cvd_desktop.ui.screens.load_screen import LoadScreen
    from cvd_desktop.ui.screens.machines_screen import MachinesScreen
    from cvd_desktop.ui.screens.meters_screen import MetersScreen
    from cvd_desktop.ui.screens.outbox_screen import OutboxScreen
    from cvd_desktop.ui.screens.read_screen import ReadScreen
    from cvd_desktop.ui.screens.review_screen import ReviewScreen
    from cvd_desktop.ui.screens.settings_screen import Preferences, SettingsScreen
    from cvd_desktop.ui.screens.sign_in_screen import SignInDone, SignInScreen
    from cvd_desktop.ui.screens.stop_screen import StopScreen
    from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
    from cvd_desktop.ui.screens.today_screen import TodayScreen
    from cvd_desktop.ui.screens.unlock_screen import UnlockScreen
    from cvd_desktop.ui.theme import Look
    from cvd_desktop.ui.widgets.chip import MachineChipState
    from cvd_shared.wire_records import LocationRecord, MachineRecord

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Wires:
    """What screens tell the rest of the application, each on the GUI thread."""

    machine_state: "Callable[[str, MachineChipState, int | None], None]"  # of a screen, by name
    read_wanted: "Callable[[MachineRecord], None]"
    read_opened: "Callable[[str, Proof | None], None]"
    machine_opened: Callable[[str], None]  # asset number
    meters_wanted: "Callable[[MachineRecord], None]"
    ticket_wanted: Callable[[str, Sequence[str]], None]  # machine id, event codes
    stop_opened: Callable[[str | None, str | None, str | None], None]  # run, stop, machine id
    stop_made: "Callable[[StopScreen], None]"
    screen_wanted: Callable[[str], None]  # by name
    session: "Callable[[], Session | None]"  # as last heard
    import_wanted: Callable[[], None]
    import_ended: Callable[[str], None]
    export_wanted: "Callable[[Sequence[ReadSummary], ReadSummary], None]"
    status_known: "Callable[[SyncStatus], None]"
    synced: Callable[[object], None]  # the report of a run that a person asked for
    signed_in: "Callable[[SignInDone], None]"
    sample: Callable[[], "tuple[Callable[[], None] | None, Callable[[], None] | None]"]
    unlocked: Callable[[], None]
    person_chosen: Callable[[str], None]  # by id: another one of this laptop
    aside_wanted: Callable[[], None]  # to record while the own folder is locked
    person_removed: Callable[[], None]  # the data of this folder's person are to go


@dataclass(frozen=True, slots=True)
class ScreenMakers:
    """What screens are made of, and where their news goes."""

    look: "Look"
    background: "Background"
    messages: "Messages"
    services: "BoundServices"
    bench: "BoundBench"
    day: "BoundDay"
    people: "BoundPeople"
    keeper: "SettingsKeeper"
    clock: Clock
    wires: "Wires"

    def make(self, name: str) -> Screen:
        """The screen of a name of screen_slots.py, new."""
        makers: dict[str, Callable[[], Screen]] = {
            "review": self._review,
            "today": self._today,
            "load": self._load,
            "stop": self._stop,
            "read": self._read,
            "machines": self._machines,
            "bench": self._bench,
            "tickets": self._tickets,
            "meters": self._meters,
            "outbox": self._outbox,
            "import": self._import,
            "settings": self._settings,
            "sign_in": self._sign_in,
            "unlock": self._unlock,
        }
        return makers[name]()

    def _review(self) -> "ReviewScreen":
        from cvd_desktop.ui.screens.review_screen import ReviewScreen
        from cvd_desktop.ui.screens.review_services import ReviewServices

        screen = ReviewScreen(
            self.look,
            self.background,
            self.messages,
            _of(ReviewServices, self.day),
            self.clock,
        )
        screen.read_opened.connect(lambda read_id: self.wires.read_opened(read_id, None))
        screen.sign_in_wanted.connect(lambda: self.wires.screen_wanted("sign_in"))
        return screen

    def _today(self) -> "TodayScreen":
        from cvd_desktop.ui.screens.today_screen import TodayScreen
        from cvd_desktop.ui.screens.today_services import TodayServices

        day, wires = self.day, self.wires
        screen = TodayScreen(
            self.look,
            self.background,
            self.messages,
            TodayServices(
                todays_run=day.todays_run,
                mark_stop=day.mark_stop,
                order_stops=day.order_stops,
                changes_seen=day.changes_seen,
                map_address=_map_address,
                open_address=_open_address,
                session=wires.session,
            ),
            self.clock,
        )
        screen.stop_opened.connect(
            lambda run, stop, machine: wires.stop_opened(run, stop, machine or None)
        )
        screen.machine_wanted.connect(lambda machine: wires.stop_opened(None, None, machine))
        screen.machine_opened.connect(wires.machine_opened)
        screen.load_wanted.connect(lambda: wires.screen_wanted("load"))
        screen.sign_in_wanted.connect(lambda: wires.screen_wanted("sign_in"))
        return screen

    def _load(self) -> "LoadScreen":
        from cvd_desktop.ui.screens.load_screen import LoadScreen
        from cvd_desktop.ui.screens.load_services import LoadServices

        return LoadScreen(
            self.look, self.background, self.messages, _of(LoadServices, self.day), self.clock
        )

    def _stop(self) -> "StopScreen":
        from cvd_desktop.ui.screens.stop_screen import StopScreen
        from cvd_desktop.ui.screens.stop_services import StopServices

        screen = StopScreen(
            self.look,
            self.background,
            self.messages,
            _of(StopServices, self.day),
            self.clock,
            make_read=partial(self._read, "stop"),
            make_fill=self._fill,
        )
        self.wires.stop_made(screen)
        screen.stop_left.connect(lambda: self.wires.screen_wanted("today"))
        screen.ticket_wanted.connect(self.wires.ticket_wanted)
        screen.meters_wanted.connect(self.wires.meters_wanted)
        return screen

    def _fill(self) -> "FillPart":
        from cvd_desktop.ui.screens.fill_part import FillPart
        from cvd_desktop.ui.screens.fill_services import FillServices

        return FillPart(
            self.look, self.background, self.messages, _of(FillServices, self.day), self.clock
        )

    def _read(self, name: str = "read") -> "ReadScreen":
        from cvd_desktop.ui.screens.read_screen import ReadScreen
        from cvd_desktop.ui.screens.read_services import ReadServices

        services = self.services
        screen = ReadScreen(
            self.look,
            self.background,
            self.messages,
            ReadServices(
                read_machine=services.read_machine,
                read_detail=services.read_detail,
                list_reads=services.list_reads,
                reads_of=services.list_reads,
                list_ports=self._list_ports,
                read_bank=services.read_bank,
                import_files=self.wires.import_wanted,
                conformance=services.conformance_page,
                assign_read=services.assign_read,
                export=self.wires.export_wanted,
                evidence=services.fault_evidence,
                keep_codes=services.keep_codes,
                enter_meters=self.wires.meters_wanted,
            ),
            self.clock,
        )
        screen.machine_state_changed.connect(partial(self.wires.machine_state, name))
        return screen

    def _machines(self) -> "MachinesScreen":
        from cvd_desktop.app.bound_services import export_name_of
        from cvd_desktop.ui.read_exporter import ExportServices
        from cvd_desktop.ui.screens.machines_screen import MachineServices, MachinesScreen

        services = self.services
        screen = MachinesScreen(
            self.look,
            self.background,
            self.messages,
            MachineServices(
                find_machines=self._find_machines,
                machine_reads=services.machine_reads,
                list_reads=services.list_reads,
                planogram_of=services.planogram_of,
                product_names=services.product_names,
                machine_history=services.machine_history,
                read_detail=services.read_detail,
                conformance=services.conformance_page,
                exports=ExportServices(services.export_reads, export_name_of),
                machine_facts=self.day.machine_facts,
                product_pictures=self.day.product_pictures,
            ),
            self.clock,
        )
        screen.read_wanted.connect(self.wires.read_wanted)
        screen.read_opened.connect(self.wires.read_opened)
        screen.import_wanted.connect(self.wires.import_wanted)
        screen.ticket_wanted.connect(self.wires.ticket_wanted)
        return screen

    def _import(self) -> "ImportScreen":
        from cvd_desktop.app.bound_services import left_words_of
        from cvd_desktop.ui.screens.import_screen import ImportScreen, ImportServices

        services = self.services
        screen = ImportScreen(
            self.look,
            self.background,
            self.messages,
            ImportServices(services.import_files, services.all_reads, left_words_of),
            self.clock,
        )
        screen.machine_opened.connect(self.wires.machine_opened)
        screen.read_opened.connect(lambda read_id: self.wires.read_opened(read_id, None))
        screen.ended.connect(self.wires.import_ended)
        return screen

    def _bench(self) -> "BenchScreen":
        from cvd_desktop.ui.screens.bench_screen import BenchScreen
        from cvd_desktop.ui.screens.bench_services import BenchServices, PracticeServices
        from cvd_desktop.ui.screens.bench_write import WriteServices

        services, bench = self.services, self.bench
        screen = BenchScreen(
            self.look,
            self.background,
            self.messages,
            BenchServices(
                read=services.read_machine,
                list_ports=self._list_ports,
                list_reads=services.list_reads,
                trace_of=bench.trace_of,
                last_good=bench.last_good,
                save_trace=bench.save_trace,
                load_trace=bench.load_trace,
                replay=bench.replay,
                export_bundle=bench.export_bundle,
                parts=bench.parts,
                test_loop_back=bench.test_loop_back,
                bundle_name=bench.bundle_name,
                practice=PracticeServices(
                    bench.practice_models,
                    bench.practice_faults,
                    bench.start_practice,
                    bench.stop_practice,
                ),
                write=WriteServices(bench.plan_write, bench.write),
                evidence=services.fault_evidence,
            ),
            self.clock,
        )
        screen.machine_state_changed.connect(partial(self.wires.machine_state, screen.name))
        return screen

    def _tickets(self) -> "TicketsScreen":
        from cvd_desktop.app.bound_field import BoundField
        from cvd_desktop.ui.screens.ticket_services import TicketServices
        from cvd_desktop.ui.screens.tickets_screen import TicketsScreen

        field = BoundField(self.services)
        return TicketsScreen(
            self.look,
            self.background,
            self.messages,
            TicketServices(
                ticket_list=field.ticket_list,
                ticket_detail=field.ticket_detail,
                ticket_start=field.ticket_start,
                open_ticket=field.open_ticket,
                take_ticket=field.take_ticket,
                arrive=field.arrive,
                keep_draft=field.keep_draft,
                work_ticket=field.work_ticket,
                undo_ticket=field.undo_ticket,
                find_machines=self._find_machines,
                event_words=field.event_words,
                guide=field.guide,
                read_machine=self.wires.read_wanted,
            ),
            self.clock,
        )

    def _meters(self) -> "MetersScreen":
        from cvd_desktop.app.bound_field import BoundField
        from cvd_desktop.ui.screens.meters_screen import MeterServices, MetersScreen

        field = BoundField(self.services)
        return MetersScreen(
            self.look,
            self.background,
            self.messages,
            MeterServices(field.known_meters, field.enter_meters, self._find_machines),
            self.clock,
        )

    def _outbox(self) -> "OutboxScreen":
        from cvd_desktop.ui.screens.outbox_files import FileServices
        from cvd_desktop.ui.screens.outbox_screen import OutboxScreen, OutboxServices

        services = self.services
        screen = OutboxScreen(
            self.look,
            self.background,
            self.messages,
            OutboxServices(
                list_outbox=lambda offset, limit: services.list_outbox(offset=offset, limit=limit),
                sync_status=services.sync_status,
                sync_now=self.people.sync,
                retry_now=services.retry_now,
                leave_to_office=services.leave_to_office,
                files=FileServices(
                    services.export_bundle, services.take_file, services.list_carried
                ),
            ),
            self.clock,
        )
        screen.correction_wanted.connect(self._correct)
        screen.status_known.connect(self.wires.status_known)
        screen.synced.connect(self.wires.synced)
        return screen

    def _correct(self, entry: "OutboxEntry") -> None:
        """To the machine of the visit, where its corrections are made."""
        self.wires.stop_opened(None, None, entry.machine_id)

    def _settings(self) -> "SettingsScreen":
        from cvd_desktop.app.versions import versions
        from cvd_desktop.ui.screens.settings_lock_card import LockServices
        from cvd_desktop.ui.screens.settings_screen import (
            Preferences,
            SettingsFacts,
            SettingsScreen,
            SettingsServices,
        )

        kept = self.keeper.now
        return SettingsScreen(
            self.look,
            self.background,
            self.messages,
            SettingsServices(
                list_ports=self.services.list_ports,
                save=self._save,
                adapter_profiles=self.bench.adapter_profiles,
                keep_adapter=self.bench.keep_adapter,
                lock=LockServices(
                    self.people.lock_facts,
                    self.people.set_pin,
                    self.people.take_pin_away,
                    self.people.remove,
                    self.wires.person_removed,
                ),
            ),
            SettingsFacts(str(self.services.data_dir), versions()),
            Preferences(kept.theme, kept.text_scale, kept.port, kept.lock_minutes),
        )

    def _sign_in(self) -> "SignInScreen":
        from cvd_desktop.app.set_up_source import setup_from
        from cvd_desktop.app.versions import versions
        from cvd_desktop.ui.screens.sign_in_screen import SignInScreen, SignInServices

        services, people = self.services, self.people
        screen = SignInScreen(
            self.look,
            self.background,
            self.messages,
            SignInServices(
                people.sign_in_facts,
                people.sign_in,
                services.sign_out,
                setup_from,
                *self.wires.sample(),
                change_password=people.change_password,
                choose=self.wires.person_chosen,
            ),
            self.clock,
            versions()[0][1],
        )
        screen.signed_in.connect(self.wires.signed_in)
        return screen

    def _unlock(self) -> "UnlockScreen":
        from cvd_desktop.ui.screens.unlock_screen import UnlockScreen, UnlockServices

        wires = self.wires
        screen = UnlockScreen(
            self.look,
            self.background,
            self.messages,
            UnlockServices(
                self.people.unlock_facts,
                self.people.unlock,
                wires.person_chosen,
                wires.aside_wanted,
                lambda: wires.screen_wanted("sign_in"),
            ),
        )
        screen.unlocked.connect(self.wires.unlocked)
        return screen

    # In a lane

    def _find_machines(
        self, text: str, offset: int, limit: int
    ) -> "tuple[Sequence[MachineLine], int]":
        return self.services.find_machines(text, offset=offset, limit=limit)

    def _list_ports(self) -> "list[PortFact]":
        """The port that was chosen in the settings is the one to take, while it is there."""
        ports = self.services.list_ports()
        chosen = self.keeper.now.port
        if chosen and any(port.device == chosen for port in ports):
            return [replace(port, likely=port.device == chosen) for port in ports]
        return ports

    def _save(self, preferences: "Preferences") -> None:
        self.keeper.keep(
            theme=preferences.theme,
            text_scale=preferences.text_scale,
            port=preferences.port,
            lock_minutes=preferences.lock_minutes,
        )


def _of(services: type[S], day: "BoundDay") -> S:
    """What a screen asks for, each from the services of the day by its own name."""
    names = [field.name for field in fields(services)]  # type: ignore[arg-type]
    return services(**{name: getattr(day, name) for name in names})


def _map_address(location: "LocationRecord") -> str | None:
    from cvd_desktop.services.today import map_address

    return map_address(location)


def _open_address(address: str) -> bool:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    return QDesktopServices.openUrl(QUrl(address))
