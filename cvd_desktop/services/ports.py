"""The serial ports of this computer and the virtual machines that run beside them."""

from pathlib import Path

from cvd_desktop.devices.port_finder import find_ports
from cvd_desktop.domain.records import PortFact

VIRTUAL_PORTS = "virtual_ports"


def virtual_ports_folder(data_dir: Path) -> Path:
    """Where a running virtual machine of this data folder announces itself."""
    return data_dir / VIRTUAL_PORTS


def list_ports(data_dir: Path | None = None) -> list[PortFact]:
    """All ports, the likely ones first; with a data folder its virtual machines too."""
    return find_ports(None if data_dir is None else virtual_ports_folder(data_dir))
