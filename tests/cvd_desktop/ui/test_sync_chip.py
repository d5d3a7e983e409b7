"""The sync chip and the Outbox screen say the truth of every state that a sync can end in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cvd_desktop.app.bound_services import (
    answer_words_of,
    record_reason_of,
    record_title_of,
    words_of,
)
from cvd_desktop.domain.records import SyncStatus
from cvd_desktop.services import words as service_words
from cvd_desktop.services.outbox import sync_status
from cvd_desktop.sync.server_api import TroubleCode
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.outbox_words import OutboxWords
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.sync_face import PHRASES, problem_of, sync_face, waits_for_a_person
from cvd_server import tables
from tests.support.sample_screen import NOW, sample_status
from tests.support.sync_world import World, sync_world

OTHERS = (
    "not_signed_in", "sync_running", "record_stuck", "device_locked", "device_wiped",
    "password_must_change", "sample_folder",
)  # fmt: skip


def _messages() -> Messages:
    return Messages(words_of, answer_words_of, record_title_of, record_reason_of)


CODES = [*map(str, TroubleCode), *OTHERS]


@pytest.mark.parametrize("code", CODES)
def test_every_trouble_has_words_in_chip_and_screen(qtbot: QtBot, code: str) -> None:
    """Short in the chip, whole sentences in the panel; what a person must do stands in front."""
    del qtbot
    status = replace(sample_status(), problem=code)
    assert code in PHRASES
    phrase = PHRASES[code].words
    face = sync_face(status, NOW)
    assert phrase in face.description.lower() or phrase in face.text
    assert "14 waiting" in face.text, "what waits is never hidden"
    assert (phrase in face.text) == (PHRASES[code].acts or code in ("server_busy", "quota"))
    if PHRASES[code].acts:
        assert face.tone is Tone.WARNING
        alone = sync_face(replace(sample_status(waiting=0), problem=code), NOW)
        assert alone.text.lower() == phrase.lower()
    assert service_words.has_words(code)
    panel = OutboxWords(_messages(), lambda: NOW).of_status(status, any_entry=True)
    assert panel.told.what == service_words.words(code, {}).what


@pytest.mark.parametrize(
    ("changes", "text", "tone"),
    [
        ({"refused": 2, "problem": "captive_or_proxy"}, "2 refused", Tone.CRITICAL),
        ({"signed_in": False}, "14 waiting, sign in needed", Tone.WARNING),
        ({"policy": "lock"}, "14 waiting, device locked", Tone.WARNING),
        ({"policy": "wipe_when_drained"}, "14 waiting, laptop is being emptied", Tone.WARNING),
        ({"syncing": True}, "Sending, 14 left", Tone.PLAIN),
        ({"syncing": True, "problem": "sign_in_needed"}, "Sending, 14 left", Tone.PLAIN),
        ({"problem": "offline"}, "14 waiting, oldest 2 h", Tone.PLAIN),
        ({"waiting": 0, "problem": "offline"}, "All on the server", Tone.POSITIVE),
        ({"waiting": 0, "syncing": True}, "All on the server", Tone.POSITIVE),
        ({"waiting": 0, "signed_in": False}, "Sign in needed", Tone.PLAIN),
        ({"waiting": 0, "attachments_waiting": 3}, "3 photos and files waiting", Tone.PLAIN),
        ({"waiting": 0, "others_waiting": 5}, "5 waiting, of others", Tone.PLAIN),
        ({"waiting": 0, "left_to_office": 2}, "All on the server", Tone.POSITIVE),
    ],
)
def test_the_worst_wins(qtbot: QtBot, changes: dict[str, object], text: str, tone: Tone) -> None:
    del qtbot
    status: SyncStatus = replace(sample_status(), **changes)  # type: ignore[arg-type]
    face = sync_face(status, NOW)
    assert (face.text, face.tone) == (text, tone)
    if status.left_to_office:
        assert "2 refused, left to the office" in face.description


def test_a_busy_server_says_when(qtbot: QtBot) -> None:
    del qtbot
    status = replace(sample_status(), problem="server_busy")
    assert status.next_try_at is not None
    when = formats.moment_beside(status.next_try_at, NOW)
    assert sync_face(status, NOW).text == f"14 waiting, server busy, next try {when}"


def test_records_of_before_are_never_called_the_newest(qtbot: QtBot) -> None:
    del qtbot
    status = replace(sample_status(waiting=0), problem="loads_later")
    assert sync_face(status, NOW).text == "Older records until later"


# --- driven by the real engine ------------------------------------------------------------------


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sync_world(tmp_path) as made:
        assert made.laptop.sync().problem is None
        made.laptop.record()
        yield made


def shown(world: World) -> tuple[str, str]:
    """The chip's words and the panel's first sentence, as the application would show them."""
    status = sync_status(world.laptop.wp)
    now = world.laptop.clock()
    panel = OutboxWords(_messages(), lambda: now).of_status(status, any_entry=True)
    return sync_face(status, now).text, panel.told.what


@pytest.mark.parametrize(
    ("fault", "code", "chip"),
    [
        ("lose_request", "offline", "1 waiting, oldest"),
        ("page_200", "captive_or_proxy", "1 waiting, sign in to the network"),
        ("busy", "server_busy", "1 waiting, server busy, next try"),
        ("broken", "server_error", "1 waiting, oldest"),
    ],
)
def test_what_the_line_does_is_what_is_told(
    qtbot: QtBot, world: World, fault: str, code: str, chip: str
) -> None:
    del qtbot
    world.laptop.sync([fault] * 20)
    assert problem_of(sync_status(world.laptop.wp)) == code
    text, told = shown(world)
    assert text.startswith(chip)
    assert told == service_words.words(code, {}).what
    assert world.laptop.sync().problem is None
    assert shown(world)[0] == "All on the server"


@pytest.mark.parametrize(
    ("table", "change", "phrase"),
    [
        ("user_account", {"active": False}, "account blocked"),
        ("device", {"status": "revoked", "policy": "lock"}, "device locked"),
    ],
)
def test_what_the_office_does_is_what_is_told(
    qtbot: QtBot, world: World, table: str, change: dict[str, object], phrase: str
) -> None:
    """What waited was handed over and set aside; why nothing goes any more stands behind it."""
    del qtbot
    with world.server.database.write() as connection:
        connection.execute(tables.metadata.tables[table].update().values(change))
    world.laptop.sync()
    status, now = sync_status(world.laptop.wp), world.laptop.clock()
    face = sync_face(status, now)
    assert face.text == "1 refused"
    assert phrase in face.description.lower()
    left = replace(status, refused=0, left_to_office=1)
    assert sync_face(left, now).text.lower() == phrase


def test_a_dead_sign_in_is_told(qtbot: QtBot, world: World) -> None:
    del qtbot
    with world.server.database.write() as connection:
        connection.execute(
            tables.refresh_family.update().values(ended_at="2026-01-01T00:00:00.000Z")
        )
    world.laptop.sync()
    assert shown(world)[0] == "1 waiting, sign in needed"


def test_old_work_is_a_warning_and_a_refusal_beats_it(qtbot: QtBot, world: World) -> None:
    del qtbot
    world.laptop.clock.forward(hours=9)
    status = sync_status(world.laptop.wp)
    assert sync_face(status, world.laptop.clock()).tone is Tone.WARNING
    world.laptop.record(machine_id="nowhere")
    world.laptop.sync()
    assert shown(world)[0] == "1 refused"


def test_waits_for_a_person_only_where_nothing_goes_by_itself() -> None:
    assert waits_for_a_person("captive_or_proxy")
    assert not waits_for_a_person("offline")
    assert waits_for_a_person("a code of tomorrow")
