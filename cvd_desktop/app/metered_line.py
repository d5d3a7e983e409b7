"""A line that is paid by the amount: photos wait for another; after a day a person is asked.

Records and reports always go. Where the system does not say what its line costs, nothing waits.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from cvd_desktop.app.bound_people import BoundPeople
from cvd_desktop.app.identity import Identity
from cvd_desktop.domain.records import FilesHeldBack
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.main_window import MainWindow
from cvd_desktop.ui.theme import Tone


class MeteredFiles(QObject):
    """Lives on the GUI thread; `people.metered` is what the network lane reads."""

    def __init__(
        self,
        window: MainWindow,
        background: Background,
        people: BoundPeople,
        identity: Identity,
        sync: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._background = background
        self._people = people
        self._identity = identity
        self._sync = sync
        self._metered = self._allowed = False

    def watch(self) -> None:
        """Ask the system, where it has something to say. Takes some 20 ms."""
        from PySide6.QtNetwork import QNetworkInformation

        feature = QNetworkInformation.Feature.Metered
        if not QNetworkInformation.loadBackendByFeatures(feature):
            return
        line = QNetworkInformation.instance()
        if line is not None and line.supports(feature):
            line.isMeteredChanged.connect(self.note)
            self.note(line.isMetered())

    @Slot(bool)
    def note(self, metered: bool) -> None:
        """What the system says of the line now."""
        if metered != self._metered:
            self._metered, self._allowed = metered, False
        self._tell()

    def look(self, files_waiting: int) -> None:
        """After a run of sync that left so many files here."""
        if not files_waiting:
            self._allowed = False
            self._tell()
        busy = self._identity.locked or self._identity.shut or self._is_asking()
        if self._people.metered and files_waiting and not busy:
            self._background.run(Lane.DATABASE, self._people.files_to_ask_about, self._ask)

    def _ask(self, held: FilesHeldBack | None) -> None:
        if held is None or self._identity.locked or not self._people.metered:
            return
        send = QAction(self.tr("Yes"), self)
        send.triggered.connect(self._send)
        self._window.ask(
            self._question(held),
            self.tr("It is paid by the amount, so they wait for another line. They are kept here."),
            answers=(send, QAction(self.tr("Not today"), self)),
            tone=Tone.INFO,
        )
        self._background.run(Lane.DATABASE, self._people.note_asked)

    def _is_asking(self) -> bool:
        return "banner" in vars(self._window) and self._window.banner.isVisible()

    def _question(self, held: FilesHeldBack) -> str:
        one = held.count == 1
        if held.photos_only:
            said = self.tr("Send 1 photo") if one else self.tr("Send {n} photos")
        else:
            said = self.tr("Send 1 file") if one else self.tr("Send {n} photos and files")
        what = said.format(n=formats.number(held.count))
        return self.tr("{what}, {size}, over this line?").format(
            what=what, size=formats.size(held.size)
        )

    def _send(self) -> None:
        self._allowed = True
        self._tell()
        self._sync()

    def _tell(self) -> None:
        self._people.metered = self._metered and not self._allowed
