"""Hands a stop to the navigator of this computer."""

from PySide6.QtCore import QObject

from cvd_desktop.domain.route_records import StopView
from cvd_desktop.ui.screens.today_services import TodayServices


class Navigator(QObject):
    """Asks the services for the address; no network is needed here."""

    def __init__(self, services: TodayServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services

    def address(self, stop: StopView | None) -> str | None:
        """What a map opens; None where nobody knows where the stop is."""
        if stop is None or stop.location is None:
            return None
        return self._services.map_address(stop.location)

    def open(self, stop: StopView) -> str:
        """What became of it, in words."""
        address = self.address(stop)
        if address is None:
            return self.tr("No address of {name} is known").format(name=stop.name)
        if self._services.open_address(address):
            return self.tr("The navigator has {name}").format(name=stop.name)
        known = stop.location.address if stop.location is not None else ""
        return self.tr("No navigator on this laptop opens maps. The address: {address}").format(
            address=known or address
        )
