"""How many records are in one of the three states: its mark and word, the figure, one line."""

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import ONE_COLUMN_FROM


class StateCount(QWidget):
    """One of the three counts at the top of the Outbox. Large text puts the line beside a
    smaller figure, so that the three do not fill the window."""

    def __init__(self, look: Look, state: RecordState, word: str) -> None:
        super().__init__()
        self._look = look
        self._word = word
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        mark = TagBox(look, boxed=False, role="bodyStrong")
        mark.show_tag(TagKind(state.value), word)
        self.figure = TextLabel(look, "", "figure")
        self.detail = TextLabel(look, "", "dense", Tone.MUTED)
        column.addWidget(mark)
        self._line = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._line.addWidget(self.figure)
        self._line.addWidget(self.detail, 1)
        column.addLayout(self._line)
        look.follow(self._arrange)

    def _arrange(self) -> None:
        theme = self._look.theme
        beside = theme.text_scale >= ONE_COLUMN_FROM
        way = QBoxLayout.Direction
        self._line.setDirection(way.LeftToRight if beside else way.TopToBottom)
        self._line.setSpacing(theme.space.m if beside else 0)
        self.figure.set_role("value" if beside else "figure")

    def show_count(self, count: int | None, detail: str) -> None:
        """`count` None is not known yet."""
        figure = "·" if count is None else formats.number(count)
        self.figure.setText(figure)
        self.detail.setText(detail)
        self.setAccessibleName(f"{self._word}: {figure}, {detail}")
