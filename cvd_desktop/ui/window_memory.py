"""What a window remembers from one start to the next."""

from typing import NamedTuple


class WindowMemory(NamedTuple):
    """Place as x, y, width, height in px, and the name of the screen shown."""

    window: tuple[int, int, int, int] | None = None
    maximized: bool = False
    screen: str = ""
