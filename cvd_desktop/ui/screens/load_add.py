"""Taking along a product that is not on the pick list: which one, by words, code or touch."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from cvd_desktop.ui.dialogs.dialog_head import close_button
from cvd_desktop.ui.screens.load_find import FindCard
from cvd_desktop.ui.screens.load_part import LoadTools, allow
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_shared.wire_records import ProductRecord

WIDE = 560  # px at text scale 1


class AddDialog(QDialog):
    """Enter takes the current product; Esc changes nothing."""

    chosen = Signal(object)
    """The ProductRecord."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModal(True)
        self.finished.connect(parent.window().activateWindow)
        self.finished.connect(self.deleteLater)
        look = tools.look
        space = look.theme.space
        column = QVBoxLayout(self)
        column.setContentsMargins(space.l, space.l, space.l, space.l)
        column.setSpacing(space.m)
        self.finder = FindCard(tools, self)
        self.finder.head.addWidget(close_button(look, self))
        self.setWindowTitle(self.tr("Add a product"))
        column.addWidget(self.finder, 1)
        self.take_action = QAction(themed_icon(look, "check"), self.tr("Take this one"), self)
        self.take_action.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        self.take_action.triggered.connect(self._take)
        self.addAction(self.take_action)
        column.addWidget(ActionButton(look, self.take_action, ButtonKind.PRIMARY, fill_width=True))
        self.finder.chosen.connect(self._choose)
        self.finder.changed.connect(self._name_action)
        room = parent.window().size()
        self.resize(
            min(look.theme.text_px(WIDE), room.width() - 2 * space.xxl),
            room.height() - 2 * space.xxl,
        )
        self._name_action()
        self.finder.begin()
        self.finder.take_focus()

    def _name_action(self) -> None:
        allow(
            self.take_action,
            "" if self.finder.current() is not None else self.tr("No product is chosen"),
        )

    def _take(self) -> None:
        product = self.finder.current()
        if product is not None:
            self._choose(product)

    def _choose(self, product: ProductRecord) -> None:
        self.accept()
        self.chosen.emit(product)
