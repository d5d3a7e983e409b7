"""The sentences about unsent work as a file: taking it away, the receipt, bundles of colleagues.

code -> (what happened, what is safe, what to do, who acts). `{name}` is a value of the problem.
"""

from cvd_desktop.services.word_table_link import Entry

_KEPT = "Everything recorded is kept here, unchanged."
_YOU = "you"
_OFFICE = "the office"

BUNDLES: dict[str, Entry] = {
    "bundle_no_keys": (
        "This laptop has never been signed in to the server: it has no key to lock the file with.",
        _KEPT,
        "Sign in once with a network; after that the export works without one.",
        _YOU,
    ),
    "bundle_nothing": (
        "Nothing waits: there is nothing to export.",
        "All that was recorded here has its answer from the server.",
        "Nothing.",
        "nobody",
    ),
    "bundle_no_room": (
        "There is not enough room for the file at {path}.",
        "No part of it was left behind. Everything recorded is kept here, unchanged.",
        "Make room there or take another USB stick, then export again.",
        _YOU,
    ),
    "bundle_not_written": (
        "The file {path} could not be written: {reason}.",
        "No part of it was left behind. Everything recorded is kept here, unchanged.",
        "Take another USB stick or another place, then export again.",
        _YOU,
    ),
    "bundle_not_one": (
        "{path} is no file with unsent work.",
        _KEPT,
        "Choose a file that ends in .cvdbundle, as the other laptop wrote it.",
        _YOU,
    ),
    "bundle_newer": (
        "{path} was made by a newer version of this program.",
        _KEPT,
        "Install the newest version here, or carry the file to the office.",
        _YOU,
    ),
    "bundle_damaged": (
        "{path} is damaged: {reason}.",
        "Nothing of it was taken. The laptop that made it still has all of it.",
        "Export it again there, on another USB stick if need be.",
        _YOU,
    ),
    "bundle_too_large": (
        "{path} is larger than such a file can be.",
        "Nothing of it was taken. The laptop that made it still has all of it.",
        "Export it again there.",
        _YOU,
    ),
    "bundle_foreign": (
        "{path} is the work of another company.",
        "Nothing of it was taken.",
        "Give it back to whoever brought it.",
        _YOU,
    ),
    "bundle_own": (
        "{path} was made on this very laptop.",
        "What is in it lies here as well and goes with the next sync.",
        "Carry the file to another laptop or to the office, or sync here.",
        _YOU,
    ),
    "bundle_signature_wrong": (
        "The server does not take this file: it was changed, or another laptop made it.",
        "The laptop that made it still has all of it.",
        "Export it again there; if that does not help, tell the office.",
        _OFFICE,
    ),
    "bundle_seal_wrong": (
        "The server cannot open this file: it was locked with a key that is not the company's.",
        "The laptop that made it still has all of it.",
        "Let that laptop sign in once, then export again there.",
        _YOU,
    ),
    "carried_not_one": (
        "{path} is neither a receipt nor a file with unsent work.",
        _KEPT,
        "Choose a file that ends in .cvdreceipt or .cvdbundle.",
        _YOU,
    ),
    "receipt_not_one": (
        "{path} is no receipt.",
        _KEPT,
        "Choose a file that ends in .cvdreceipt, as the office or a colleague gave it.",
        _YOU,
    ),
    "receipt_newer": (
        "{path} was made by a newer version of the server.",
        _KEPT,
        "Install the newest version; or sync, which tells the same.",
        _YOU,
    ),
    "receipt_damaged": (
        "{path} is damaged: {reason}.",
        _KEPT,
        "Copy the receipt again from where it came; or sync, which tells the same.",
        _YOU,
    ),
    "receipt_not_proved": (
        "{path} is not signed by your company: it proves nothing.",
        _KEPT,
        "Ask for the receipt again; or sync, which tells the same.",
        _OFFICE,
    ),
    "receipt_other_laptop": (
        "This receipt is for another laptop: for the work of {name}.",
        _KEPT,
        "Take it to that laptop.",
        _YOU,
    ),
    "receipt_outdated": (
        "The server was restored from a backup after this receipt was made.",
        _KEPT,
        "Sync: the server is asked what it has, and what is missing is sent again.",
        _YOU,
    ),
}
