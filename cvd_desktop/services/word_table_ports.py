"""The sentences for ports, adapters and their profiles; the findings of a loop-back test.

As in word_table_link.py: code or code.variant -> (what happened, what is safe, what to do, who).
"""

from cvd_desktop.services.word_table_link import NOTHING_READ, Entry

_YOU = "you"
_TECHNICIAN = "a technician"
_OFFICE = "the office"

UDEV_RULES = "/usr/lib/udev/rules.d/70-cvd-serial.rules"
"""Where packaging/linux/70-cvd-serial.rules is installed."""

PORTS: dict[str, Entry] = {
    "port_gone": (
        "The adapter at {port} was unplugged or has failed.",
        "link",
        "Plug it in again and read again.",
        _YOU,
    ),
    "port_gone.speed": (
        "The serial server at {port} does not take the speed of this read ({reason}).",
        "link",
        "Allow every speed in the serial server's settings, or set the machine to another one.",
        _TECHNICIAN,
    ),
    "port_busy": (
        "Another program uses {port}.",
        "link",
        "Close the other program, or pull the adapter and plug it in again.",
        _YOU,
    ),
    "port_busy.program": (
        "The program {holder} uses {port}.",
        "link",
        "Close {holder}, or pull the adapter and plug it in again.",
        _YOU,
    ),
    "port_busy.network": (
        "The serial server at {port} hung up at once: somebody else is using it.",
        "link",
        "Find out who has it open and try again, or look at the serial server.",
        _YOU,
    ),
    "port_missing": (
        "There is no port {port}, nor any other.",
        "link",
        "Plug the adapter in and look with `cvd ports` which port it has.",
        _YOU,
    ),
    "port_missing.others": (
        "There is no port {port}. There is: {there}.",
        "link",
        "Choose one of these, or plug the adapter in and look with `cvd ports` which port it has.",
        _YOU,
    ),
    "port_missing.bluetooth": (
        "The Bluetooth device of {port} does not answer.",
        "link",
        "Switch it on, bring it near, and try again; else pair it anew.",
        _YOU,
    ),
    "port_missing.network": (
        "Nothing answers at {port} ({reason}).",
        "link",
        "Check the address, the network and that the serial server is on.",
        _YOU,
    ),
    "port_missing.no_rfc2217": (
        "What answers at {port} is no serial server of the kind RFC 2217.",
        "link",
        "Set the serial server to RFC 2217, or write the address as socket://host:port.",
        _TECHNICIAN,
    ),
    "port_denied": (
        "This person may not use {port}.",
        "link",
        "The office gives this account the right to use serial ports.",
        _OFFICE,
    ),
    "port_denied.group": (
        "{person} may not use {port}: it is for the group {group}.",
        "link",
        (
            "Type `sudo usermod -a -G {group} {person}` and sign in again, or install "
            f"{UDEV_RULES} and plug the adapter in again."
        ),
        _OFFICE,
    ),
    "port_denied.sign_in_again": (
        "{person} may use {port} only from the next sign-in on: the group {group} is new.",
        "link",
        "Sign out of this computer, sign in again and read again.",
        _YOU,
    ),
    "port_twice": (
        "The port {port} is named twice.",
        NOTHING_READ,
        "Name each port once.",
        _YOU,
    ),
    "too_many_ports": (
        "At most {most} machines are read at once, and {ports} ports are named.",
        NOTHING_READ,
        "Read them in two goes.",
        _YOU,
    ),
    "profile_wrong": (
        "This is no adapter profile: {reason}.",
        "Nothing was changed.",
        "Change what is wrong and save it again.",
        _YOU,
    ),
    "profile_unknown": (
        "There is no adapter profile {name} of your own.",
        "Nothing was changed.",
        "Look with `cvd ports profiles` which there are.",
        _YOU,
    ),
    "no_own_profiles": (
        "There is no adapter profile of your own to export.",
        "Nothing was written.",
        "Make one with `cvd ports profiles set`; the built-in ones are on every laptop.",
        _YOU,
    ),
    "profiles_unreadable": (
        "The adapter profiles in {path} cannot be read: {reason}.",
        "Nothing was changed.",
        "Put the file right, or export it again.",
        _YOU,
    ),
    "profiles_not_written": (
        "The adapter profiles could not be written to {path}: {reason}.",
        "The profiles on this laptop are as they were.",
        "Choose another place, or make room on the disk.",
        _YOU,
    ),
    "loop_back_right": (
        "The cable is right: {sent} bytes went out and came back, {round_trip} for one.",
        "",
        "Take the jumper out.",
        _YOU,
    ),
    "loop_back_silent": (
        "Nothing comes back.",
        "",
        "Join tip and ring of the plug by the jumper; if they are, a wire or the adapter is bad.",
        _YOU,
    ),
    "loop_back_damaged": (
        "The cable damages what it carries: {right} of {sent} bytes came back right{where}.",
        "",
        "Try another cable, then another adapter: the part whose change makes it right is bad.",
        _YOU,
    ),
    "loop_back_other": (
        "Somebody else answers: a machine is connected.",
        "Nothing more was sent.",
        "Pull the plug out of the machine, put the jumper in, and test again.",
        _YOU,
    ),
    "loop_back_cancelled": ("The test was cancelled.", "", "", _YOU),
}
