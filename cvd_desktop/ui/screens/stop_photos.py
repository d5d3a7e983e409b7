"""Photos on their way: made small in the files lane, stored in the database lane, painted small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from cvd_desktop.domain.visit_records import DraftPhoto
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.photo_shrinker import (
    MIME,
    MOST_SIDE,
    PhotoError,
    SmallPhoto,
    shrink_file,
    shrink_image,
    thumbnail,
)
from cvd_desktop.ui.screens.stop_services import VISITED
from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_shared.wire_events import PhotoSubject

THUMBNAIL = 320  # px: sharp at text scale 2 too
MOST_AT_ONCE = 20


class PhotoDesk(QObject):
    """Takes pictures for a visit and fetches those that are shown."""

    added = Signal(str, object)
    """Visit id and the DraftPhoto that is stored now."""
    refused = Signal(str)
    """A sentence: why a picture is not taken."""
    pictured = Signal(str)
    """The picture of this sha256 is here: `picture`."""

    def __init__(self, tools: StopTools, parent: QObject) -> None:
        super().__init__(parent)
        self._tools = tools
        self._pictures: dict[str, QImage] = {}
        self._asked: set[str] = set()

    def take_files(self, visit_id: str, subject: PhotoSubject, paths: Sequence[Path]) -> None:
        """Each file on its own: a broken one does not cost the others."""
        for path in paths[:MOST_AT_ONCE]:
            self._shrink(visit_id, subject, path, partial(shrink_file, path))

    def take_image(self, visit_id: str, subject: PhotoSubject, image: QImage) -> None:
        """What the camera saw."""
        self._shrink(visit_id, subject, None, partial(shrink_image, image))

    def picture(self, sha256: str) -> QImage | None:
        return self._pictures.get(sha256)

    def fetch(self, wanted: Sequence[str], signature: str) -> None:
        """Ask for pictures that were not asked for yet; what is here already is told again."""
        for sha256 in (*wanted, *((signature,) if signature else ())):
            if sha256 in self._pictures and sha256 in wanted:
                self.pictured.emit(sha256)
            elif sha256 not in self._asked:
                self._asked.add(sha256)
                self._tools.background.run(
                    Lane.DATABASE, partial(self._load, sha256), partial(self._looked, sha256)
                )

    def fetch_large(self, sha256: str, done: Callable[[QImage | None], object]) -> None:
        """The whole picture as it is stored; None where this laptop does not have it."""
        self._tools.background.run(Lane.DATABASE, partial(self._load, sha256, MOST_SIDE), done)

    def _looked(self, sha256: str, picture: QImage | None) -> None:
        """A colleague's picture comes from the server, when there is a line."""
        if picture is not None or self._tools.services.fetch_attachment is None:
            self._loaded(sha256, picture)
            return
        self._tools.background.run(
            Lane.NETWORK,
            partial(self._load_far, sha256),
            partial(self._loaded, sha256),
            partial(self._not_there, sha256),
        )

    def _not_there(self, sha256: str, _error: BaseException) -> None:
        """No line, or it is still on its way: the next time it is shown it is asked for again."""
        self._asked.discard(sha256)

    def _shrink(
        self,
        visit_id: str,
        subject: PhotoSubject,
        original: Path | None,
        work: Callable[[], SmallPhoto],
    ) -> None:
        def shrunk() -> SmallPhoto | PhotoError:
            """A picture that is refused is an answer, not a bug."""
            try:
                return work()
            except PhotoError as error:
                return error

        self._tools.background.run(
            Lane.FILES, shrunk, partial(self._store, visit_id, subject, original), self._failed
        )

    def _store(
        self,
        visit_id: str,
        subject: PhotoSubject,
        original: Path | None,
        made: SmallPhoto | PhotoError,
    ) -> None:
        if isinstance(made, PhotoError):
            self.refused.emit(self._tools.words.photo_fault(made))
            return
        store = self._tools.services.add_photo
        self._tools.background.run(
            Lane.DATABASE,
            partial(
                store, visit_id, made.data, made.width, made.height, MIME, original, subject, ""
            ),
            partial(self._stored, visit_id),
            self._failed,
            topics=VISITED,
        )

    def _stored(self, visit_id: str, photo: DraftPhoto) -> None:
        self.added.emit(visit_id, photo)

    def _failed(self, error: BaseException) -> None:
        told = self._tools.messages.error(error)
        self.refused.emit(f"{told.what} {told.do}")

    def _load(self, sha256: str, side: int = THUMBNAIL) -> QImage | None:
        data = self._tools.services.photo_bytes(sha256)
        return thumbnail(data, side) if data is not None else None

    def _load_far(self, sha256: str) -> QImage | None:
        fetch = self._tools.services.fetch_attachment
        return None if fetch is None else thumbnail(fetch(sha256), THUMBNAIL)

    def _loaded(self, sha256: str, picture: QImage | None) -> None:
        if picture is not None:
            self._pictures[sha256] = picture
            self.pictured.emit(sha256)
