"""What is plugged in, while it is being plugged in and pulled out."""

from dataclasses import replace

from serial.tools.list_ports_common import ListPortInfo

from cvd_desktop.devices.port_finder import changes, find_ports
from cvd_desktop.domain.records import PortFact


def _adapter(device: str, vid: int | None = None) -> ListPortInfo:
    info = ListPortInfo(device, skip_link_detection=True)
    info.vid, info.pid = vid, None if vid is None else 1
    return info


def _pulled_out(error: Exception) -> ListPortInfo:
    raise error


def test_the_likely_ones_come_first() -> None:
    found = find_ports(
        lookers=[lambda: _adapter("COM1"), lambda: _adapter("COM9", 0x0403)],
    )
    assert [(fact.device, fact.likely) for fact in found] == [("COM9", True), ("COM1", False)]
    assert found[1].description == "COM1"


def test_a_port_that_vanishes_while_it_is_looked_at_hides_no_other() -> None:
    found = find_ports(
        lookers=[
            lambda: _pulled_out(TypeError("int() can't convert non-string with explicit base")),
            lambda: _adapter("COM3", 0x0403),
            lambda: _pulled_out(FileNotFoundError("/dev/ttyUSB1")),
            lambda: _pulled_out(ValueError("invalid literal for int()")),
        ],
    )
    assert [fact.device for fact in found] == ["COM3"]


def test_the_ports_of_this_computer_can_be_listed() -> None:
    found = find_ports()
    assert len({fact.device for fact in found}) == len(found)


def test_what_was_plugged_in_and_pulled_out_is_told() -> None:
    cable = PortFact("COM3", "cable", "FTDI", 0x0403, 1, "A", likely=True)
    other = replace(cable, serial_number="B")
    head = replace(cable, device="COM4")
    assert not changes([cable], [cable])
    assert changes([cable], [cable, head]).come == (head,)
    assert changes([cable, head], [head]).gone == (cable,)
    swapped = changes([cable], [other])
    assert (swapped.come, swapped.gone) == ((other,), (cable,))
