"""How painted widgets take their room."""

from PySide6.QtWidgets import QSizePolicy, QWidget


def grow_down(widget: QWidget) -> None:
    """As wide as there is room, and as high as its `heightForWidth` says, never squeezed."""
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    widget.setSizePolicy(policy)
