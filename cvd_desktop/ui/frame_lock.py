"""The frame while nobody may look: no rail, no bar at the top, nothing that opens a screen."""

from cvd_desktop.ui.main_window import MainWindow


class FrameLock:
    """Takes everything of the frame away that shows or leads to a person's records."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._drops = window.acceptDrops()
        self.locked = False

    def lock(self) -> None:
        """Until `unlock`. What is shown instead is the caller's to open."""
        window = self._window
        if not self.locked:
            self._drops = window.acceptDrops()
        self.locked = True
        window.show_rail(())  # their keys are gone with them
        window.rail.hide()
        window.top_bar.hide()
        window.setAcceptDrops(False)
        window.enable_frame_actions(able=False)
        if "toast" in vars(window):
            window.toast.hide()
        if "banner" in vars(window):
            window.banner.close_banner()

    def unlock(self) -> None:
        """The rail comes with whoever is signed in: `show_rail` is the caller's."""
        window = self._window
        self.locked = False
        window.rail.show()
        window.top_bar.show()
        window.setAcceptDrops(self._drops)
        window.enable_frame_actions(able=True)
