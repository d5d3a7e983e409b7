"""The serial ports of this computer, virtual machines beside them, and what is wrong with one."""

import os
from dataclasses import replace
from pathlib import Path

from cvd_desktop.devices.adapter_profiles import AdapterProfile, is_network, profile_of
from cvd_desktop.devices.port import PortError
from cvd_desktop.devices.port_finder import find_ports
from cvd_desktop.devices.port_trouble import joined_since_sign_in, person
from cvd_desktop.domain.records import PortFact
from cvd_desktop.link.outputs import FailureCode
from cvd_desktop.services.data_folder import laptop_folder
from cvd_desktop.services.profile_file import own_profiles

VIRTUAL_PORTS = "virtual_ports"


def virtual_ports_folder(data_dir: Path) -> Path:
    """Where a running virtual machine of this laptop announces itself."""
    return laptop_folder(data_dir) / VIRTUAL_PORTS


def list_ports(data_dir: Path | None = None) -> list[PortFact]:
    """All ports, the likely ones first; with a data folder its virtual machines too.

    An adapter that a person has a profile for goes by its name, and the network addresses among
    the profiles are ports as well. Raises Problem("profiles_unreadable").
    """
    if data_dir is None:
        return find_ports()
    own = own_profiles(data_dir)
    found = find_ports(virtual_ports_folder(data_dir))
    there = {fact.device for fact in found}
    found += [
        PortFact(profile.device, profile.note or profile.name, None, None, None, None, likely=True)
        for profile in own
        if profile.device and is_network(profile.device) and profile.device not in there
    ]
    named = [_named(fact, own) for fact in found]
    return sorted(named, key=lambda fact: (not fact.likely, fact.device))


def port_fact(data_dir: Path | None, device: str) -> PortFact:
    """What is known of `device`, which may be a link to a port (/dev/serial/by-id/...)."""
    place = device if is_network(device) else os.path.realpath(device)
    for fact in list_ports(data_dir):
        if fact.device in (device, place):
            return fact
    return PortFact(device, device, None, None, None, None, likely=False)


def port_problem(error: PortError, data_dir: Path | None = None) -> dict[str, str]:
    """The values of Problem(str(error.code), ...): what word_table_ports.py needs.

    `why` chooses the sentence: which program holds it, which group may use it, which ports there
    are instead.
    """
    values = {
        "port": error.device,
        "device": error.device,
        "reason": error.reason,
        "why": error.why,
    }
    folder = None if data_dir is None else virtual_ports_folder(data_dir)
    if error.code is FailureCode.PORT_MISSING and not error.why:
        there = [fact.device for fact in find_ports(folder)]
        values |= {"there": ", ".join(there), "why": "others" if there else ""}
    elif error.code is FailureCode.PORT_BUSY and error.holder:
        values |= {"holder": error.holder, "why": error.why or "program"}
    elif error.code is FailureCode.PORT_DENIED and error.group:
        late = joined_since_sign_in(error.group)
        values |= {"group": error.group, "person": person()}
        values["why"] = "sign_in_again" if late else "group"
    return {name: value for name, value in values.items() if value}


def _named(fact: PortFact, own: tuple[AdapterProfile, ...]) -> PortFact:
    profile = profile_of(fact, own)
    if profile.built_in or not profile.fits(fact):
        return fact
    return replace(fact, adapter=profile.name, likely=True)
