"""Takes a picture with the camera of the laptop. Qt's multimedia is asked for only when opened."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from cvd_desktop.ui.screens.stop_tools import StopTools
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.text_label import TextLabel

MULTIMEDIA = "PySide6.QtMultimedia"
VIDEO = "PySide6.QtMultimediaWidgets"


def camera_built_in() -> bool:
    """Whether this installation can use a camera at all; finds out without loading anything."""
    return all(importlib.util.find_spec(name) is not None for name in (MULTIMEDIA, VIDEO))


class CameraDialog(QDialog):
    """What the camera sees, and a shutter: Enter or Space. Esc closes."""

    taken = Signal(object)
    """The QImage of the picture."""

    def __init__(self, tools: StopTools, parent: QWidget) -> None:
        """Asks for `camera_built_in` first: without it this raises ModuleNotFoundError."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Take a photo"))
        self.finished.connect(parent.activateWindow)
        multimedia: Any = importlib.import_module(MULTIMEDIA)
        video: Any = importlib.import_module(VIDEO)
        look = tools.look
        column = QVBoxLayout(self)
        self.words = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        column.addWidget(self.words)
        shoot = tools.action(self, "check", "Return Enter Space", self._shoot, self.tr("Take it"))
        self.addAction(shoot)
        self._shoot_action = shoot
        self._camera: Any = None
        device = multimedia.QMediaDevices.defaultVideoInput()
        if device.isNull():
            self.words.setText(self.tr("No camera is found. Choose a picture from a file instead."))
            shoot.setEnabled(False)
        else:
            self._open(multimedia, video, device, column)
        button = ActionButton(look, shoot, ButtonKind.PRIMARY)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)
        self._fit(look, parent)

    def _open(self, multimedia: Any, video: Any, device: Any, column: QVBoxLayout) -> None:
        self._camera = multimedia.QCamera(device, self)
        self._capture = multimedia.QImageCapture(self)
        self._session = multimedia.QMediaCaptureSession(self)
        finder = video.QVideoWidget(self)
        self._session.setCamera(self._camera)
        self._session.setImageCapture(self._capture)
        self._session.setVideoOutput(finder)
        self._capture.imageCaptured.connect(self._captured)
        self._capture.errorOccurred.connect(lambda _id, _error, words: self.words.setText(words))
        self._camera.errorOccurred.connect(lambda _error, words: self.words.setText(words))
        column.addWidget(finder, 1)
        self._camera.start()

    def _fit(self, look: Look, parent: QWidget) -> None:
        room = parent.window().size()
        self.resize(min(look.theme.text_px(760), room.width() - 96), room.height() - 128)

    def _shoot(self) -> None:
        if self._camera is not None:
            self._capture.capture()

    def _captured(self, number: int, image: object) -> None:
        del number
        self.taken.emit(image)
        self.accept()

    def done(self, result: int) -> None:
        if self._camera is not None:
            self._camera.stop()
        super().done(result)
