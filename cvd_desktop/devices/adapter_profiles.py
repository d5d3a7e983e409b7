"""What a cable or head needs of the program: line levels, echo, speeds, patience (notes A2.10, A4).

A profile belongs to the adapters that its keys name: serial number, device, USB vendor and product.
The most exact one is taken. A profile without a key is a model to make one's own from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cvd_desktop.devices.port_finder import ADAPTERS
from cvd_desktop.domain.records import PortFact


class Level(StrEnum):
    """Of a modem line, while the port is open."""

    ON = "on"
    OFF = "off"
    LEAVE = "leave"  # as the system has it


class ProfileLink(StrEnum):
    """The link layers that make sense at this adapter."""

    AUTO = "auto"
    DEXUCS = "dexucs"
    DDCMP = "ddcmp"


@dataclass(frozen=True, slots=True)
class AdapterProfile:
    """Levels and speeds hold from the opening of the port to its closing."""

    name: str
    vid: int | None = None  # USB vendor, 0 to 65535
    pid: int | None = None  # USB product, only beside a vendor
    serial_number: str | None = None  # of one single adapter
    device: str | None = None  # "COM7", "/dev/rfcomm0", "rfc2217://10.0.0.5:4000"
    dtr: Level = Level.ON
    rts: Level = Level.ON
    echo: bool = False  # what is sent comes back: light that the head itself sees
    link: ProfileLink = ProfileLink.AUTO
    start_speed: int = 2400  # bits per second of the first DDCMP frame
    top_speed: int = 115_200  # the highest that may be agreed on
    answer_slack_ms: int = 0  # to wait longer for an answer than the line needs
    gap_slack_ms: int = 0  # to allow more between two bytes than the line needs
    turnaround_ms: int = 40  # from the last byte heard to the first one sent, in DDCMP
    high_impedance: bool = False  # lets go of the machine by itself after a read
    note: str = ""  # for people
    built_in: bool = False

    @property
    def exactness(self) -> int:
        """How closely its keys name an adapter; 0 for a model, which names none."""
        exact = (self.serial_number, self.device, self.pid, self.vid)
        return sum(8 >> n for n, key in enumerate(exact) if key is not None)

    def fits(self, fact: PortFact) -> bool:
        """True when every key it has is the adapter's."""
        return self.exactness > 0 and all(
            key is None or key == found
            for key, found in (
                (self.vid, fact.vid),
                (self.pid, fact.pid),
                (self.serial_number, fact.serial_number),
                (self.device, fact.device),
            )
        )


_FTDI = 0x0403
_FTDI_LATENCY_MS = 16  # it keeps bytes back so long where its driver cannot be told not to
_USB_SLACK_MS = 10  # our allowance for any other chip

SERIAL_PORT = AdapterProfile("Serial port", built_in=True)
"""For whatever no other profile fits."""

OVER_NETWORK = AdapterProfile(
    "Serial server or Bluetooth bridge",
    answer_slack_ms=150,
    gap_slack_ms=150,
    note="Reached over the network; the slack is for its delays.",
    built_in=True,
)
"""For addresses (rfc2217://, socket://) that no other profile names."""

_HEAD = "Choose it for the adapter of the head: it cannot be told from another one by its USB ids."

MODELS: tuple[AdapterProfile, ...] = (
    AdapterProfile(
        "Optical head on a serial chip",
        echo=True,
        link=ProfileLink.DDCMP,
        answer_slack_ms=_FTDI_LATENCY_MS,
        gap_slack_ms=_FTDI_LATENCY_MS,
        note=_HEAD,
        built_in=True,
    ),
    # DTR and RTS choose the speed: notes A2.10, and which is which in Linux's esi-sir.c.
    *(
        AdapterProfile(
            f"Extended Systems JetEye at {speed}",
            dtr=dtr,
            rts=rts,
            echo=True,
            link=ProfileLink.DDCMP,
            start_speed=speed,
            top_speed=speed,
            note=f"DTR and RTS hold it at {speed}; the machine is set to this speed. {_HEAD}",
            built_in=True,
        )
        for speed, dtr, rts in (
            (9600, Level.OFF, Level.ON),
            (19_200, Level.ON, Level.OFF),
            (115_200, Level.ON, Level.ON),
        )
    ),
    AdapterProfile(
        "ACTiSYS head",
        echo=True,
        link=ProfileLink.DDCMP,
        note="Fed by DTR and RTS. It changes its speed by pulses on them, which are not sent: "
        f"set the start speed that it wakes up with, and the top speed to the same. {_HEAD}",
        built_in=True,
    ),
    AdapterProfile(
        "Bluetooth key at the optical eye",
        link=ProfileLink.DDCMP,
        answer_slack_ms=150,
        gap_slack_ms=150,
        note="20 to 50 cm from the machine. Choose it for the port that the key was paired as.",
        built_in=True,
    ),
    AdapterProfile(
        "Bluetooth fob in the DEX jack",
        link=ProfileLink.DEXUCS,
        answer_slack_ms=150,
        gap_slack_ms=150,
        high_impedance=True,
        note="It lets go of the machine by itself. Choose it for the port it was paired as.",
        built_in=True,
    ),
)
"""Heads and fobs that say nothing of themselves: a person makes a profile of their own from one."""


def _chip_profiles() -> tuple[AdapterProfile, ...]:
    """One for each name: what is true of every product of a vendor needs no line for one."""
    of_name: dict[str, AdapterProfile] = {}
    for (vid, pid), name in ADAPTERS.items():
        slack = _FTDI_LATENCY_MS if vid == _FTDI else _USB_SLACK_MS
        of_name[name] = AdapterProfile(
            name, vid, pid, answer_slack_ms=slack, gap_slack_ms=slack, built_in=True
        )
    return tuple(of_name.values())


BUILT_IN: tuple[AdapterProfile, ...] = (
    SERIAL_PORT,
    OVER_NETWORK,
    *_chip_profiles(),
    *MODELS,
)


def known_profiles(own: Iterable[AdapterProfile] = ()) -> tuple[AdapterProfile, ...]:
    """A person's own ones first, then the built-in ones that none of them replaces by its name."""
    mine = tuple(own)
    names = {profile.name for profile in mine}
    return (*mine, *(profile for profile in BUILT_IN if profile.name not in names))


def profile_of(fact: PortFact, own: Iterable[AdapterProfile] = ()) -> AdapterProfile:
    """The most exact one that fits; of two alike a person's own, and the first of these."""
    known = known_profiles(own)
    fitting = [profile for profile in known if profile.fits(fact)]
    if fitting:
        return max(fitting, key=lambda profile: profile.exactness)
    general = OVER_NETWORK if is_network(fact.device) else SERIAL_PORT
    return next(profile for profile in known if profile.name == general.name)


def is_network(device: str) -> bool:
    return "://" in device
