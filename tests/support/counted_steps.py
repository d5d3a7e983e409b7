"""Counts the lines of Python that a function runs: its time, without a clock."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def counted_steps(function: Callable[[], object]) -> int:
    """Lines that `function` runs in our own code; each turn of a loop counts its line again."""
    steps = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal steps
        if "cvd_" not in frame.f_code.co_filename:
            return None
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        function()
    finally:
        sys.settrace(before)
    return steps
