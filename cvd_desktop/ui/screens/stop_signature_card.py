"""Who signs for the site: a name and a signature."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from cvd_desktop.ui.screens.stop_tools import StopTools, allow
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.signature_pad import SignaturePad
from cvd_desktop.ui.widgets.tag import TagKind


class SignatureCard(Card):
    """A signature counts with its name; the pad alone asks for it."""

    named = Signal(str)
    signed = Signal()
    """A stroke has ended."""
    cleared = Signal()

    def __init__(self, tools: StopTools, parent: QWidget | None) -> None:
        super().__init__(tools.look, parent=parent)
        self.set_heading(self.tr("Signature"))
        look = tools.look
        self.name = Field(look, self.tr("Name"), hint=self.tr("of who signs"))
        self.name.edit.setMaxLength(200)
        self.name.edited.connect(self._named)
        self.pad = SignaturePad(look)
        self.pad.signed.connect(self._drawn)
        self.note = NoteLine(look)
        self.clear_action = tools.action(
            self, "undo", "Ctrl+Del", self._clear, self.tr("Sign anew")
        )
        self.addAction(self.clear_action)
        button = ActionButton(look, self.clear_action, parent=self)
        self.body.addWidget(self.name)
        self.body.addWidget(self.pad)
        self.body.addWidget(self.note)
        self.body.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._tell()

    def show_signature(self, name: str, image: QImage | None, *, locked: bool) -> None:
        """What was stored; a name that is being typed and strokes that were just drawn stay."""
        self.name.edit.setReadOnly(locked)
        if not self.name.edit.hasFocus() and self.name.text().strip() != name:
            self.name.set_text(name)
        if locked or not self.pad.begun():
            self.pad.show_kept(image, locked=locked)
        self.clear_action.setVisible(not locked)
        self._tell()

    def begin_anew(self) -> None:
        """Another visit."""
        self.name.set_text("")
        self.pad.show_kept(None)

    def ready(self) -> bool:
        """There are strokes to store, and a name to them."""
        return self.pad.begun() and bool(self.name.text().strip())

    def _named(self, text: str) -> None:
        self._tell()
        self.named.emit(text.strip())
        if self.ready():
            self.signed.emit()

    def _drawn(self) -> None:
        self._tell()
        if self.ready():
            self.signed.emit()

    def _clear(self) -> None:
        if not self.pad.is_empty():
            self.pad.show_kept(None)
            self._tell()
            self.cleared.emit()

    def _tell(self) -> None:
        nameless = self.pad.begun() and not self.name.text().strip()
        words = self.tr("Type the name of who signed: it is kept with it.") if nameless else ""
        self.note.show_note(TagKind.WARNING, words)
        allow(self.clear_action, self.tr("Nobody has signed yet") if self.pad.is_empty() else "")
