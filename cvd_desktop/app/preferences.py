"""Between the settings file and the window: what a person chose, and where the work was."""

import platform
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from PySide6.QtCore import qVersion

from cvd_desktop.services.settings import Settings, load_settings, save_settings
from cvd_desktop.ui.main_window import WindowMemory
from cvd_desktop.ui.screens.settings_screen import Preferences


def remembered(settings: Settings) -> WindowMemory:
    return WindowMemory(settings.window, settings.maximized, settings.last_screen)


def with_memory(settings: Settings, memory: WindowMemory) -> Settings:
    return replace(
        settings, window=memory.window, maximized=memory.maximized, last_screen=memory.screen
    )


def with_preferences(settings: Settings, preferences: Preferences) -> Settings:
    return replace(
        settings,
        theme=preferences.theme,
        text_scale=preferences.text_scale,
        port=preferences.port,
    )


def versions() -> tuple[tuple[str, str], ...]:
    """(what, version): this program first."""
    return (
        ("CVD Desktop", metadata.version("cvd-desktop")),
        ("Python", platform.python_version()),
        ("Qt", qVersion() or "?"),
        ("System", platform.platform(terse=True)),
    )


class SettingsKeeper:
    """Holds the settings of the moment and keeps them in their file, as a whole."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.now = load_settings(data_dir)

    def keep(self, settings: Settings) -> None:
        """Raises OSError when the file cannot be written; what is shown stays as chosen."""
        if settings != self.now:
            self.now = settings
            save_settings(self._data_dir, settings)
