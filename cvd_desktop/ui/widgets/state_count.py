"""How many records are in one of the three states: its mark and word, the figure, one line."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.records import RecordState
from cvd_desktop.ui import formats
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel


class StateCount(QWidget):
    """One of the three counts at the top of the Outbox."""

    def __init__(self, look: Look, state: RecordState, word: str) -> None:
        super().__init__()
        self._word = word
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        mark = TagBox(look, boxed=False, role="bodyStrong")
        mark.show_tag(TagKind(state.value), word)
        self.figure = TextLabel(look, "", "figure")
        self.detail = TextLabel(look, "", "dense", Tone.MUTED)
        column.addWidget(mark)
        column.addWidget(self.figure)
        column.addWidget(self.detail)

    def show_count(self, count: int | None, detail: str) -> None:
        """`count` None is not known yet."""
        figure = "·" if count is None else formats.number(count)
        self.figure.setText(figure)
        self.detail.setText(detail)
        self.setAccessibleName(f"{self._word}: {figure}, {detail}")
