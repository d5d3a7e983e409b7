"""The operator of day_operator.py, made once for all tests of a process and copied for each."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from cvd_shared.ids import IdMaker
from tests.support.day_operator import DayClock, DayOperator, day_operator
from tests.support.local_workplace import workplace


@contextmanager
def copied_day(folder: Path, *, signed_in: bool = True) -> Iterator[DayOperator]:
    """The operator at six in the morning, in a data folder of its own."""
    shutil.copytree(_made(), folder, dirs_exist_ok=True)
    clock = DayClock()
    with workplace(folder) as opened:
        day = DayOperator(replace(opened, clock=clock, new_id=IdMaker(clock)), clock)
        if not signed_in:
            day.sign_out()
        yield day


@cache
def _made() -> Path:
    """It goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="cvd-day-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with day_operator(folder):
        pass
    return folder
