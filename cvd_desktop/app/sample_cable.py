"""In the sample there is no cable: the machine of the stop that is shown hangs on one by itself."""

import logging
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cvd_desktop.ui.background import Background, Lane

if TYPE_CHECKING:
    from cvd_desktop.app.bound_bench import BoundBench
    from cvd_desktop.ui.screens.stop_screen import StopScreen

_log = logging.getLogger(__name__)


class SampleCable(QObject):
    """Follows the Stop screen; a virtual machine with the meters of the shown one is started."""

    def __init__(self, screen: "StopScreen", background: Background, bench: "BoundBench") -> None:
        super().__init__(screen)
        self._screen = screen
        self._background = background
        self._bench = bench
        self._plugged = ""
        screen.frame_changed.connect(self._look)

    def _look(self) -> None:
        detail = self._screen.detail
        asset = detail.visit.machine.record.asset_number if detail is not None else ""
        if asset and asset != self._plugged:
            self._plugged = asset
            self._background.run(
                Lane.FILES, partial(self._bench.plug_in, asset), failed=self._not_plugged
            )

    def _not_plugged(self, error: BaseException) -> None:
        self._plugged = ""
        _log.info("the sample's machine is not at the cable: %s", error)
