"""The sentences for problems with the local database and with files.

code or code.variant -> (what happened, what is safe, what to do, who acts). `{name}` is a value of
the problem. Those of the line to a machine are in word_table_link.py.
"""

from cvd_desktop.services.word_table_link import LINK, Entry

_YOU = "you"
_TECHNICIAN = "a technician"
_OFFICE = "the office"

_IN_THE_DATABASE: dict[str, Entry] = {
    "no_key": (
        "The local database needs its passphrase: this computer has no key store.",
        "Nothing was changed.",
        "Type the passphrase, or give it in CVD_PASSPHRASE.",
        _YOU,
    ),
    "wrong_key": (
        "This passphrase or key does not open the local database {path}.",
        "The database is untouched.",
        "Try again. There is no way around a lost passphrase; the office has what was synced.",
        _YOU,
    ),
    "passphrases_differ": (
        "The two passphrases are not the same.",
        "Nothing was created.",
        "Start again and type the same passphrase twice.",
        _YOU,
    ),
    "key_missing": (
        "The key store of this computer does not have the key of {path}.",
        "The database is untouched.",
        "Sign in to the computer as the person who made it, or restore that person's key store.",
        _OFFICE,
    ),
    "key_file_damaged": (
        "The file {path} is damaged; without it the key of the local database cannot be found.",
        "The database is untouched.",
        "Put the file back from a backup of this folder.",
        _OFFICE,
    ),
    "key_store_failed": (
        "The key store of this computer cannot be used: {reason}.",
        "Nothing was changed.",
        "Unlock the key store and start again.",
        _YOU,
    ),
    "database_damaged": (
        "The local database {path} is damaged.",
        "Nothing was overwritten; a copy of the file as it was is in {copy}.",
        "Send the copy to the office. To work on meanwhile, start with another data folder.",
        _OFFICE,
    ),
    "database_locked": (
        "Another program holds the local database {path}.",
        "Not saved. What was there before is untouched.",
        "Close the other program, then try again.",
        _YOU,
    ),
    "database_unreachable": (
        "The local database {path} cannot be opened or written.",
        "Not saved. What was there before is untouched.",
        "Check that the folder exists and that this person may write to it.",
        _YOU,
    ),
    "data_dir_unusable": (
        "The data folder {path} cannot be used: {reason}.",
        "Nothing was changed.",
        "Choose another folder with --data-dir, or get the right to write to this one.",
        _YOU,
    ),
    "disk_error": (
        "The disk refused to read or write {path}.",
        "Not saved. What was saved before is untouched.",
        "Try again. If it happens again the disk is failing: sync, then tell the office.",
        _OFFICE,
    ),
    "disk_full": (
        "The disk is full.",
        "Not saved. What was saved before is untouched.",
        "Delete or move files that are not needed, then do it again.",
        _YOU,
    ),
    "schema_newer": (
        "A newer version of this program wrote the local database ({found}, not {known}).",
        "The database is untouched.",
        "Install the newest version.",
        _OFFICE,
    ),
    "record_damaged": (
        "The record {op_id} in the outbox is not what was written there.",
        "It is kept as it is and not sent.",
        "Send the newest copy in the folder backups to the office.",
        _OFFICE,
    ),
}

_WITH_FILES: dict[str, Entry] = {
    "file_unreadable": (
        "The file {path} cannot be read: {reason}.",
        "Nothing was changed.",
        "Check its name and whether you may read it.",
        _YOU,
    ),
    "file_too_large": (
        "The file {path} is too large for an EVA-DTS file.",
        "Nothing was changed.",
        "Name the file that the machine or the reader wrote.",
        _YOU,
    ),
    "file_not_written": (
        "The file {path} could not be written: {reason}.",
        "The read itself is kept on this laptop.",
        "Choose another place.",
        _YOU,
    ),
    "export_too_large": (
        "A sheet holds {rows} rows, and these reads have more.",
        "Nothing was written.",
        "Export fewer reads at once, or as CSV.",
        _YOU,
    ),
    "export_cancelled": (
        "The export was cancelled.",
        "Nothing was written; the reads are kept on this laptop.",
        "",
        _YOU,
    ),
    "nothing_to_export": (
        "There is no read to export.",
        "Nothing was written.",
        "Look what is here: cvd reads.",
        _YOU,
    ),
    "no_report": (
        "There is no EVA-DTS report in {path}.",
        "Nothing was changed.",
        "Name a file that begins with DXS, ST or ID1, or that contains such lines.",
        _YOU,
    ),
    "output_kind_unknown": (
        "Nothing can be written into {path}: its ending says neither HTML nor text.",
        "Nothing was written.",
        "Choose a name that ends with .html or .txt.",
        _YOU,
    ),
    "report_not_written": (
        "The file {path} could not be written: {reason}.",
        "The audit file itself is as it was.",
        "Choose another place.",
        _YOU,
    ),
    "stdin_twice": (
        "Only one of the two files can come from standard input.",
        "Nothing was changed.",
        "Name a file for the other one.",
        _YOU,
    ),
    "choose_one": (
        "{one} and {other} cannot be given together.",
        "",
        "Leave one of them out.",
        _YOU,
    ),
    "demo_failed": (
        "The demo could not start {program}: {said}",
        "Nothing of yours was touched: the demo works in a folder of its own.",
        "Start it again; if it fails again, send these lines to the office.",
        _OFFICE,
    ),
    "model_unknown": (
        "There is no model {model}.",
        "",
        "Models are: {known}.",
        _YOU,
    ),
    "fault_unknown": (
        "This fault cannot be played: {reason}.",
        "",
        "Name a fault of the list.",
        _YOU,
    ),
}

PROBLEMS: dict[str, Entry] = {**LINK, **_IN_THE_DATABASE, **_WITH_FILES}
