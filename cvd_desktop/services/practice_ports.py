"""Which ports belong to the practice mode: what is read there never leaves this computer."""

from pathlib import Path

from cvd_desktop.devices.virtual_ports import find_virtual_ports
from cvd_desktop.services.ports import virtual_ports_folder


def is_practice_port(data_dir: Path, device: str) -> bool:
    """Whether a machine of the practice mode runs on this port now."""
    wanted = _same_name(device)
    return any(
        port.practice and _same_name(port.device) == wanted
        for port in find_virtual_ports(virtual_ports_folder(data_dir))
    )


def _same_name(device: str) -> str:
    """Links to a device are that device, and both names of this computer are one."""
    if "://" in device:
        return device.lower().replace("//localhost:", "//127.0.0.1:")
    return str(Path(device).resolve())
