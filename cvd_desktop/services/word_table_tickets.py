"""The sentences for what cannot be recorded of tickets and of meters by hand.

code or code.variant -> (what happened, what is safe, what to do, who acts). `{name}` is a value of
the problem.
"""

Entry = tuple[str, str, str, str]

_YOU = "you"
_OFFICE = "the office"
_NOTHING = "Nothing was recorded. What you typed is still here."

TAKEN_BACK = "Taken back: what was recorded just before this is not valid."
OPENED_BY_MISTAKE = "Opened by mistake: there is nothing to repair."

TICKETS: dict[str, Entry] = {
    "ticket_sign_in": (
        "Nobody is signed in, so nobody can be named in the ticket.",
        _NOTHING,
        "Sign in, then record it again.",
        _YOU,
    ),
    "ticket_no_right": (
        "Your role does not allow this.",
        _NOTHING,
        "Ask the office for the right, or tell a technician.",
        _OFFICE,
    ),
    "ticket_no_right.work": (
        "Your role may open tickets, but not work on them.",
        _NOTHING,
        "A technician does that. The ticket tells what you know: add it when you open one.",
        "a technician",
    ),
    "ticket_unknown": (
        "This ticket is not on this laptop any more.",
        _NOTHING,
        "Sync and look again. If it is gone, the office has given it to somebody else.",
        _YOU,
    ),
    "ticket_closed": (
        "This ticket is closed, and a closed ticket stays closed.",
        _NOTHING,
        "Open a new ticket for the same machine.",
        _YOU,
    ),
    "ticket_incomplete.fault": (
        "The ticket does not say what is wrong.",
        _NOTHING,
        "Say in a few words what the machine does or does not do.",
        _YOU,
    ),
    "ticket_incomplete.state": (
        "It is not said how the ticket stands now.",
        _NOTHING,
        "Choose one of the states.",
        _YOU,
    ),
    "ticket_incomplete.outcome": (
        "It is not said what was done or how it ended.",
        _NOTHING,
        "Say in a few words what you did, or what you found.",
        _YOU,
    ),
    "ticket_incomplete.codes": (
        "An event code has at most 20 characters, and a ticket at most 100 codes.",
        _NOTHING,
        "Put a blank or a comma between two codes; write anything else into the note.",
        _YOU,
    ),
    "ticket_incomplete.part": (
        "A part has no name.",
        _NOTHING,
        "Type its name, or remove its row.",
        _YOU,
    ),
    "ticket_nothing_to_undo": (
        "There is nothing here to take back: the server has it already, or it is another's.",
        "Nothing was changed.",
        "Record what is right as the next work on the ticket.",
        _YOU,
    ),
    "machine_not_here": (
        "This machine is not on this laptop.",
        _NOTHING,
        "Sync, then choose the machine again.",
        _YOU,
    ),
    "meters_no_right": (
        "Your role does not allow to enter meters.",
        _NOTHING,
        "Ask the office for the right.",
        _OFFICE,
    ),
    "meters_none": (
        "No meter was entered.",
        _NOTHING,
        "Type at least one figure that the machine shows.",
        _YOU,
    ),
    "meters_impossible": (
        "No machine counts as far as {entered}.",
        _NOTHING,
        "Compare the figure with the display of the machine, digit by digit.",
        _YOU,
    ),
    "meters_lower": (
        "{entered} is lower than {known}, the last meter that is known.",
        _NOTHING,
        (
            "Compare it with the display. If it is right, choose why: rolled over, restarted or "
            "pulled."
        ),
        _YOU,
    ),
    "meters_not_lower": (
        "Nothing rolled over: no meter is lower than the last one that is known.",
        _NOTHING,
        "Choose Normal, or compare the figures with the display.",
        _YOU,
    ),
}
