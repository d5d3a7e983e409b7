"""Readings of the vending model, through its report text and our reader."""

from datetime import UTC, datetime

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.vending_model import SlotSetup, VendingModel

AT = datetime(2026, 3, 4, 10, 20, 30, tzinfo=UTC)
OUR_READER = "CVD0000001"


def model_of_examples(
    model: str = "combo", price: int = 40, control_board: str = "B77"
) -> VendingModel:
    """Selection 6 of the standard's examples, filled, with two neighbours; nothing counted yet."""
    setups = [SlotSetup(name, cost, 200) for name, cost in (("6", price), ("7", 100), ("8", 125))]
    machine = VendingModel(
        model, setups, AT, serial_number="4711", asset_number="10042", control_board=control_board
    )
    machine.fill_up()
    return machine


def reading_of_text(raw: bytes) -> MachineReading:
    return make_reading(read_dex(raw).reports[0])


def look(machine: VendingModel, at: datetime = AT, reader: str = OUR_READER) -> MachineReading:
    """What a read would give, without the machine counting it."""
    return reading_of_text(machine.report(at, reader))


def visit(machine: VendingModel, at: datetime = AT, reader: str = OUR_READER) -> MachineReading:
    """A whole read: the machine counts it and, when it is set to AUTO, resets its intervals."""
    found = look(machine, at, reader)
    machine.read_finished(at, reader)
    return found
