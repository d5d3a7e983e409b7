"""The lanes: order, answers on the GUI thread, topics once, bugs told, nothing lost at close."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.lag_probe import LagProbe


class Office:
    """The background under test with everything that it told."""

    def __init__(self) -> None:
        self.bugs: list[BaseException] = []
        self.topics: list[frozenset[str]] = []
        self.background = Background(self.bugs.append)
        self.background.changed.connect(self.topics.append)


@pytest.fixture
def office(qapp: object) -> Iterator[Office]:
    made = Office()
    yield made
    made.background.close()


def test_work_leaves_the_gui_thread_and_its_answer_comes_back(office: Office, qtbot: QtBot) -> None:
    here = threading.get_ident()
    answers: list[tuple[int, int]] = []
    office.background.run(
        Lane.DATABASE,
        threading.get_ident,
        done=lambda worker: answers.append((worker, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: bool(answers))
    worker, answered_in = answers[0]
    assert worker != here
    assert answered_in == here


def test_one_lane_keeps_the_order_in_which_it_was_asked(office: Office, qtbot: QtBot) -> None:
    begun: list[int] = []
    answers: list[int] = []
    for n in range(50):
        office.background.run(Lane.DATABASE, lambda n=n: begun.append(n) or n, done=answers.append)
    qtbot.waitUntil(lambda: len(answers) == 50)
    assert begun == answers == list(range(50))


def test_a_lane_that_waits_does_not_hold_up_another(office: Office, qtbot: QtBot) -> None:
    release = threading.Event()
    answers: list[str] = []
    office.background.run(Lane.MACHINE, release.wait, done=lambda _: answers.append("machine"))
    office.background.run(Lane.DATABASE, lambda: "database", done=answers.append)
    qtbot.waitUntil(lambda: answers == ["database"])
    release.set()
    qtbot.waitUntil(lambda: answers == ["database", "machine"])


def test_topics_of_jobs_that_end_together_are_announced_once(office: Office, qtbot: QtBot) -> None:
    ended = threading.Semaphore(0)
    for topic in ("reads", "outbox", "reads"):
        office.background.run(Lane.DATABASE, ended.release, topics={topic})
    for _ in range(3):
        ended.acquire()
    office.background.run(Lane.DATABASE, ended.release)
    ended.acquire()  # the third job is in the queue by now; nothing was drained meanwhile
    assert office.topics == []
    qtbot.waitUntil(lambda: not office.background.busy)
    assert office.topics == [frozenset({"reads", "outbox"})]


def test_a_problem_goes_to_the_person_and_not_to_the_crash_report(
    office: Office, qtbot: QtBot
) -> None:
    heard: list[BaseException] = []

    def work() -> None:
        raise Problem("port_missing", ExitCode.NO_ANSWER, port="COM9")

    office.background.run(Lane.MACHINE, work, failed=heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert isinstance(heard[0], Problem)
    assert office.bugs == []


def test_a_problem_nobody_listens_to_is_not_swallowed(office: Office, qtbot: QtBot) -> None:
    def work() -> None:
        raise Problem("disk_full", ExitCode.BUG)

    office.background.run(Lane.DATABASE, work)
    qtbot.waitUntil(lambda: bool(office.bugs))
    assert isinstance(office.bugs[0], Problem)


def test_a_bug_is_reported_once_and_told_to_the_screen(office: Office, qtbot: QtBot) -> None:
    heard: list[BaseException] = []
    office.background.run(Lane.DATABASE, lambda: 1 // 0, failed=heard.append, topics={"reads"})
    qtbot.waitUntil(lambda: bool(heard))
    assert office.bugs == heard
    assert isinstance(heard[0], ZeroDivisionError)
    assert office.topics == [frozenset({"reads"})]  # it may have changed something before it fell


def test_an_answer_that_fails_does_not_cost_the_next_one(office: Office, qtbot: QtBot) -> None:
    answers: list[str] = []
    office.background.run(Lane.DATABASE, lambda: "x", done=int, topics={"reads"})
    office.background.run(Lane.DATABASE, lambda: "y", done=answers.append)
    qtbot.waitUntil(lambda: answers == ["y"])
    assert isinstance(office.bugs[0], ValueError)
    assert frozenset({"reads"}) in office.topics


def test_cancelled_work_is_not_begun_and_a_late_answer_is_dropped(
    office: Office, qtbot: QtBot
) -> None:
    begun, release = threading.Event(), threading.Event()
    seen: list[str] = []

    def slow() -> str:
        begun.set()
        release.wait()
        return "late"

    running = office.background.run(Lane.DATABASE, slow, done=seen.append, topics={"reads"})
    queued = office.background.run(Lane.DATABASE, lambda: seen.append("ran"), topics={"outbox"})
    begun.wait()
    running.cancel()
    queued.cancel()
    release.set()
    qtbot.waitUntil(lambda: not office.background.busy)
    assert seen == []
    assert office.topics == [frozenset({"reads"})]


def test_an_answer_for_a_widget_that_is_gone_is_not_given(office: Office, qtbot: QtBot) -> None:
    class Listener(QObject):
        def hear(self, _: object) -> None:
            self.setObjectName("heard")  # raises when the object is gone

    release = threading.Event()
    listener = Listener()
    office.background.run(Lane.DATABASE, release.wait, done=listener.hear)
    with qtbot.waitSignal(listener.destroyed):
        listener.deleteLater()
    release.set()
    qtbot.waitUntil(lambda: not office.background.busy)
    assert office.bugs == []


def test_close_runs_what_was_asked_and_answers_it(office: Office) -> None:
    answers: list[int] = []
    for n in range(5):
        office.background.run(Lane.DATABASE, lambda n=n: n, done=answers.append, topics={"outbox"})
    office.background.close()
    assert answers == [0, 1, 2, 3, 4]
    assert office.topics
    assert not office.background.busy


def test_close_asks_long_work_to_stop(office: Office) -> None:
    stop = threading.Event()
    office.background.closing.connect(stop.set)
    answers: list[bool] = []
    office.background.run(
        Lane.MACHINE, lambda: stop.wait() and office.background.should_stop(), done=answers.append
    )
    office.background.close()
    assert answers == [True]
    assert office.background.run(Lane.DATABASE, lambda: None).cancelled


def test_progress_shows_the_newest_value_at_ten_a_second_and_the_last_before_the_answer(
    office: Office, qtbot: QtBot
) -> None:
    seen: list[object] = []
    threads: set[int] = set()

    def show(value: int) -> None:
        threads.add(threading.get_ident())
        seen.append(value)

    report = office.background.progress(show)

    def work() -> str:
        for n in range(10_000):
            report(n)
        return "done"

    office.background.run(Lane.MACHINE, work, done=seen.append)
    qtbot.waitUntil(lambda: "done" in seen)
    assert seen[-2:] == [9_999, "done"]
    assert len(seen) < 100
    assert threads == {threading.get_ident()}


def test_the_lag_probe_sees_a_block(qtbot: QtBot) -> None:
    probe = LagProbe()
    probe.start()
    qtbot.waitUntil(lambda: probe.ticks > 3)
    blocked = threading.Event()
    blocked.wait(0.06)  # the GUI thread does nothing else meanwhile
    probe.stop()
    assert probe.longest_ms >= 50
    assert probe.percentile_ms(50) <= probe.longest_ms


def test_lanes_that_have_not_begun_keep_their_work_until_they_do(
    qapp: QApplication, qtbot: QtBot
) -> None:
    seen: list[str] = []
    lanes = Background(seen.append, begun=False)
    lanes.run(Lane.DATABASE, lambda: "first", done=seen.append)
    lanes.run(Lane.DATABASE, lambda: "second", done=seen.append)
    assert lanes.busy
    assert seen == []
    lanes.begin()
    qtbot.waitUntil(lambda: not lanes.busy)
    assert seen == ["first", "second"]
    lanes.close()


def test_lanes_that_never_began_do_nothing_when_they_close(qapp: QApplication) -> None:
    seen: list[str] = []
    lanes = Background(seen.append, begun=False)
    lanes.run(Lane.NETWORK, lambda: seen.append("ran"), topics={"reads"})
    lanes.close()
    assert not lanes.busy
    assert seen == []
