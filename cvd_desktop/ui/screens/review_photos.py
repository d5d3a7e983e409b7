"""The photos of a visit in Review: how many there are, small ones, one of them large.

They lie on the server; what this laptop has already is shown without a network.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.visit_records import DraftPhoto, told_photo
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.dialogs.photo_dialog import PhotoDialog
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.photo_shrinker import MOST_SIDE, thumbnail
from cvd_desktop.ui.screens.stop_photo_view import PhotoView
from cvd_desktop.ui.screens.stop_photos import THUMBNAIL
from cvd_desktop.ui.stop_words import StopWords
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.wire_records import PhotoRecord


class ReviewPhotos(Card):
    """Takes no room at a visit without photos."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        words: StopWords,
        fetch: Callable[[str], bytes],
        parent: QWidget,
    ) -> None:
        super().__init__(look, self.tr("Photos"), parent=parent)
        self._background, self._messages, self._words = background, messages, words
        self._fetch = fetch
        self._asked: set[str] = set()
        self.view = PhotoView(look, words)
        self.view.opened.connect(self.show_large)
        self.trouble = NoteLine(look)
        self.body.addWidget(self.view)
        self.body.addWidget(self.trouble)

    def show_photos(self, photos: Sequence[PhotoRecord]) -> None:
        self.setVisible(bool(photos))
        count = formats.number(len(photos))
        self.set_heading(
            self.tr("1 photo") if len(photos) == 1 else self.tr("{n} photos").format(n=count)
        )
        self.trouble.show_note(TagKind.WARNING, "")
        self.view.show_photos([told_photo(each.id, each) for each in photos])
        for sha256 in self.view.waiting():
            if sha256 not in self._asked:
                self._asked.add(sha256)
                self._background.run(
                    Lane.NETWORK,
                    partial(self._load, sha256, THUMBNAIL),
                    partial(self._loaded, sha256),
                    partial(self._failed, sha256),
                )

    def show_large(self) -> None:
        """The photo that is chosen, as large as it is stored."""
        photo = self.view.current()
        if photo is not None and self.isVisible():
            self._background.run(
                Lane.NETWORK,
                partial(self._load, photo.sha256, MOST_SIDE),
                partial(self._open, photo),
                partial(self._failed, photo.sha256),
            )

    def _load(self, sha256: str, side: int) -> QImage | None:
        """In a lane."""
        return thumbnail(self._fetch(sha256), side)

    def _loaded(self, sha256: str, picture: QImage | None) -> None:
        self._asked.discard(sha256)
        if picture is not None:
            self.view.show_picture(sha256, picture)

    def _failed(self, sha256: str, error: BaseException) -> None:
        """The next time the visit is opened it is asked for again."""
        self._asked.discard(sha256)
        told = self._messages.error(error)
        self.trouble.show_note(TagKind.WARNING, f"{told.what} {told.do}".strip())

    def _open(self, photo: DraftPhoto, picture: QImage | None) -> None:
        if picture is not None:
            when = formats.clock_time(photo.taken_at)
            words = ", ".join((self._words.subject(photo.subject), when))
            PhotoDialog(self.look, picture, words, self).show()
