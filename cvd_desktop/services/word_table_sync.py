"""The sentences about the server: signing in, sending, fetching, records that it refused.

code -> (what happened, what is safe, what to do, who acts). `{name}` is a value of the problem.
"""

from cvd_desktop.services.word_table_link import Entry

_KEPT = "Everything recorded is kept here and is sent later."
_NOTHING = "Nothing was sent, nothing was changed."
_YOU = "you"
_OFFICE = "the office"
_NOBODY = "nobody"

SYNC: dict[str, Entry] = {
    "offline": (
        "The server cannot be reached.",
        _KEPT,
        "Nothing; it is tried again by itself when there is a network.",
        _NOBODY,
    ),
    "captive_or_proxy": (
        "Something else than the server answered: a Wi-Fi sign-in page or a proxy.",
        _KEPT,
        "Open a web browser and sign in to this Wi-Fi, or use another network.",
        _YOU,
    ),
    "not_trusted": (
        "What answers cannot prove that it is the server: its certificate does not count here.",
        _KEPT,
        "Check this computer's date; sign in to this Wi-Fi in a web browser; use another network.",
        _YOU,
    ),
    "setup_unreadable": (
        "This is no set-up of this program.",
        _NOTHING,
        "Take the file or the QR code that the office gave you, or type the address.",
        _YOU,
    ),
    "picture_unreadable": (
        "{path} cannot be read as a picture: {reason}.",
        _NOTHING,
        "Take another picture, or the set-up file itself.",
        _YOU,
    ),
    "setup_no_code": (
        "There is no QR code in this picture.",
        _NOTHING,
        "Take the picture again, straight and near, or type the address.",
        _YOU,
    ),
    "sample_folder": (
        "These are sample data: they have no server.",
        "Nothing of the sample is ever sent to anybody.",
        "Leave the sample, then sign in.",
        _YOU,
    ),
    "server_busy": (
        "The server is busy.",
        _KEPT,
        "Nothing; it is tried again by itself.",
        _NOBODY,
    ),
    "quota": (
        "This laptop has sent more than the server takes from one laptop in a day.",
        _KEPT,
        "Nothing now; it goes on by itself within a day. If it stays so, tell the office.",
        _OFFICE,
    ),
    "server_error": (
        "The server made a mistake.",
        _KEPT,
        "Nothing now; it is tried again by itself. If it stays so, tell the office.",
        _OFFICE,
    ),
    "bad_answer": (
        "The server's answer could not be read.",
        _KEPT,
        "Nothing now; it is tried again by itself. If it stays so, tell the office.",
        _OFFICE,
    ),
    "token_expired": (
        "The sign-in has to be renewed.",
        _KEPT,
        "Nothing; it is renewed by itself.",
        _NOBODY,
    ),
    "sign_in_needed": (
        "Nobody is signed in to the server.",
        _KEPT,
        "Sign in.",
        _YOU,
    ),
    "not_signed_in": (
        "Nobody is signed in on this laptop.",
        _KEPT,
        "Sign in.",
        _YOU,
    ),
    "sign_in_incomplete": (
        "A name and a password are needed to sign in.",
        _NOTHING,
        "Type both.",
        _YOU,
    ),
    "sync_running": (
        "Another window or command of this program is sending right now.",
        _KEPT,
        "Nothing; wait until it has finished.",
        _NOBODY,
    ),
    "record_stuck": (
        "The server cannot take one of the records, so those behind it wait.",
        _KEPT,
        "Tell the office; the record is marked in the outbox.",
        _OFFICE,
    ),
    "digest_mismatch": (
        "What the office sent does not agree with its own check sum.",
        _KEPT,
        "Nothing; it is fetched again by itself. If it stays so, tell the office.",
        _OFFICE,
    ),
    "device_unknown": (
        "The server does not know this laptop.",
        _KEPT,
        "Nothing; it is registered again by itself.",
        _NOBODY,
    ),
    "sign_in_refused": (
        "The server does not accept this name and password.",
        _NOTHING,
        "Check the name and type the password again.",
        _YOU,
    ),
    "too_many_tries": (
        "The password was wrong too often; the server takes no further try just now.",
        _NOTHING,
        "Wait a quarter of an hour at most, then type the password again.",
        _YOU,
    ),
    "user_blocked": (
        "The office has blocked this account.",
        _KEPT,
        "Call the office.",
        _OFFICE,
    ),
    "device_revoked": (
        "The office has withdrawn this laptop's right to sync.",
        _KEPT,
        "Call the office; it can admit the laptop again.",
        _OFFICE,
    ),
    "not_allowed": (
        "The server does not allow this account to do that.",
        _KEPT,
        "Ask the office for the right.",
        _OFFICE,
    ),
    "epoch_changed": (
        "The server was restored from a backup.",
        _KEPT,
        "Nothing; both sides are compared by themselves and what is missing is sent again.",
        _NOBODY,
    ),
    "loads_later": (
        "The server was restored and gives its records to one laptop after the other.",
        "Everything recorded here is sent at once. What you see are the records of before.",
        "Nothing; the new ones come by themselves, within two hours at most.",
        _NOBODY,
    ),
    "stream_fork": (
        "This data folder was restored from a copy, so its numbers were used twice.",
        _KEPT,
        "Nothing; the records get new numbers and are sent again, none twice.",
        _NOBODY,
    ),
    "stream_refused": (
        "The server does not go on with this laptop's records, however often they begin anew.",
        _KEPT,
        "Tell the office. What is recorded can be saved to a stick: Outbox, export.",
        _OFFICE,
    ),
    "seq_gap": (
        "The server misses a record from before.",
        _KEPT,
        "Nothing; the records are numbered anew and sent again, none twice.",
        _NOBODY,
    ),
    "too_large": (
        "The server refused the size of what was sent.",
        _KEPT,
        "Nothing; it is sent in smaller parts.",
        _NOBODY,
    ),
    "event_too_large": (
        "This record is larger than {megabytes} MB: no server takes that.",
        "It was not saved; what you have entered is still on the screen.",
        "Shorten the texts, or record it in two parts.",
        _YOU,
    ),
    "malformed": (
        "The server could not read what this program sent.",
        _KEPT,
        "Install the newest version; if that does not help, tell the office.",
        _OFFICE,
    ),
    "upgrade": (
        "This program is too old for the server.",
        _KEPT,
        "Install the newest version.",
        _OFFICE,
    ),
    "stopped": (
        "Syncing was stopped.",
        _KEPT,
        "Sync again when you are ready.",
        _YOU,
    ),
    "server_address_wrong": (
        'The address "{server}" is no address of a server.',
        _NOTHING,
        "Type it as https://name.",
        _YOU,
    ),
    "server_address_plain": (
        "The address {server} is not encrypted (http).",
        _NOTHING,
        "Use https. Plain http is accepted on this computer itself only.",
        _YOU,
    ),
    "attachment_not_there": (
        "The server does not have this picture yet.",
        "It lies on the laptop that took it, and is sent from there.",
        "Look again later; it comes when that laptop has a good line.",
        _NOBODY,
    ),
    "attachment_damaged": (
        "The picture did not arrive as it was.",
        "The server has it whole; nothing was changed.",
        "Open it again.",
        _YOU,
    ),
    "attachment_gone": (
        "A file that belongs to a record is not on this laptop any more.",
        "The record itself is with the server, and so is the small picture.",
        "Tell the office which photo it was; put the file back when you have it.",
        _OFFICE,
    ),
    "attachment_too_large": (
        "A file is larger than what the server takes.",
        "It is kept here; its record and the small picture are with the server.",
        "Give the file to the office by hand.",
        _YOU,
    ),
    "attachment_not_accepted": (
        "A file arrives at the server damaged, again and again.",
        "It is kept here and is tried again tomorrow.",
        "Try another network; if that does not help, tell the office.",
        _YOU,
    ),
    "blob_not_named": (
        "The server does not know the record that a file belongs to.",
        "The file is kept here and is offered again tomorrow.",
        "Tell the office, if it stays so.",
        _OFFICE,
    ),
}
