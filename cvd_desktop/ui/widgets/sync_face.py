"""What the sync chip says: the truth in a few words, the whole of it behind them.

The worst wins: refused, what a person has to do, waiting, all on the server. To add a trouble of
sync: its line in `PHRASES`. A completeness test names a forgotten one.
"""

from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from cvd_desktop.domain.records import SyncStatus
from cvd_desktop.ui import formats
from cvd_desktop.ui.ages import age_words
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.chip import OLD_WORK, ChipFace


class Phrase(NamedTuple):
    """`acts`: nothing goes on before a person has done something, so the chip itself says it."""

    words: str
    acts: bool = False


_CONTEXT = "SyncChip"

PHRASES: dict[str, Phrase] = {
    "offline": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "no network to the server"))),
    "captive_or_proxy": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "sign in to the network")), True),
    "not_trusted": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "the server is not proved")), True),
    "server_busy": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "server busy"))),
    "server_error": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "the server made a mistake"))),
    "bad_answer": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "an answer that cannot be read"))),
    "token_expired": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "the sign-in is being renewed"))),
    "sign_in_needed": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "sign in needed")), True),
    "not_signed_in": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "sign in needed")), True),
    "sign_in_refused": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "sign in needed")), True),
    "too_many_tries": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "too many wrong passwords")), True),
    "password_must_change": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "new password needed")), True),
    "password_refused": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "new password refused")), True),
    "user_blocked": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "account blocked")), True),
    "device_revoked": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "laptop withdrawn")), True),
    "device_locked": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "device locked")), True),
    "device_wiped": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "laptop is being emptied")), True),
    "device_unknown": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "the laptop is being registered"))),
    "quota": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "enough was sent for today"))),
    "not_allowed": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "not allowed")), True),
    "epoch_changed": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "the server was restored"))),
    "loads_later": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "older records until later"))),
    "stream_fork": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "records get new numbers"))),
    "stream_refused": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "refused by the server")), True),
    "seq_gap": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "records get new numbers"))),
    "too_large": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "sent in smaller parts"))),
    "malformed": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "not understood by the server")), True),
    "record_stuck": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "one record is stuck")), True),
    "stopped": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "stopped"))),
    "sync_running": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "another window is sending"))),
    "digest_mismatch": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "records are fetched again"))),
    "upgrade": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "update needed")), True),
    "sample_folder": Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "sample data"))),
}
_LATER = "loads_later"
_UNKNOWN = Phrase(str(QT_TRANSLATE_NOOP("SyncChip", "something is wrong")), True)
_POLICIES = {
    "lock": "device_locked",
    "wipe_when_drained": "device_wiped",
    "wipe_now": "device_wiped",
}


def problem_of(status: SyncStatus) -> str | None:
    """The code of what stands in the way of sync now."""
    if not status.signed_in:
        return "not_signed_in"
    return _POLICIES.get(status.policy, status.problem)


def phrase_words(code: str) -> str:
    """A trouble of sync in a few words, without a capital and a full stop."""
    return _tr(PHRASES.get(code, _UNKNOWN).words)


def waits_for_a_person(code: str) -> bool:
    """True where nothing goes on by itself."""
    return PHRASES.get(code, _UNKNOWN).acts


def sync_face(status: SyncStatus, now: datetime) -> ChipFace:
    """What the chip shows at `now`."""
    about = _about(status, now)
    code = problem_of(status)
    phrase = None if code is None else PHRASES.get(code, _UNKNOWN)
    if status.refused:
        words = _tr("%n refused", status.refused)
        return ChipFace("crossed-square", words, tone=Tone.CRITICAL, soft=True, description=about)
    if phrase is not None and phrase.acts and not (status.syncing and status.signed_in):
        return _for_a_person(status, phrase, about)
    if status.waiting:
        return _waiting(status, now, code, about)
    if status.attachments_waiting:
        words = _tr("%n photos and files waiting", status.attachments_waiting)
        short = _tr("%n files waiting", status.attachments_waiting)
        return ChipFace("ring", words, short, strong=True, description=about)
    if status.others_waiting:
        words = _tr("%n waiting, of others", status.others_waiting)
        return ChipFace("ring", words, strong=True, description=about)
    if code == _LATER:
        return ChipFace("clock", _tr("Older records until later"), strong=True, description=about)
    return ChipFace("check-circle", _tr("All on the server"), tone=Tone.POSITIVE, description=about)


def _for_a_person(status: SyncStatus, phrase: Phrase, about: str) -> ChipFace:
    said = _tr(phrase.words)
    if not status.waiting:
        return ChipFace(
            "person" if not status.signed_in else "warning",
            said[:1].upper() + said[1:],
            tone=Tone.PLAIN if not status.signed_in else Tone.WARNING,
            soft=status.signed_in,
            description=about,
        )
    waiting = _tr("%n waiting", status.waiting)
    return ChipFace(
        "ring",
        _tr("%1, %2").replace("%1", waiting).replace("%2", said),
        waiting,
        tone=Tone.WARNING,
        strong=True,
        soft=True,
        description=about,
    )


def _waiting(status: SyncStatus, now: datetime, code: str | None, about: str) -> ChipFace:
    waiting = _tr("%n waiting", status.waiting)
    age = None if status.oldest_waiting is None else now - status.oldest_waiting
    old = age is not None and age.total_seconds() >= OLD_WORK
    tone = Tone.WARNING if old else Tone.PLAIN
    if status.syncing:
        words, short = _tr("Sending, %n left", status.waiting), ""
    elif code == "server_busy" and status.next_try_at is not None:
        said = _tr("%1, server busy, next try %2").replace("%1", waiting)
        words = said.replace("%2", formats.moment_beside(status.next_try_at, now))
        short = _tr("%1, server busy").replace("%1", waiting)
    elif code == "quota":
        said = _tr("%1, %2").replace("%1", waiting)
        words, short = said.replace("%2", phrase_words(code)), waiting
    elif age is None:
        words, short = waiting, ""
    else:
        words = _tr("%1, oldest %2").replace("%1", waiting).replace("%2", age_words(age))
        short = _tr("%1, %2").replace("%1", waiting).replace("%2", age_words(age))
    return ChipFace("ring", words, short, tone, strong=True, soft=old, description=about)


def _about(status: SyncStatus, now: datetime) -> str:
    """The sentences behind the chip: what stands in the way, last answer, next try."""
    parts = []
    if status.syncing:
        parts.append(_tr("Sending now"))
    code = problem_of(status)
    if code is not None:
        said = phrase_words(code)
        parts.append(said[:1].upper() + said[1:])
    if status.waiting and (status.refused or status.syncing):
        parts.append(_tr("%n waiting", status.waiting))
    if status.attachments_waiting:
        parts.append(_tr("%n photos and files waiting", status.attachments_waiting))
    if status.others_waiting:
        parts.append(_tr("%n waiting, of others of this laptop", status.others_waiting))
    if status.left_to_office:
        parts.append(_tr("%n refused, left to the office", status.left_to_office))
    if status.last_answer_at is not None:
        said = _tr("Last answer of the server %1")
        parts.append(said.replace("%1", formats.moment_beside(status.last_answer_at, now)))
    elif status.signed_in:
        parts.append(_tr("The server has not answered yet"))
    if status.next_try_at is not None and not status.syncing:
        said = _tr("Next try %1")
        parts.append(said.replace("%1", formats.moment_beside(status.next_try_at, now)))
    return "\n".join(parts)


def _tr(words: str, number: int = -1) -> str:
    return QCoreApplication.translate(_CONTEXT, words, None, number)
