"""The sentences for problems at the machine, with the local database and with files.

code or code.variant -> (what happened, what is safe, what to do, who acts). `{name}` is a value of
the problem. "link" as the second text stands for `KEPT` or `NOTHING_READ`.
"""

Entry = tuple[str, str, str, str]

KEPT = "What arrived ({blocks} blocks) is kept as a partial read. The machine has reset nothing."
NOTHING_READ = "Nothing was read. The machine has changed nothing."

_YOU = "you"
_TECHNICIAN = "a technician"
_OFFICE = "the office"

_AT_THE_MACHINE: dict[str, Entry] = {
    "no_answer": (
        "The machine did not answer on {port}.",
        "link",
        "Check the plug and that the machine is on, then read again; else try another cable.",
        _YOU,
    ),
    "no_answer.setting": (
        "Something is sent on {port}, but it makes no sense: another speed, or another link.",
        "link",
        "Set the machine to DEX/UCS at 9600, or use the link that its menu names.",
        _TECHNICIAN,
    ),
    "broken_off": (
        "The machine stopped in the middle of the read.",
        "link",
        "Read again. If it stops at the same place, a technician looks at the machine.",
        _YOU,
    ),
    "broken_off.silence": (
        "The line went silent in the middle of the read.",
        "link",
        "Hold the plug still and read again. If it happens again, use another cable.",
        _YOU,
    ),
    "broken_off.deaf": (
        "The machine does not hear what this laptop says, though it can be heard.",
        "link",
        "Use another cable: one of its two wires is broken. Then read again.",
        _YOU,
    ),
    "broken_off.restarted": (
        "The machine began its report anew in the middle of the read.",
        "link",
        "Wait until the machine is idle, with its door as it was, and read again.",
        _YOU,
    ),
    "broken_off.eot": (
        "The machine ended the session before its report was whole.",
        "link",
        "Read again. If it always ends there, a technician looks at the machine.",
        _YOU,
    ),
    "bad_crc": (
        "A block arrived damaged {tries} times in a row.",
        "link",
        "Use another cable, keep it away from motors and lamps, and read again.",
        _YOU,
    ),
    "refused": (
        "The machine refused to be read (code {response}).",
        "link",
        "A technician looks at the machine's DEX settings.",
        _TECHNICIAN,
    ),
    "refused.01": (
        "The machine refused: it does not know this reader (code 01).",
        "link",
        "Allow this reader, or any reader, in the machine's DEX settings.",
        _TECHNICIAN,
    ),
    "refused.02": (
        "The machine refused: it speaks no revision of DEX that this program speaks (code 02).",
        "link",
        "Set the machine to revision 1 level 1, or update its software.",
        _TECHNICIAN,
    ),
    "refused.03": (
        "The machine refused: it is busy with something else (code 03).",
        "link",
        "Let it finish its sale or leave its service menu, then read again.",
        _YOU,
    ),
    "refused.04": (
        "The machine refused: it has no data to give (code 04).",
        "link",
        "Sell or test-vend once and read again. If it stays so, a technician looks at it.",
        _TECHNICIAN,
    ),
    "refused.05": (
        "The machine refused with an error of its own (code 05).",
        "link",
        "Switch the machine off and on, wait a minute, read again.",
        _TECHNICIAN,
    ),
    "refused.nak": (
        "The machine turns every request down.",
        "link",
        "Switch the machine off and on and read again; else check its DEX settings.",
        _TECHNICIAN,
    ),
    "too_long": (
        "The machine sends more than any report can be.",
        "link",
        "Switch the machine off and on, then read again.",
        _TECHNICIAN,
    ),
    "too_long.noise": (
        "There is noise on the line instead of a report.",
        "link",
        "Use another cable or adapter and read again.",
        _YOU,
    ),
    "port_gone": (
        "The adapter at {port} was unplugged or has failed.",
        "link",
        "Plug it in again and read again.",
        _YOU,
    ),
    "port_busy": (
        "Another program uses {port}.",
        "link",
        "Close the other program, or pull the adapter and plug it in again.",
        _YOU,
    ),
    "port_missing": (
        "There is no port {port}.",
        "link",
        "Plug the adapter in and look with `cvd ports` which port it has.",
        _YOU,
    ),
    "port_denied": (
        "This person may not use {port}.",
        "link",
        "The office gives this account the right to use serial ports (group dialout).",
        _OFFICE,
    ),
    "cancelled": (
        "The read was cancelled.",
        "link",
        "Read again when you are ready.",
        _YOU,
    ),
    "interrupted": (
        "The program was ended in the middle of the read.",
        "link",
        "Read again.",
        _YOU,
    ),
    "link_unavailable": (
        "The link {link} is not available in this version.",
        NOTHING_READ,
        "Use --link dexucs, or leave it out.",
        _YOU,
    ),
    "read_unknown": (
        "There is no read {id} on this laptop.",
        "Nothing was changed.",
        "Look with `cvd reads` which reads there are.",
        _YOU,
    ),
    "machine_unknown": (
        "This machine is not on this laptop.",
        "The read stays as it is.",
        "Sync, then say again whose read it is.",
        _YOU,
    ),
}

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

PROBLEMS: dict[str, Entry] = {**_AT_THE_MACHINE, **_IN_THE_DATABASE, **_WITH_FILES}
