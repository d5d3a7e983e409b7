"""Unsent work to a USB stick and receipts from it: the questions and jobs of the Outbox screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.bundle_records import (
    BundleCarried,
    BundleMade,
    CarriedBundle,
    CarriedState,
    ReceiptTaken,
)
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.file_dialogs import ask_for_files, ask_for_folder
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.widgets.tag import TagKind

TOPICS = frozenset({"outbox", "sync"})


@dataclass(frozen=True, slots=True)
class FileServices:
    """The services of files that are carried by hand, bound to the workplace."""

    export_bundle: Callable[[Path], BundleMade]
    take_file: Callable[[Path], ReceiptTaken | BundleCarried]
    list_carried: Callable[[], list[CarriedBundle]]


class OutboxFiles(QObject):
    """Asks where, works in the lane of the database, says what came of it."""

    said = Signal(str)
    failed = Signal(str, object)
    """A title and the error."""

    def __init__(
        self,
        window: QWidget,
        background: Background,
        messages: Messages,
        services: FileServices,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._background = background
        self._messages = messages
        self._services = services
        self.dialog: QObject | None = None  # the one that is open, for tests

    def ask_where(self) -> None:
        """To which folder or stick the unsent work goes; the file names itself."""
        self.dialog = ask_for_folder(
            self._window, self.tr("Export unsent work to"), lambda paths: self.export(paths[0])
        )

    def ask_which(self) -> None:
        """Which receipt came back, or which bundle of a colleague is to be carried."""
        self.dialog = ask_for_files(
            self._window, self.tr("Receipts, or files of colleagues"), self.take
        )

    def export(self, folder: Path) -> None:
        self._background.run(
            Lane.FILES,  # large photos may take a stick some minutes
            partial(self._services.export_bundle, folder),
            self._exported,
            partial(self.failed.emit, self.tr("Nothing was exported")),
            topics=TOPICS,
        )

    def take(self, paths: Sequence[Path]) -> None:
        for path in paths:
            self._background.run(
                Lane.DATABASE,
                partial(self._services.take_file, path),
                self._taken,
                partial(self.failed.emit, self.tr("Nothing was taken")),
                topics=TOPICS,
            )

    def carried_words(self, carried: Sequence[CarriedBundle]) -> tuple[TagKind, str]:
        """One sentence about what lies here of colleagues; empty without any."""
        refused = [one for one in carried if one.state is CarriedState.REFUSED]
        waiting = [one for one in carried if one.state is CarriedState.WAITING]
        receipts = [one for one in carried if one.state is CarriedState.RECEIPT]
        parts = []
        if refused:
            why = self._messages.code(refused[0].code or "", {"path": refused[0].path.name}).what
            said = self.tr("The file of {names} was not taken: {why}")
            parts.append(said.format(names=self._names(refused), why=why))
        if waiting:
            said = self.tr("Carried for {names}: {n} records go with the next sync.")
            count = formats.number(sum(one.events or 0 for one in waiting))
            parts.append(said.format(names=self._names(waiting), n=count))
        if receipts:
            said = self.tr("On the server for {names}: bring the receipt back, it is in {folder}.")
            folder = str(receipts[0].path.parent)
            parts.append(said.format(names=self._names(receipts), folder=folder))
        kind = TagKind.WARNING if refused else TagKind.INFO
        return kind, " ".join(parts)

    def _names(self, carried: Sequence[CarriedBundle]) -> str:
        names = sorted({one.user_name or self.tr("a colleague") for one in carried})
        return ", ".join(names)

    def _exported(self, made: BundleMade) -> None:
        said = self.tr("{n} unsent records are in {file}. They stay here until the receipt.")
        if made.events == 1:
            said = self.tr("1 unsent record is in {file}. It stays here until the receipt.")
        words = said.format(n=formats.number(made.events), file=made.path.name)
        if made.files > 1:
            more = self.tr("{n} more files beside it belong to it: take all of them.")
            if made.files == 2:
                more = self.tr("One more file beside it belongs to it: take both.")
            words = f"{words} {more.format(n=formats.number(made.files - 1))}"
        if made.left_out:
            more = self.tr("{n} files stay on this laptop only: no room for them, or too large.")
            words = f"{words} {more.format(n=formats.number(made.left_out))}"
        self.said.emit(words)

    def _taken(self, taken: ReceiptTaken | BundleCarried) -> None:
        if isinstance(taken, BundleCarried):
            if not taken.news:
                said = self.tr("The file of {name} is here already.")
            else:
                said = self.tr("{n} records of {name} go with the next sync.")
            name = taken.user_name or self.tr("a colleague")
            self.said.emit(said.format(n=formats.number(taken.events), name=name))
        elif taken.news == 0:
            self.said.emit(self.tr("This receipt tells nothing new."))
        else:
            said = self.tr("{n} records have their answer, {refused} of them were refused.")
            self.said.emit(
                said.format(n=formats.number(taken.news), refused=formats.number(taken.refused))
            )
