"""The sentences of the Bench: traces that cannot be read.

As in word_table_link.py: code or code.variant -> (what happened, what is safe, what to do, who).
"""

from cvd_desktop.services.word_table_link import Entry

_YOU = "you"

BENCH: dict[str, Entry] = {
    "trace_unreadable": (
        "{path} is no trace of this program, or it is damaged (line {line}).",
        "Nothing was changed.",
        "Choose a file that was saved by the Bench.",
        _YOU,
    ),
    "trace_missing": (
        "This read has no trace on this laptop.",
        "Nothing was changed.",
        "Choose a read that was made by a cable.",
        _YOU,
    ),
}
