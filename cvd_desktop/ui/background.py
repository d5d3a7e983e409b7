"""Four lanes of one thread each for everything that may take time; answers on the GUI thread.

A screen asks `background.run(Lane.DATABASE, work, done=show)`. `work` runs in the lane's thread,
in the order asked; `done(result)` or `failed(error)` is then called on the GUI thread. Finished
jobs wait in a queue and one signal without arguments drains it, so that nothing but this file
crosses threads. What the work changed is named by its topics and announced once.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import partial
from typing import Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from cvd_desktop.domain.problem import Problem

T = TypeVar("T")

PROGRESS_INTERVAL_MS = 100  # tokens.json motion.progressFps
DRAIN_BUDGET_MS = 8  # then the event loop gets its turn


class Lane(StrEnum):
    DATABASE = "database"
    NETWORK = "network"
    MACHINE = "machine"
    FILES = "files"  # imports and exports: minutes, beside which lists and machines go on


class Job(Generic[T]):
    """A piece of work that was asked for: the handle by which it can be dropped."""

    def __init__(
        self,
        work: Callable[[], T],
        done: Callable[[T], object] | None,
        failed: Callable[[BaseException], object] | None,
        topics: frozenset[str],
    ) -> None:
        self.topics = topics
        self.ran = False
        self._work = work
        self._done = done
        self._failed = failed
        self._dropped = threading.Event()
        self._results: list[T] = []
        self._error: BaseException | None = None

    def cancel(self) -> None:
        """Drop the answer; work that has not begun is not begun. Begun work runs to its end, so
        work that can be stopped half-way takes an Event of its own. Topics are still announced.
        """
        self._dropped.set()

    @property
    def cancelled(self) -> bool:
        return self._dropped.is_set()

    def run(self) -> None:
        """In the lane's thread."""
        if self.cancelled:
            return
        self.ran = True
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - goes to `failed` and the hook
            self._error = error

    def answer(self, report: Callable[[BaseException], object]) -> None:
        """On the GUI thread: call back. A bug is reported whether somebody listens or not."""
        if self._error is None:
            if self._done is not None and not self.cancelled and _alive(self._done):
                for result in self._results:
                    self._done(result)
            return
        heard = not self.cancelled and _alive(self._failed)
        if not isinstance(self._error, Problem) or not (heard or self.cancelled):
            report(self._error)
        if heard and self._failed is not None:
            self._failed(self._error)

    def release(self) -> None:
        """On the GUI thread, after the answer: a lane that lets go of the job last must not be
        the one that destroys a widget held by a callback."""
        del self._work, self._done, self._failed, self._results


class Progress(Generic[T]):
    """A callable for a worker: `progress(value)`; the newest value is shown at most 10 times a
    second, and the last one before the job's answer."""

    def __init__(self, background: "Background", show: Callable[[T], object]) -> None:
        self._background = background
        self._show = show
        self._lock = threading.Lock()
        self._values: list[T] = []

    def __call__(self, value: T) -> None:
        with self._lock:
            first = not self._values
            self._values[:] = [value]
        if first:
            self._background._progressed(self)

    def _flush(self) -> None:
        """On the GUI thread."""
        with self._lock:
            values, self._values = self._values, []
        if values and _alive(self._show):
            self._show(values[0])


class Background(QObject):
    """The lanes. Made, used and closed on the GUI thread; only `Progress` is called elsewhere."""

    changed = Signal(object)
    """frozenset[str]: topics that jobs have changed, announced once for each drain."""
    closing = Signal()
    """The lanes are about to be waited for: stop what can be stopped."""
    _wake = Signal()

    def __init__(
        self,
        report: Callable[[BaseException], object],
        parent: QObject | None = None,
        *,
        begun: bool = True,
    ) -> None:
        """`report` gets every exception that is our bug (crash report), on the GUI thread.

        Not `begun`: what is asked for waits for `begin`, as before a window's first paint.
        """
        super().__init__(parent)
        self._report = report
        self._begun = begun
        self._waiting: list[tuple[Lane, Job[Any]]] = []
        self._lanes = {
            lane: ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"lane-{lane}")
            for lane in Lane
        }
        self._finished: deque[Job[Any]] = deque()
        self._moved: deque[Progress[Any]] = deque()
        self._running = 0
        self._closing = threading.Event()
        self._wake.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._since_progress = QElapsedTimer()
        self._progress_timer = QTimer(self)
        self._progress_timer.setSingleShot(True)
        self._progress_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._progress_timer.timeout.connect(self._show_progress)

    def run(
        self,
        lane: Lane,
        work: Callable[[], T],
        done: Callable[[T], object] | None = None,
        failed: Callable[[BaseException], object] | None = None,
        topics: Iterable[str] = (),
    ) -> Job[T]:
        """Queue `work` in the lane. `failed` gets a `Problem` or a bug; a bug is reported too.

        A callback that is a method of a widget which is gone by then is not called.
        """
        job = Job(work, done, failed, frozenset(topics))
        if self._closing.is_set():
            job.cancel()
            return job
        self._running += 1
        if self._begun:
            self._lanes[lane].submit(self._work, job)
        else:
            self._waiting.append((lane, job))
        return job

    def begin(self) -> None:
        """Let the lanes work, in the order in which they were asked."""
        self._begun = True
        waiting, self._waiting = self._waiting, []
        for lane, job in waiting:
            self._lanes[lane].submit(self._work, job)

    def progress(self, show: Callable[[T], object]) -> Progress[T]:
        """A thread-safe callable that shows its newest value on the GUI thread at <= 10 Hz."""
        return Progress(self, show)

    def should_stop(self) -> bool:
        """For long work that asks now and then, e.g. `sync_now(should_stop=...)`; any thread."""
        return self._closing.is_set()

    @property
    def busy(self) -> bool:
        """Whether an answer is still due."""
        return self._running > 0

    def close(self) -> None:
        """Say `closing`, let queued work run to its end, answer it, and end the threads.

        Lanes that have not begun do not begin any more.
        """
        if self._closing.is_set():
            return
        self._closing.set()
        self._running -= len(self._waiting)
        self._waiting.clear()
        self.closing.emit()
        for executor in self._lanes.values():
            executor.shutdown(wait=True)
        while self._finished:
            self._drain()
        self._progress_timer.stop()

    def _work(self, job: Job[Any]) -> None:
        """In a lane's thread."""
        job.run()
        self._finished.append(job)
        self._wake.emit()

    def _progressed(self, progress: Progress[Any]) -> None:
        """In a lane's thread."""
        self._moved.append(progress)
        self._wake.emit()

    @Slot()
    def _drain(self) -> None:
        if self._moved and not self._progress_timer.isActive():
            waited = self._since_progress.elapsed() if self._since_progress.isValid() else None
            if waited is None or waited >= PROGRESS_INTERVAL_MS:
                self._show_progress()
            else:
                self._progress_timer.start(PROGRESS_INTERVAL_MS - waited)
        if not self._finished:
            return
        self._show_progress()  # what a worker said last is seen before its answer
        spent = QElapsedTimer()
        spent.start()
        topics: set[str] = set()
        while self._finished and spent.elapsed() < DRAIN_BUDGET_MS:
            job = self._finished.popleft()
            self._running -= 1
            if job.ran:
                topics |= job.topics
                self._guarded(partial(job.answer, self._report))
            job.release()
        if self._finished:
            self._wake.emit()
        if topics:
            self.changed.emit(frozenset(topics))

    @Slot()
    def _show_progress(self) -> None:
        self._since_progress.start()
        while self._moved:
            self._guarded(self._moved.popleft()._flush)

    def _guarded(self, call: Callable[[], object]) -> None:
        """One answer that fails must not cost the others theirs."""
        try:
            call()
        except Exception as error:  # noqa: BLE001 - a bug in a screen: reported, the rest goes on
            self._report(error)


def _alive(callback: Callable[..., object] | None) -> bool:
    """Whether there is a callback and the QObject behind it, if it is a method, still exists."""
    if callback is None:
        return False
    while isinstance(callback, partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    return not isinstance(owner, QObject) or shiboken6.isValid(owner)
