"""Keeps what a person types at once, without asking the database for every key.

A change is held here and one piece of work waits in the database lane; when it begins it takes the
newest of everything. So there is always work queued that has not begun after the last change:
closing the window waits for it, and nothing that was typed is lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from cvd_desktop.ui.background import Background, Lane


class Keeper(QObject):
    """`keep(visit_id, part, save)`: the newest `save` of each part of each visit is run."""

    failed = Signal(object)
    """The exception of a save. What it was about is tried again with the next change."""

    def __init__(self, background: Background, topics: frozenset[str], parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._topics = topics
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], Callable[[], object]] = {}
        self._queued = self._tells = False
        self._unanswered = 0
        self._unseen = False

    @property
    def busy(self) -> bool:
        """Whether something that was typed is not known to be kept yet."""
        return self._unanswered > 0 or bool(self._waiting)

    @property
    def ahead(self) -> bool:
        """Whether what was typed is newer than what was fetched last: until `seen` is called."""
        return self.busy or self._unseen

    def seen(self) -> None:
        """What was fetched just now knows of everything that was answered before it."""
        self._unseen = False

    def keep(
        self, visit_id: str, part: str, save: Callable[[], object], *, telling: bool = True
    ) -> None:
        """Run `save` soon; one of the same part that has not begun yet is not needed any more.

        Not `telling`: nobody else shows it, so that nothing is worked out again because of it.
        """
        with self._lock:
            self._waiting.pop((visit_id, part), None)
            self._waiting[visit_id, part] = save
        self.again(telling=telling)

    def forget(self, visit_id: str) -> None:
        """The visit is finished or dropped: nothing of it is to be kept any more."""
        with self._lock:
            for key in [each for each in self._waiting if each[0] == visit_id]:
                del self._waiting[key]

    def again(self, *, telling: bool = True) -> None:
        """Try what could not be kept once more; nothing to do when all is."""
        with self._lock:
            known = self._queued and (self._tells or not telling)
            wanted = bool(self._waiting) and not known
            if wanted:
                self._queued, self._tells = True, telling
        if wanted:
            self._unanswered += 1
            self._background.run(
                Lane.DATABASE,
                self._work,
                self._told if telling else self._kept,
                self._not_kept,
                topics=self._topics if telling else (),
            )

    def save_now(self, visit_id: str | None = None) -> None:
        """In the database lane: save what waits, of one visit or of all.

        What cannot be saved waits again and keeps nothing else from it; its error is raised when
        the rest was tried.
        """
        self._save(visit_id, frozenset())

    def _save(self, visit_id: str | None, failed: frozenset[tuple[str, str]]) -> None:
        while (found := self._taken(visit_id, failed)) is not None:
            key, save = found
            try:
                save()
            except BaseException:
                with self._lock:
                    self._waiting.setdefault(key, save)
                self._save(visit_id, failed | {key})
                raise

    def _taken(
        self, visit_id: str | None, failed: frozenset[tuple[str, str]]
    ) -> tuple[tuple[str, str], Callable[[], object]] | None:
        with self._lock:
            for key in self._waiting:
                if visit_id in (None, key[0]) and key not in failed:
                    return key, self._waiting.pop(key)
        return None

    def _work(self) -> None:
        with self._lock:
            self._queued = False
        self.save_now()

    def _kept(self, nothing: None) -> None:
        del nothing
        self._unanswered -= 1

    def _told(self, nothing: None) -> None:
        self._kept(nothing)
        self._unseen = True

    def _not_kept(self, error: BaseException) -> None:
        self._unanswered -= 1
        self.failed.emit(error)
