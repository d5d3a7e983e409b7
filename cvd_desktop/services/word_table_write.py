"""The sentences of writing to a machine: problems, warnings of the preview, names, results.

Problems: code -> (what happened, what is safe, what to do, who acts). `{name}` is a value.
"""

from cvd_desktop.domain.write_records import PlannedChange, PlanWarning
from cvd_shared.wire_events import WriteResult, WriteWhat

Entry = tuple[str, str, str, str]

_YOU = "you"
_OFFICE = "the office"
_NOT_TOUCHED = "Nothing was sent to the machine."

WRITE: dict[str, Entry] = {
    "write_nothing": (
        "There is nothing to write.",
        _NOT_TOUCHED,
        "Name at least one change, e.g. --set A1=1.50.",
        _YOU,
    ),
    "write_no_change": (
        "The machine has all of these values already.",
        _NOT_TOUCHED,
        "",
        "nobody",
    ),
    "write_set_twice": (
        "Two values were given for the same place (selection {selection}).",
        _NOT_TOUCHED,
        "Name each only once; A1 and A01 are the same selection for this machine.",
        _YOU,
    ),
    "write_setting_unreadable": (
        '"{text}" is not of the form {form}.',
        _NOT_TOUCHED,
        "Type it again.",
        _YOU,
    ),
    "write_price_unreadable": (
        '"{price}" is no price.',
        _NOT_TOUCHED,
        "Give it as 1.50 (the currency, {decimals} decimals) or as 150 (its smallest unit).",
        _YOU,
    ),
    "write_value_unfit": (
        "A value does not fit into what the standard has room for: {reason}.",
        _NOT_TOUCHED,
        "Choose a shorter or smaller one.",
        _YOU,
    ),
    "write_not_allowed": (
        "Your role ({role}) may not write to machines.",
        _NOT_TOUCHED,
        "Ask a technician or the office.",
        _OFFICE,
    ),
    "write_before_unreadable": (
        "The machine's report cannot be read, so nobody knows what a write would change.",
        "The read is kept. " + _NOT_TOUCHED,
        "Read the machine again; if its report stays so, send it to the office.",
        _OFFICE,
    ),
    "write_other_machine": (
        "This is machine {found}, and you named {meant}.",
        "The read is kept. " + _NOT_TOUCHED,
        "Plug into the right machine, or name this one.",
        _YOU,
    ),
    "write_refused": (
        "The machine refused to be written to (code {response}).",
        "The machine has changed nothing.",
        "Open its door or its service menu, as its manual asks, then write again.",
        _YOU,
    ),
    "write_broken_off": (
        "The write broke off ({failure}): the machine may have taken some values.",
        "What was sent is recorded, with what the machine says now as far as it could be seen.",
        "Look at the table, then write again what is missing.",
        _YOU,
    ),
    "write_proof_unreadable": (
        "The machine took the write, but its report afterwards was not whole.",
        "The write is recorded as not proven.",
        "Read the machine again and compare.",
        _YOU,
    ),
}

WARNINGS: dict[str, str] = {
    "write_unknown_selection": (
        "The machine tells of no selection {selections}. It will most likely pass over it."
    ),
    "write_auto_mode": (
        "The machine is in AUTO mode: every read over DEX/UCS clears its interval counters, this "
        "look and the proving read too."
    ),
    "write_resets_interval": (
        "The interval counters ({vends} paid vends) will be cleared for ever. This look at them "
        "is kept as a read."
    ),
    "write_renames": (
        "The machine goes by {asset_number} in the office; a new asset number makes its next reads "
        "those of another machine until the office knows it."
    ),
    "write_no_change": "The machine has all of these values already: there is nothing to send.",
}

RESULTS: dict[WriteResult, str] = {
    "accepted": "accepted",
    "ignored": "ignored: as it was",
    "different": "different",
    "unproven": "not proven",
}

_NAMES: dict[WriteWhat, str] = {
    "price": "Price",
    "list_price": "Price in list",
    "name": "Name",
    "asset_number": "Asset number",
    "clock": "Clock",
    "interval_reset": "Interval reset",
    "event_reset": "Event reset",
}


_COUNTED: dict[WriteWhat, str] = {"interval_reset": "vends", "event_reset": "events"}


def warning_words(warning: PlanWarning) -> str:
    return WARNINGS[warning.code].format_map(dict(warning.values))


def change_words(change: PlannedChange) -> str:
    """E.g. "Price A1", "Price in list 1 (DA) A1", "Clock"."""
    name = _NAMES[change.what]
    if change.price_list is not None:
        device = f" ({change.device})" if change.device else ""
        name += f" {change.price_list}{device}"
    return f"{name} {change.selection}" if change.selection else name


def value_words(change: PlannedChange, value: str | None, decimals: int) -> str:
    """A value of a line for people: prices in the currency, "?" for what is not told."""
    if value is None:
        return "?"
    if change.what in _COUNTED:
        return f"{value} {_COUNTED[change.what]}"
    if change.what == "clock":
        return value.replace("T", " ")
    if change.what not in ("price", "list_price") or not decimals:
        return value
    whole, rest = divmod(int(value), 10**decimals)
    return f"{whole}.{rest:0{decimals}}"
