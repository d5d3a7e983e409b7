"""The sentences about people of a laptop: whose folder, PINs, keys, what is being deleted.

code -> (what happened, what is safe, what to do, who acts). `{name}` is a value of the problem.
"""

from cvd_desktop.services.word_table_link import Entry

_SAFE = "What was recorded is safe, encrypted on this laptop."
_KEPT = "Everything recorded is kept here and is sent later."
_NOTHING = "Nothing was changed."
_YOU = "you"
_OFFICE = "the office"

PEOPLE: dict[str, Entry] = {
    "person_unknown": (
        'Nobody called "{name}" has records on this laptop.',
        _NOTHING,
        "Take a name that `cvd people` shows, or sign in.",
        _YOU,
    ),
    "person_ambiguous": (
        'More than one person on this laptop is called "{name}".',
        _NOTHING,
        "Take the id that `cvd people` shows.",
        _YOU,
    ),
    "other_person": (
        "This folder belongs to another person.",
        "That person's records stay untouched.",
        "Sign in again: your own folder is used then.",
        _YOU,
    ),
    "locked": (
        "This laptop is locked with a PIN.",
        _SAFE,
        "Type the PIN or the sign-in password.",
        _YOU,
    ),
    "pin_wrong": (
        "This PIN is wrong. Tries left: {left}.",
        _SAFE,
        "Type it again, or the sign-in password.",
        _YOU,
    ),
    "pin_dead": (
        "The PIN was wrong ten times; it does not open this laptop any more.",
        _SAFE,
        "Type the sign-in password, sign in with a network, or ask for a recovery code.",
        _YOU,
    ),
    "password_due": (
        "The server was not heard for {days} days, so the PIN alone is not enough now.",
        _SAFE,
        "Type the sign-in password. To go on without it: record without unlocking.",
        _YOU,
    ),
    "unlock_password_wrong": (
        "This is not the password of the last sign-in on this laptop.",
        _SAFE,
        "Type it again. If the office gave you a new one: sign in with a network.",
        _YOU,
    ),
    "recovery_code_wrong": (
        "This recovery code is not right: a letter is wrong, or it is another laptop's.",
        _SAFE,
        "Compare it with the office, group by group.",
        _YOU,
    ),
    "pin_unusable": (
        "This computer's key store has lost its part of the PIN.",
        _SAFE,
        "Sign in with a network, or ask the office for a recovery code.",
        _OFFICE,
    ),
    "pin_no_key_store": (
        "A PIN needs a key store of this computer, and there is none that can be relied on.",
        "The passphrase goes on protecting what is kept here.",
        "Nothing; use the passphrase.",
        "nobody",
    ),
    "pin_not_digits": (
        "A PIN has 4 to 12 digits.",
        _NOTHING,
        "Type another one.",
        _YOU,
    ),
    "pin_needs_sign_in": (
        "A forgotten PIN is replaced by the password, which this laptop has not heard yet.",
        _NOTHING,
        "Sign in once with a network, then choose the PIN.",
        _YOU,
    ),
    "key_not_in_escrow": (
        "The office does not hold the key of these records.",
        _SAFE,
        "Call the office before anything is deleted.",
        _OFFICE,
    ),
    "unsent_stays": (
        "Records of this person wait to be sent: {waiting}.",
        "Nothing was deleted.",
        "Send them first. Or export them, then type their number to delete them here.",
        _YOU,
    ),
    "begun_stays": (
        "Not sent yet: {waiting}. Work that is begun and not recorded is among it: {begun}.",
        "Nothing was deleted. An export takes the records along, but no work that is only begun.",
        "Finish it or drop it, and send. Or export, then type {waiting}: what is begun is lost.",
        _YOU,
    ),
    "export_not_proved": (
        "There is no file at hand with all records and photos that are not sent.",
        "Nothing was deleted.",
        "Export them in the outbox, leave the stick in, then type the number again.",
        _YOU,
    ),
    "device_locked": (
        "The office has locked this laptop.",
        "Nothing is lost: what was recorded stays here and can be exported.",
        "Call the office; it can admit the laptop again. What waits can be sent as a file.",
        _OFFICE,
    ),
    "device_wiped": (
        "The office has had the data of this person deleted on this laptop.",
        "What had been sent is on the server.",
        "Call the office if you did not expect this.",
        _OFFICE,
    ),
    "password_refused": (
        "The server does not take this new password: {reason}",
        "The old one still holds.",
        "Choose another one.",
        _YOU,
    ),
    "password_must_change": (
        "The office wants you to choose a new password.",
        _KEPT,
        "Choose one now; until then nothing is fetched.",
        _YOU,
    ),
}
