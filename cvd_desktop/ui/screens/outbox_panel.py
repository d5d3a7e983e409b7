"""The panel of the Outbox screen: what became of a record, and what a person can decide."""

import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from cvd_desktop.domain.records import OutboxEntry
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard


class OutboxPanel(ToldCard):
    """What happened, what is safe, what to do; the record as sent; two buttons at the bottom."""

    def __init__(self, look: Look, leave: QAction, sent: QAction) -> None:
        super().__init__(look)
        space = look.theme.space
        self.as_sent_heading = TextLabel(look, self.tr("As sent"), "bodyStrong")
        self.as_sent = TextLabel(look, "", "mono", wrap=True)
        self.as_sent.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.as_sent.setAccessibleName(self.tr("Record as sent"))
        self.as_sent_heading.setContentsMargins(0, space.l, 0, space.xs)
        for label in (self.as_sent_heading, self.as_sent):
            label.hide()
            self.body.addWidget(label)
        self.buttons = []
        for action in (leave, sent):
            self.addAction(action)  # its key works while the panel is seen
            button = ActionButton(look, action, fill_width=True)
            self.body.addSpacing(space.s)
            self.body.addWidget(button)
            self.buttons.append(button)

    def show_choices(self, entry: OutboxEntry | None, *, refused: bool) -> None:
        """Which buttons there are for this record; none without one."""
        leave, sent = self.buttons
        leave.setVisible(refused)
        sent.setVisible(entry is not None)

    def show_as_sent(self, entry: OutboxEntry | None, *, shown: bool) -> None:
        shown = shown and entry is not None
        if entry is not None:
            body = json.dumps(entry.payload, ensure_ascii=False, indent=2, sort_keys=True)
            self.as_sent.setText(f"{entry.type}\n{body}")
        self.as_sent_heading.setVisible(shown)
        self.as_sent.setVisible(shown)
