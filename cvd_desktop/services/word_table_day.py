"""The sentences for what cannot be recorded of a run, a load and a count.

code or code.variant -> (what happened, what is safe, what to do, who acts). `{name}` is a value of
the problem.
"""

Entry = tuple[str, str, str, str]

_YOU = "you"
_OFFICE = "the office"
_NOTHING = "Nothing was recorded. What was recorded before is kept."
_TYPED = "What you ticked and typed is still here."

DAY: dict[str, Entry] = {
    "run_unknown": (
        "This run is not on this laptop.",
        _NOTHING,
        "Sync, then open Today again. If it is still missing, ask the office for the run.",
        _OFFICE,
    ),
    "no_run_today": (
        "There is no run for you on this laptop today.",
        "What was recorded before is kept.",
        "Sync. If it is still missing, ask the office. A machine can be served without a run.",
        _OFFICE,
    ),
    "stop_unknown": (
        "This stop is not on the run any more: the office has changed it.",
        _NOTHING,
        "Look at the run again. A machine that is not on it can be served all the same.",
        _YOU,
    ),
    "skip_reason_missing": (
        "A stop is skipped with a reason, and there is none.",
        _NOTHING,
        "Choose why the stop is skipped.",
        _YOU,
    ),
    "skip_note_missing": (
        'The reason "other" needs a few words.',
        _NOTHING,
        "Say in a few words why the stop is skipped.",
        _YOU,
    ),
    "stop_mark_refused": (
        "The stop cannot go from {why} to {to}.",
        _NOTHING,
        "Look at the run again: somebody may have marked this stop meanwhile.",
        _YOU,
    ),
    "stop_mark_refused.open": (
        "Nobody has arrived at this stop yet, so it cannot be done.",
        _NOTHING,
        "Arrive at the stop first, or skip it with a reason.",
        _YOU,
    ),
    "stop_mark_refused.done": (
        "This stop is done already.",
        "What was recorded of it is kept.",
        "Arrive there again if there is more to do.",
        _YOU,
    ),
    "order_reason_missing": (
        "Another order is kept with its reason, and there is none.",
        "The order is as it was.",
        "Choose or say why the order changes.",
        _YOU,
    ),
    "quantity_negative": (
        "{units} units are less than none.",
        _TYPED,
        "Type how many units there are: 0 or more.",
        _YOU,
    ),
    "quantity_too_large": (
        "{units} units are more than a truck holds.",
        _TYPED,
        "Type how many units there are, at most {most}. A scanned code does not go here.",
        _YOU,
    ),
    "product_unknown": (
        "This product is not in the catalogue of this laptop.",
        _TYPED,
        "Sync and try again. If it is new, tell the office its name and its code.",
        _OFFICE,
    ),
    "nothing_ticked": (
        "Nothing is ticked, so there is no load to record.",
        _NOTHING,
        "Tick what you put on the truck, then record it.",
        _YOU,
    ),
    "nothing_counted": (
        "Nothing is counted yet.",
        _NOTHING,
        "Count at least one product. What you do not count stays as it is.",
        _YOU,
    ),
}
