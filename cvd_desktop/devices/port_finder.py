"""Which ports there are, what is plugged into them, and which is good enough to be chosen."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
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
vendor. To add one: one line here, and one in packaging/linux/70-cvd-serial.rules."""


_LINUX_NAMES = (
    "ttyS",  # on the board
    "ttyUSB",
    "ttyXRUSB",
    "ttyACM",
    "ttyAMA",
    "ttyAP",
    "rfcomm",  # Bluetooth
)
_VANISHED = (OSError, TypeError, ValueError)  # what pyserial raises for one that is pulled out


@dataclass(frozen=True, slots=True)
class PortChanges:
    """What was plugged in and pulled out between two looks."""

    come: tuple[PortFact, ...]
    gone: tuple[PortFact, ...]

    def __bool__(self) -> bool:
        return bool(self.come or self.gone)


def changes(before: Iterable[PortFact], now: Iterable[PortFact]) -> PortChanges:
    """An adapter that took the place of another at the same device is both gone and come."""
    old, new = tuple(before), tuple(now)
    return PortChanges(
        come=tuple(fact for fact in new if fact not in old),
        gone=tuple(fact for fact in old if fact not in new),
    )


def find_ports(
    virtual_ports: Path | None = None,
    *,
    lookers: Sequence[Callable[[], ListPortInfo]] | None = None,
) -> list[PortFact]:
    """All ports, the likely ones first. `virtual_ports`: the folder of running virtual machines.

    A port that vanishes while it is looked at is left out. `lookers` look at one port each; they
    are this computer's unless a test brings its own.
    """
    found = []
    for look in _lookers() if lookers is None else lookers:
        try:
            found.append(_fact_of(look()))
        except _VANISHED:
            continue
    if virtual_ports is not None:
        found += find_virtual_ports(virtual_ports)
    return sorted(found, key=lambda fact: (not fact.likely, fact.device))


def adapter_name(vid: int | None, pid: int | None) -> str | None:
    if vid is None:
        return None
    return ADAPTERS.get((vid, pid)) or ADAPTERS.get((vid, None))


def _lookers() -> list[Callable[[], ListPortInfo]]:
    """On Linux one for each device, so that one that vanishes does not hide the others."""
    if sys.platform != "linux":
        return [partial(_itself, port) for port in _all_at_once()]
    from serial.tools.list_ports_linux import SysFS

    devices = [device for name in _LINUX_NAMES for device in Path("/dev").glob(f"{name}*")]
    return [partial(SysFS, str(device)) for device in devices if _is_wired(device)]


def _all_at_once() -> list[ListPortInfo]:
    try:
        return list(list_ports.comports())
    except _VANISHED:
        return []


def _itself(port: ListPortInfo) -> ListPortInfo:
    return port


def _is_wired(device: Path) -> bool:
    """False for the many ttyS of a kernel that have no chip behind them.

    pyserial 3.5 tells them by the subsystem "platform", which newer kernels call "serial-base".
    """
    try:
        kind = Path(f"/sys/class/tty/{device.name}/type").read_text("ascii")
    except (OSError, ValueError):
        return True
    return kind.strip() != "0"


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
