"""A practice machine is one of the models, or a machine of the sample operator as it stands."""

import string
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cvd_desktop.devices.link_runner import run_link
from cvd_desktop.devices.serial_port import open_port
from cvd_desktop.devices.virtual_ports import announced
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpSettings
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.dexucs_writer import DexWriter
from cvd_desktop.link.outputs import ProtocolMachine
from cvd_desktop.services.ports import list_ports, virtual_ports_folder
from cvd_desktop.services.practice_machine import (
    PracticeMachine,
    practice_faults,
    practice_model,
    practice_models,
    serve_practice_machine,
)
from cvd_desktop.services.practice_ports import is_practice_port
from cvd_desktop.services.word_table_practice import PRACTICE, REFUSALS
from cvd_desktop.services.words import words
from cvd_shared.dex.configuration_report import configuration_report
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.sample_operator import sample_operator
from cvd_shared.vending_profiles import MODELS
from cvd_shared.vending_setup import Refusal

QUICK = 1_000_000  # baud
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def reading(raw: bytes) -> MachineReading:
    return make_reading(read_dex(raw).reports[0])


def sold(of: MachineReading) -> dict[str, int]:
    return {each.selection: each.meters.sold_since_init or 0 for each in of.selections}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_can_be_practised_with(model: str) -> None:
    machine = practice_model(model, lambda: NOW)
    first = reading(machine.report(None) or b"")
    machine.taken(NOW, None)
    second = reading(machine.report(None) or b"")
    assert first.complete
    assert sum(sold(second).values()) > sum(sold(first).values())


def test_a_machine_of_the_sample_goes_on_where_its_last_read_stopped() -> None:
    sample = sample_operator(NOW.astimezone().date())
    for record in sample.machines[:3]:
        last = [read.raw for read in sample.reads if read.machine_id == record.id][-1]
        before = sold(reading(last))
        machine = reading(practice_model(record.asset_number, lambda: NOW).report(None) or b"")
        assert machine.identity.asset_number == record.asset_number
        assert machine.identity.serial_number == record.serial_number
        assert all(units >= before[selection] for selection, units in sold(machine).items())


def test_any_other_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(Problem) as told:
        practice_model("99999", lambda: NOW)
    assert (told.value.code, told.value.exit_code) == ("model_unknown", ExitCode.USAGE)
    assert "snack" in str(told.value.values["known"])


def test_a_machine_that_needs_an_open_door_has_been_opened_by_who_plugs_in() -> None:
    machine = practice_model("spiral", lambda: NOW)
    machine.configure(configuration_report("CVD0000001", prices={"010": 195}), NOW)
    assert machine.model.slots["010"].price == 195


def test_lists_of_ddcmp_are_served_and_only_the_audit_starts_new_sales() -> None:
    machine = practice_model("espresso", lambda: NOW)
    before = machine.model.state.meters.paid.count.total
    assert machine.report(7) is None
    assert (machine.report(64) or b"").startswith(b"ID1*")
    machine.taken(NOW, 64)
    assert machine.model.state.meters.paid.count.total == before
    machine.taken(NOW, 1)
    now = machine.model.state.meters.paid.count
    assert now.total > before
    assert now.interval == now.total - before


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[PracticeMachine]:
    """A practice mode whose events are in `told`."""
    machine = PracticeMachine(tmp_path, lambda: NOW)
    yield machine
    machine.stop()


def run(device: str, machine: ProtocolMachine) -> bytes:
    """What was received; the session was finished."""
    store: list[bytes] = []
    with open_port(device) as port:
        result = run_link(port, machine, store=lambda piece: store.append(piece.data))
    assert result.finished is not None, result.failed
    return b"".join(store)


def ddcmp(lists: tuple[int, ...] = (2,), document: bytes | None = None) -> DdcmpReader:
    """A reader that does not wait where the machine does not need it."""
    settings = DdcmpSettings(turnaround=0.0, write_pause=0.0)
    return DdcmpReader(settings, lists=lists, document=document)


class TestPracticeMode:
    def test_its_port_is_for_practice_as_long_as_it_runs(
        self, tmp_path: Path, practice: PracticeMachine
    ) -> None:
        states = [practice.running]
        device = practice.start("snack")
        states.append(practice.running)
        assert is_practice_port(tmp_path, device)
        assert not is_practice_port(tmp_path / "other", device)
        assert [(port.device, port.practice) for port in list_ports(tmp_path) if port.practice] == [
            (device, True)
        ]
        practice.stop()
        assert [*states, practice.running] == [False, True, False]
        assert not is_practice_port(tmp_path, device)

    def test_one_at_a_time(self, tmp_path: Path, practice: PracticeMachine) -> None:
        practice.start("snack")
        second = practice.start("drink")
        found = [port for port in list_ports(tmp_path) if port.practice]
        assert [port.device for port in found] == [second]
        assert "drink" in found[0].description

    def test_a_name_of_its_device_is_the_device(
        self, tmp_path: Path, practice: PracticeMachine
    ) -> None:
        link = tmp_path / "my cable"
        link.symlink_to(practice.start("snack"))
        assert is_practice_port(tmp_path, str(link))

    @pytest.mark.parametrize(
        "name", ["127.0.0.1:4001", "localhost:4001/", "LOCALHOST:4001", "[::1]:4001", "127.1:4001"]
    )
    def test_every_name_of_this_computer_is_this_computer(self, tmp_path: Path, name: str) -> None:
        folder = virtual_ports_folder(tmp_path)
        with announced(folder, "socket://127.0.0.1:4001", "Practice machine", practice=True):
            assert is_practice_port(tmp_path, f"socket://{name}")
            assert not is_practice_port(tmp_path, "socket://127.0.0.1:4002")
            assert not is_practice_port(tmp_path, "socket://gateway.example:4001")
            assert not is_practice_port(tmp_path, "socket://127.0.0.1:no-port")

    def test_a_machine_of_the_command_line_is_not_for_practice(self, tmp_path: Path) -> None:
        with announced(virtual_ports_folder(tmp_path), "/dev/pts/77", "Virtual machine"):
            assert not is_practice_port(tmp_path, "/dev/pts/77")

    def test_what_cannot_start_says_so_and_leaves_nothing(
        self, tmp_path: Path, practice: PracticeMachine
    ) -> None:
        practice.start("snack")
        for model, link, faults, code in (
            ("no such", None, (), "model_unknown"),
            ("snack", None, ("no such",), "fault_unknown"),
            ("kiosk", "dexucs", (), "link_of_model"),
        ):
            with pytest.raises(Problem) as told:
                practice.start(model, link, faults)
            assert told.value.code == code
            assert not practice.running
        assert [port for port in list_ports(tmp_path) if port.practice] == []

    def test_a_fault_that_pulls_the_plug_ends_it(
        self, tmp_path: Path, practice: PracticeMachine
    ) -> None:
        device = practice.start("snack", faults=("unplug_after:300",), baud_rate=QUICK)
        with open_port(device) as port:
            result = run_link(port, DexReader(), store=lambda _: None)
        assert result.failed is not None
        practice.stop()
        assert not is_practice_port(tmp_path, device)

    @pytest.mark.parametrize("model", ["snack", "drink"])
    def test_read_twice_over_dex(self, practice: PracticeMachine, model: str) -> None:
        device = practice.start(model, "dexucs", baud_rate=QUICK)
        first, second = (reading(run(device, DexReader())) for _ in range(2))
        assert sum(sold(second).values()) > sum(sold(first).values())
        assert second.identity.asset_number == first.identity.asset_number

    def test_it_names_who_reads_it_and_who_did_before(self, practice: PracticeMachine) -> None:
        device = practice.start("combo", "dexucs", baud_rate=QUICK)
        names = ("ABC1234567", "CVD0000001")
        first, second = (
            reading(run(device, DexReader(DexSettings(communication_id=name)))) for name in names
        )
        assert (first.read_outs.reader, first.read_outs.last_reader) == ("ABC1234567", None)
        assert (second.read_outs.reader, second.read_outs.last_reader) == names[::-1]

    @pytest.mark.parametrize("model", ["kiosk", "espresso"])
    def test_collected_twice_over_ddcmp(self, practice: PracticeMachine, model: str) -> None:
        device = practice.start(model, "ddcmp", baud_rate=115200)
        first, second = (reading(run(device, ddcmp(lists=(1,)))) for _ in range(2))
        sold_since = sum(sold(second).values()) - sum(sold(first).values())
        assert sold_since > 0
        assert second.paid_vends.number_of_paid_vends_since_reset == sold_since

    def test_a_look_over_ddcmp_clears_nothing(self, practice: PracticeMachine) -> None:
        device = practice.start("snack", "ddcmp", baud_rate=115200)  # set to AUTO
        before = reading(run(device, ddcmp()))
        after = reading(run(device, ddcmp()))
        assert after.paid_vends[3] == after.paid_vends[1]
        assert (after.paid_vends[1] or 0) > (before.paid_vends[1] or 0)


@pytest.mark.parametrize("link", ["dexucs", "ddcmp"])
def test_settings_are_written_and_told(tmp_path: Path, link: str) -> None:
    told: list[str] = []
    practice = PracticeMachine(tmp_path, lambda: NOW, on_event=told.append)
    document = configuration_report("CVD0000001", prices={"101": 199, "999": 100})
    device = practice.start("combo", link, baud_rate=QUICK if link == "dexucs" else 115200)
    if link == "dexucs":
        run(device, DexWriter(document))
        after = reading(run(device, DexReader()))
    else:
        run(device, ddcmp(lists=(), document=document))
        after = reading(run(device, ddcmp()))
    practice.stop()
    assert after.selections[0].price == 195
    assert "settings written: 1 accepted, 1 ignored" in told
    assert "  accepted PC102 101: 199 (kept as 195)" in told
    assert "  ignored PC1 999: 999*100 (there is no such selection)" in told


def test_a_closed_door_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    told: list[str] = []
    practice = PracticeMachine(tmp_path, lambda: NOW, on_event=told.append)
    device = practice.start("snack", faults=("door_closed", "sells_nothing"), baud_rate=QUICK)
    first = reading(run(device, DexReader()))
    run(device, DexWriter(configuration_report("CVD0000001", prices={"A1": 500})))
    second = reading(run(device, DexReader()))
    practice.stop()
    assert sold(first) == sold(second)
    assert first.selections[0].price == second.selections[0].price
    assert "  ignored PC1: A1*500 (the door is closed)" in told


def test_a_file_is_served_over_both_links(tmp_path: Path) -> None:
    file = tmp_path / "audit.dex"
    file.write_bytes(practice_model("snack", lambda: NOW).report(None) or b"")
    for link, reader in (("dexucs", DexReader()), ("ddcmp", ddcmp())):
        stop, ready = threading.Event(), threading.Event()
        devices: list[str] = []

        def on_ready(
            device: str, devices: list[str] = devices, ready: threading.Event = ready
        ) -> None:
            devices.append(device)
            ready.set()

        thread = threading.Thread(
            target=serve_practice_machine,
            kwargs={
                "stop": stop,
                "on_ready": on_ready,
                "file": file,
                "link": link,
                "baud_rate": QUICK if link == "dexucs" else 115200,
            },
        )
        thread.start()
        assert ready.wait(10)
        try:
            assert run(devices[0], reader) == file.read_bytes()
        finally:
            stop.set()
            thread.join()


def test_what_the_screen_offers() -> None:
    models = practice_models()
    assert [model.name for model in models] == list(MODELS)
    assert all(set(model.links) <= {"dexucs", "ddcmp"} and model.links for model in models)
    for link, of_link in (("dexucs", "machine_master"), ("ddcmp", "fixed_speed")):
        faults = {fault.name: fault for fault in practice_faults(link)}
        assert {of_link, "silent", "door_closed", "sells_nothing"} <= faults.keys()
        assert all(fault.meaning for fault in faults.values())


def test_every_code_and_every_refusal_has_words() -> None:
    assert set(REFUSALS) == set(Refusal)
    for code, entry in PRACTICE.items():
        assert words(code, {}).what != ""
        assert all(
            name is None or name.isidentifier()
            for text in entry
            for _, name, _, _ in string.Formatter().parse(text)
        )
