"""The services as the screens call them: bound to a workplace that opens behind the first paint.

Every method runs in a lane (ui/background.py), never on the GUI thread, and imports its service
when it is first called: the window is painted before SQLAlchemy, httpx or keyring are loaded.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.domain.clock import Clock, system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import (
    MachineLine,
    OutboxEntry,
    PortFact,
    ReadDetail,
    ReadStep,
    ReadSummary,
    Session,
    SyncStatus,
)
from cvd_shared.read_verdict import Answer

if TYPE_CHECKING:
    from cvd_desktop.domain.bundle_records import (
        BundleCarried,
        BundleMade,
        CarriedBundle,
        ReceiptTaken,
    )
    from cvd_desktop.domain.import_records import FileLeft, ImportReport, ImportStep
    from cvd_desktop.domain.records import MachineHistory
    from cvd_desktop.services.read_bank import BankOutcome
    from cvd_desktop.services.read_machine import ReadOutcome
    from cvd_desktop.services.sync_now import SyncReport
    from cvd_desktop.services.words import Words
    from cvd_desktop.services.workplace import Workplace
    from cvd_shared.wire_records import MachineRecord, PlanogramRecord, ReadRecord

VIRTUAL_PORTS = "virtual_ports"
READS_OF_A_MACHINE = 200


class BoundServices:
    """Methods mirror cvd_desktop/services; each raises the Problem of its service."""

    def __init__(self, data_dir: Path, clock: Clock = system_clock) -> None:
        self.data_dir = data_dir
        self._clock = clock
        self._tried = threading.Event()
        self._workplace: Workplace | None = None
        self._problem: BaseException | None = None

    # the workplace

    def open(self, passphrase: str | None = None) -> None:
        """Open the data folder, once or until it succeeds. Raises the Problems of opening."""
        from cvd_desktop.services.sample_folder import PASSPHRASE, is_sample
        from cvd_desktop.services.sign_in import take_up
        from cvd_desktop.services.workplace import open_workplace

        if self._workplace is not None:
            return
        try:
            opened = open_workplace(
                self.data_dir,
                clock=self._clock,
                ask_passphrase=lambda: (
                    passphrase or (PASSPHRASE if is_sample(self.data_dir) else None)
                ),
                secret=passphrase,
            )
            take_up(opened)
            self._workplace = opened
        except BaseException as error:
            self._problem = error
            raise
        finally:
            self._tried.set()

    @property
    def is_open(self) -> bool:
        """Whether the folder is open; nobody waits for it here."""
        return self._workplace is not None

    def has_passphrase(self) -> bool:
        """Whether a passphrase of this folder was chosen before."""
        from cvd_desktop.services.database_key import has_passphrase

        return has_passphrase(self.data_dir)

    def close(self) -> None:
        """After the lanes have ended."""
        self._tried.set()
        if self._workplace is not None:
            from cvd_desktop.services.sign_in import leave

            leave(self._workplace)
            self._workplace = None

    def workplace(self) -> "Workplace":
        """Other lanes wait here until the database lane has opened the folder, or failed to."""
        self._tried.wait()
        if self._workplace is not None:
            return self._workplace
        if isinstance(self._problem, Problem):
            raise Problem(self._problem.code, self._problem.exit_code, **self._problem.values)
        raise Problem("no_key", ExitCode.USAGE) from self._problem

    # reading

    def read_machine(
        self,
        port: str,
        *,
        purpose: str,
        machine_id: str | None,
        asset_number: str | None,
        link: str,
        max_wait: float,
        on_step: Callable[[ReadStep], None],
        on_bytes: Callable[[float, str, bytes], None] | None = None,
        cancelled: threading.Event,
    ) -> "ReadOutcome":
        from cvd_desktop.services.read_machine import read_machine

        return read_machine(
            self.workplace(),
            port,
            purpose=purpose,
            machine_id=machine_id,
            asset_number=asset_number,
            link=link,
            max_wait=max_wait,
            on_step=on_step,
            on_bytes=on_bytes,
            cancelled=cancelled,
        )

    def read_bank(
        self,
        ports: Sequence[str],
        *,
        purpose: str,
        on_step: Callable[[str, ReadStep], None],
        cancelled: threading.Event,
    ) -> "Sequence[BankOutcome]":
        from cvd_desktop.services.read_bank import read_bank

        return read_bank(
            self.workplace(), ports, purpose=purpose, on_step=on_step, cancelled=cancelled
        )

    def fault_evidence(self, problem: Problem, machine: "MachineRecord | None") -> Sequence[str]:
        """Which part is at fault, and sentences that say why."""
        from cvd_desktop.services.fault_evidence import fault_evidence

        return fault_evidence(
            self.workplace(),
            problem,
            machine_id=machine.id if machine else None,
            asset_number=machine.asset_number if machine else None,
        ).sentences

    def keep_codes(self, machine: "MachineRecord", first: str, second: str) -> None:
        from cvd_desktop.services.pass_codes import keep_codes

        keep_codes(
            self.workplace(),
            first,
            second,
            machine_id=machine.id,
            asset_number=machine.asset_number,
        )

    def read_detail(self, read_id: str) -> ReadDetail:
        from cvd_desktop.services.reads import read_detail

        return read_detail(self.workplace(), read_id)

    def assign_read(self, read_id: str, machine_id: str) -> None:
        from cvd_desktop.services.assign_read import assign_read

        assign_read(self.workplace(), read_id, machine_id)

    def list_reads(self, machine_id: str | None = None) -> list[ReadSummary]:
        from cvd_desktop.services.reads import list_reads

        return list_reads(self.workplace(), machine_id=machine_id)

    def list_ports(self) -> list[PortFact]:
        from cvd_desktop.services.ports import list_ports

        return list_ports(self.data_dir)

    # the office's records

    def find_machines(
        self, text: str = "", *, offset: int = 0, limit: int = 200
    ) -> tuple[list[MachineLine], int]:
        from cvd_desktop.services.machines import find_machines

        return find_machines(self.workplace(), text, offset=offset, limit=limit)

    def planogram_of(self, machine_id: str) -> "PlanogramRecord | None":
        from cvd_desktop.services.machines import planogram_of

        return planogram_of(self.workplace(), machine_id)

    def machine_reads(self, machine_id: str) -> "Sequence[ReadRecord]":
        from cvd_desktop.services.machines import machine_reads

        return machine_reads(self.workplace(), machine_id, limit=READS_OF_A_MACHINE)

    def machine_history(self, machine_id: str) -> "MachineHistory":
        from cvd_desktop.services.machine_history import machine_history

        return machine_history(self.workplace(), machine_id)

    def product_names(self, product_ids: Iterable[str]) -> Mapping[str, str]:
        from cvd_desktop.services.machines import product_names

        return product_names(self.workplace(), product_ids)

    # files

    def import_files(
        self,
        paths: Sequence[Path],
        *,
        on_progress: "Callable[[ImportStep], None]",
        cancelled: threading.Event,
    ) -> "ImportReport":
        from cvd_desktop.services.import_reads import import_files

        return import_files(self.workplace(), paths, on_progress=on_progress, cancelled=cancelled)

    def export_reads(
        self,
        read_ids: Sequence[str],
        path: Path,
        wanted: str,
        *,
        on_progress: Callable[[int, int], object],
        cancelled: threading.Event,
    ) -> int:
        from cvd_desktop.services.export_reads import ExportFormat, export_reads

        return export_reads(
            self.workplace(),
            read_ids,
            path,
            ExportFormat(wanted),
            on_progress=on_progress,
            cancelled=cancelled,
        )

    def conformance_page(self, read_id: str) -> str:
        """The report about the file of a read as a page of HTML."""
        from cvd_desktop.services.conformance_page import conformance_page
        from cvd_desktop.services.dex_check import check_data
        from cvd_desktop.services.export_reads import ExportFormat, export_name
        from cvd_desktop.services.reads import read_detail

        read = read_detail(self.workplace(), read_id)
        name = read.source or export_name(read.summary, ExportFormat.RAW)
        return conformance_page(check_data(read.raw, name))

    def all_reads(self) -> list[ReadSummary]:
        from cvd_desktop.services.reads import list_reads

        return list_reads(self.workplace(), limit=None)

    # the server

    def sign_out(self) -> None:
        from cvd_desktop.services.sign_in import sign_out

        sign_out(self.workplace())

    def current_session(self) -> Session | None:
        from cvd_desktop.services.sign_in import current_session

        return current_session(self.workplace())

    def sync_now(
        self, should_stop: Callable[[], bool] | None = None, *, metered: bool = False
    ) -> "SyncReport":
        from cvd_desktop.services.sync_now import sync_now

        return sync_now(self.workplace(), should_stop=should_stop, metered=metered)

    def sync_status(self) -> SyncStatus:
        from cvd_desktop.services.outbox import sync_status

        return sync_status(self.workplace())

    def list_outbox(self, *, offset: int = 0, limit: int = 500) -> list[OutboxEntry]:
        from cvd_desktop.services.outbox import list_outbox

        return list_outbox(self.workplace(), offset=offset, limit=limit)

    def retry_now(self) -> None:
        from cvd_desktop.services.outbox import retry_now

        retry_now(self.workplace())

    def leave_to_office(self, op_id: str, left: bool) -> None:
        from cvd_desktop.services.outbox import leave_to_office

        leave_to_office(self.workplace(), op_id, left=left)

    def export_bundle(self, path: Path) -> "BundleMade":
        from cvd_desktop.services.bundles import export_bundle

        return export_bundle(self.workplace(), path)

    def take_file(self, path: Path) -> "ReceiptTaken | BundleCarried":
        from cvd_desktop.services.carried import take_file

        return take_file(self.workplace(), path)

    def list_carried(self) -> "list[CarriedBundle]":
        from cvd_desktop.services.carried import list_carried

        return list_carried(self.workplace())


# Words are plain tables: they may be asked for on the GUI thread.


def words_of(code: str, values: Mapping[str, object]) -> "Words":
    from cvd_desktop.services.words import words

    return words(code, values)


def answer_words_of(question: str, answer: Answer) -> str:
    from cvd_desktop.services.words import answer_words

    return answer_words(question, answer)


def record_title_of(entry: OutboxEntry) -> str:
    from cvd_desktop.services.record_words import title_of

    return title_of(entry)


def record_reason_of(entry: OutboxEntry) -> str:
    from cvd_desktop.services.record_words import reason_of

    return reason_of(entry)


def left_words_of(left: "FileLeft") -> str:
    from cvd_desktop.services.import_reasons import left_words

    return left_words(left)


def export_name_of(read: ReadSummary, wanted: str) -> str:
    from cvd_desktop.services.export_reads import ExportFormat, export_name

    return export_name(read, ExportFormat(wanted))


def fact_words_of(area: str, code: str, values: Mapping[str, object]) -> str:
    """A sentence about a figure of a read; empty for a code without words."""
    from cvd_desktop.services.word_table_interval import FACTS
    from cvd_desktop.services.word_table_mapping import MAPPING_REASON_WORDS
    from cvd_desktop.services.word_table_visit import visit_fact_words

    tables = {**FACTS, "mapping_reason": MAPPING_REASON_WORDS}
    said = tables.get(area, {}).get(code, "").format_map(_Values(values))
    return said or visit_fact_words(area, code, values)


class _Values(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
