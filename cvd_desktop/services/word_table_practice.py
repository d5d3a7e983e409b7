"""The sentences of virtual machines: problems in starting one, and what became of settings.

Problems: code -> (what happened, what is safe, what to do, who acts).
"""

Entry = tuple[str, str, str, str]

_YOU = "you"

PRACTICE: dict[str, Entry] = {
    "link_of_model": (
        "The machine {model} does not speak {link}.",
        "No virtual machine was started.",
        "Choose {known}, or another machine.",
        _YOU,
    ),
    "read_of_practice": (
        "The read is of a practice machine.",
        "It stays on this laptop; the data of real machines are as they were.",
        "Read the real machine.",
        _YOU,
    ),
}

REFUSALS: dict[str, str] = {
    "too_long": "it does not fit into the machine's memory",
    "integrity": "the check value G85 is wrong or missing",
    "door_closed": "the door is closed",
    "not_taken": "this machine does not take it",
    "no_selection": "there is no such selection",
    "no_list": "there is no such payment device or price list",
    "bad_value": "it is no value of this kind",
    "password": "the password or code is another one",
}
"""Why a setting was passed over: every Refusal of vending_setup.py."""
