"""Asks whose read it is when the file names another machine than the person has chosen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.theme import Tone
from cvd_shared.read_verdict import State

CHANGES = frozenset({"reads", "outbox"})


class Ask(Protocol):
    """How the frame asks: what happened, what is safe, what to do, and the answers."""

    def __call__(
        self, what: str, safe: str, do: str, answers: list[QAction], tone: Tone
    ) -> None: ...


class ReadOwner(QObject):
    """Nothing is mixed before the person has decided: the read stays with whom the file names."""

    def __init__(
        self,
        background: Background,
        messages: Messages,
        assign: Callable[[str, str], None],
        ask: Ask,
        tell: Callable[[str, Tone], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._messages = messages
        self._assign = assign
        self._ask = ask
        self._tell = tell

    def look_at(self, detail: ReadDetail) -> None:
        """Ask about a read that is shown, if there is something to decide."""
        meant = detail.meant
        if meant is None or detail.verdict.plausibility.state is not State.FAILED:
            return
        read_id = detail.summary.id
        said = detail.summary.machine_asset or ""
        another = said and said != meant.asset_number
        named = said if another else self.tr("another machine")
        yes = QAction(self.tr("It is {machine}").format(machine=meant.asset_number), self)
        yes.triggered.connect(partial(self._decide, read_id, meant.id, meant.asset_number))
        no = QAction(
            self.tr("It is {machine}").format(machine=said)
            if another
            else self.tr("It is another one"),
            self,
        )
        self._ask(
            self.tr("This file is of {named}, you chose {meant}.").format(
                named=named, meant=meant.asset_number
            ),
            self.tr("It is kept, and its figures are mixed with no other machine's."),
            self.tr(
                "Look at the label on the machine. Say {meant} only where its board was changed."
            ).format(meant=meant.asset_number),
            [no, yes],
            Tone.WARNING,
        )

    def _decide(self, read_id: str, machine_id: str, asset_number: str) -> None:
        done = self.tr("The read is of {machine} now").format(machine=asset_number)
        self._background.run(
            Lane.DATABASE,
            partial(self._assign, read_id, machine_id),
            lambda _: self._tell(done, Tone.PLAIN),
            self._not_decided,
            topics=CHANGES,
        )

    def _not_decided(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._tell(f"{told.what} {told.do}", Tone.CRITICAL)
