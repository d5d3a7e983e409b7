"""Which ports there are, what is plugged into them, and which is good enough to be chosen."""

from pathlib import Path

from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from cvd_desktop.devices.virtual_ports import find_virtual_ports
from cvd_desktop.domain.records import PortFact

ADAPTERS: dict[tuple[int, int | None], str] = {
    (0x0403, 0x6001): "FTDI FT232",
    (0x0403, 0x6010): "FTDI FT2232",
    (0x0403, 0x6011): "FTDI FT4232",
    (0x0403, 0x6014): "FTDI FT232H",
    (0x0403, 0x6015): "FTDI FT-X",
    (0x0403, None): "FTDI",
    (0x067B, 0x2303): "Prolific PL2303",
    (0x067B, None): "Prolific PL2303",
    (0x10C4, 0xEA60): "Silicon Labs CP210x",
    (0x10C4, 0xEA70): "Silicon Labs CP2105",
    (0x10C4, None): "Silicon Labs CP210x",
    (0x1A86, 0x7523): "WCH CH340",
    (0x1A86, 0x5523): "WCH CH341",
    (0x1A86, 0x55D4): "WCH CH9102",
    (0x1A86, None): "WCH CH34x",
    (0x04D8, 0x000A): "Microchip USB serial",
    (0x04E2, None): "MaxLinear XR21V",
    (0x0557, 0x2008): "ATEN UC-232A",
    (0x110A, None): "Moxa UPort",
}
"""USB-to-serial adapters by vendor and product number; None stands for any other product of the
vendor. To add one: one line here."""


def find_ports(virtual_ports: Path | None = None) -> list[PortFact]:
    """All ports, the likely ones first. `virtual_ports`: the folder of running virtual machines."""
    found = [_fact_of(port) for port in list_ports.comports()]
    if virtual_ports is not None:
        found += find_virtual_ports(virtual_ports)
    return sorted(found, key=lambda fact: (not fact.likely, fact.device))


def adapter_name(vid: int | None, pid: int | None) -> str | None:
    if vid is None:
        return None
    return ADAPTERS.get((vid, pid)) or ADAPTERS.get((vid, None))


def _fact_of(port: ListPortInfo) -> PortFact:
    adapter = adapter_name(port.vid, port.pid)
    described = port.description if port.description not in (None, "n/a") else port.device
    return PortFact(
        device=port.device,
        description=described,
        adapter=adapter,
        vid=port.vid,
        pid=port.pid,
        serial_number=port.serial_number,
        likely=adapter is not None,
    )
