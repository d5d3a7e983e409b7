"""Which ports belong to the practice mode: what is read there never leaves this computer."""

from pathlib import Path
from urllib.parse import urlsplit

from cvd_desktop.devices.virtual_ports import find_virtual_ports
from cvd_desktop.services.ports import virtual_ports_folder

_HERE = ("localhost", "::1", "0.0.0.0", "::")  # noqa: S104 - asked for, not bound to


def is_practice_port(data_dir: Path, device: str) -> bool:
    """Whether a machine of the practice mode runs on this port now."""
    wanted = _same_name(device)
    return any(
        port.practice and _same_name(port.device) == wanted
        for port in find_virtual_ports(virtual_ports_folder(data_dir))
    )


def _same_name(device: str) -> str:
    """Links to a device are that device, and all names of this computer are one."""
    if "://" not in device:
        return str(Path(device).resolve())
    try:
        address = urlsplit(device)
        host, port = address.hostname or "", address.port
    except ValueError:
        return device.lower()
    here = host in _HERE or host.startswith("127.")
    return f"{_HERE[0] if here else host}:{port}"
