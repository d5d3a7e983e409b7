"""The settings of the moment, kept in their file as a whole whenever one changes."""

import threading
from pathlib import Path
from typing import Any

from cvd_desktop.services.settings import load_settings, save_settings
from cvd_desktop.ui.window_memory import WindowMemory


class SettingsKeeper:
    """Changed from the GUI thread (where the window stood) and from a lane (what was chosen)."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self.now = load_settings(data_dir)

    def keep(self, **changes: Any) -> None:
        """Fields of `Settings` that are another now. Raises OSError when they cannot be kept."""
        with self._lock:
            settings = self.now._replace(**changes)
            if settings != self.now:
                self.now = settings
                save_settings(self._data_dir, settings)

    def memory(self) -> WindowMemory:
        """Where the window stood."""
        return WindowMemory(self.now.window, self.now.maximized, self.now.last_screen)

    def remember(self, memory: WindowMemory) -> None:
        """Raises OSError as `keep` does."""
        self.keep(window=memory.window, maximized=memory.maximized, last_screen=memory.screen)
