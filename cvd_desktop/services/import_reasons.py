"""Puts what an import left alone into words."""

from cvd_desktop.domain.import_records import FileLeft

# Looked through, and no report was in it; for every other reason it could not be looked through.
GAVE_NOTHING = frozenset(("empty", "no_report", "other_archive"))

_MEBIBYTE = 1024 * 1024

_SENTENCES = {
    "empty": "It is empty.",
    "no_report": "There is no EVA-DTS report in it.",
    "other_archive": "Only zips are looked into: unpack it, then import that.",
    "file_too_large": "It has more than {limit_text}: no reader writes such a file.",
    "file_unreadable": "It cannot be read: {reason}.",
    "folder_unreadable": "The folder cannot be opened: {reason}.",
    "not_a_file": "It is a device or a pipe, no file.",
    "not_understood": "This program made a mistake on it; send it to the office.",
    "own_data": "It is where this program keeps its own data.",
    "of_practice": "Its report {number} is that of a practice machine, no real one.",
    "path_missing": "There is no such file or folder.",
    "report_too_large": "Its report {number} has more than {limit_text}: no machine writes that.",
    "too_many_reports": "It has more than {count} reports: split it, then import the parts.",
    "zip_bomb": "It would unpack to {ratio} times its size: no text of a machine does that.",
    "zip_damaged": "The zip is damaged.",
    "zip_locked": "{files} files in it are locked by a password: unpack them, then import that.",
    "zip_method": "It is packed in a way that is not looked into: unpack it, then import that.",
    "zip_nested": "It is a zip in a zip in a zip: unpack it, then import that.",
    "zip_too_large": "It holds more than {members} files or {limit_text}: import it in parts.",
}


def left_words(left: FileLeft) -> str:
    """One sentence: why a file gave no read, and what to do about it."""
    values = dict(left.values)
    limit = values.get("limit")
    if isinstance(limit, int):
        values["limit_text"] = (
            f"{limit // _MEBIBYTE} MB" if limit >= _MEBIBYTE else f"{limit // 1024} KB"
        )
    sentence = _SENTENCES.get(left.reason, left.reason)
    return sentence.format_map(_Known(values))


class _Known(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
