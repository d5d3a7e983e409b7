"""Every service of the day that the window takes is there and works on the workplace."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from cvd_desktop.app.bound_day import SERVICES, BoundDay
from cvd_desktop.app.bound_services import BoundServices


@pytest.mark.parametrize("file", SERVICES)
def test_every_service_is_there_and_takes_the_workplace_first(file: str) -> None:
    module = import_module(f"cvd_desktop.services.{file}")
    for name in SERVICES[file]:
        parameters = list(inspect.signature(getattr(module, name)).parameters)
        assert parameters[0] == "wp", name


def test_what_is_no_service_is_not_bound(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        BoundDay(BoundServices(tmp_path)).wipe_everything  # noqa: B018 - it is the question
