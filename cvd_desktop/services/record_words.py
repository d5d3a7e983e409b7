"""What a record of the outbox is called, and why the server refused it, in words for people.

To add an event: its line in `TITLES`. A completeness test names a forgotten one.
"""

from cvd_desktop.domain.records import OutboxEntry, RecordState

TITLES = {
    "read.recorded": "Read",
    "read.assigned": "Whose read it is: that",
    "machine.written": "Write to the settings",
    "ticket.opened": "New ticket",
    "ticket.worked": "Work on a ticket",
    "meters.entered": "Meters by hand",
    "stop.marked": "State of a stop",
    "run.ordered": "Order of the stops",
    "load.recorded": "Load of the truck",
    "truck.counted": "Count of the truck",
    "visit.finished": "Visit",
    "visit.amended": "Correction of a visit",
    "photo.taken": "Photo",
}

MARKS = {
    "open": "Stop open again",
    "arrived": "Arrival at a stop",
    "done": "Stop done",
    "skipped": "Stop skipped",
}
"""By the state of the payload."""

REASONS = {
    "type_unknown": "The server does not know this kind of record yet. It keeps it.",
    "actor_differs": "It was recorded by another person. The office has to look at it.",
    "not_allowed": "Your role does not allow this. The office has to look at it.",
    "payload_invalid": "The record does not say what it has to. Show it to the office.",
    "time_invalid": "The time of the record is no time. Show it to the office.",
    "entity_differs": "The record contradicts itself. Show it to the office.",
    "read_exists": "Another read with this number is on the server already.",
    "read_unknown": "The server does not have the read that this belongs to.",
    "write_exists": "Another write with this number is on the server already.",
    "ticket_exists": "Another ticket with this number is on the server already.",
    "ticket_unknown": "The server does not have the ticket. The office has to look at it.",
    "ticket_full": "The ticket holds too much work already. The office has to look at it.",
    "person_unknown": "The server does not know whom it was given to. The office looks at it.",
    "meters_exist": "Other meters with this number are on the server already.",
    "visit_exists": "Another visit with this number is on the server already.",
    "visit_unknown": "The server does not have the visit. The office has to look at it.",
    "load_exists": "Another load with this number is on the server already.",
    "count_exists": "Another count with this number is on the server already.",
    "photo_exists": "Another photo with this number is on the server already.",
    "route_unknown": "The server has no such route. The office has to look at it.",
    "route_not_held": "The route was not yours at that time. The office looks at it.",
    "record_too_large": "The record is larger than a laptop takes. The office has to look at it.",
    "machine_unknown": "The server has no such machine. The office has to look at it.",
    "out_of_scope": "The machine was not on your routes at that time. The office looks at it.",
    "group_refused": "Another record of the same visit was refused.",
    "group_split": "Records that belong together did not arrive together. The office looks at it.",
    "server_error": "The server could not store it yet. The office has to look at it.",
    "scope_doubt": "It was yours some days before or after. The office decides on it.",
    "scope_lost": "It was given to somebody else meanwhile. The office looks at it.",
    "rescued": "The server keeps it unread, because it could not take it. The office looks at it.",
    "device_revoked": "It came from a laptop that was withdrawn. The office decides on it.",
    "user_blocked": "It came from a person who is blocked. The office decides on it.",
    "bundle_unsigned": "Nobody can prove which laptop it came from. The office decides on it.",
    "bundle_other_person": "Somebody else signed in on that laptop. The office decides on it.",
    "record_unreadable": "The server cannot read it. It keeps it; show it to the office.",
}

STATES = {
    RecordState.RECORDED_HERE: "recorded here",
    RecordState.ON_THE_SERVER: "on the server",
    RecordState.REFUSED: "refused",
}


def title_of(entry: OutboxEntry) -> str:
    """E.g. "Read of machine A-1, Town Hall"; a type without words is named as it is."""
    title = TITLES.get(entry.type, entry.type)
    if entry.type == "stop.marked":
        title = MARKS.get(str(entry.payload.get("state")), title)
    if entry.machine_asset:
        title += f" of machine {entry.machine_asset}"
    return f"{title}, {entry.place}" if entry.place else title


def state_of(entry: OutboxEntry) -> str:
    """One of the three marks that are the same everywhere."""
    return STATES[entry.state]


def reason_of(entry: OutboxEntry) -> str:
    """Why the server refused the record; empty when it did not."""
    if entry.state is not RecordState.REFUSED:
        return ""
    return REASONS.get(entry.code or "") or entry.message or entry.code or "No reason was given."
