"""What this person likes: theme, text size, where the work was. A plain file, no secret in it.

Readable before the database opens, so that the first paint has the right theme.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from cvd_desktop.storage.safe_files import replace_json

FILE = "settings.json"
THEMES = ("light", "dark", "sunlight")
TEXT_SCALES = (1.0, 1.25, 1.5, 2.0)

_PIXELS_MAX = 100_000
_MINUTES_MAX = 24 * 60


class Settings(NamedTuple):
    theme: str = "light"
    text_scale: float = 1.0
    last_screen: str = ""  # `Screen.name`
    window: tuple[int, int, int, int] | None = None  # x, y, width, height in pixels
    maximized: bool = False
    server: str = ""  # address of the last sign-in
    port: str = ""  # serial port to read by; "" lets the program choose
    lock_minutes: int = 15  # without a touch; 0: never


def load_settings(data_dir: Path) -> Settings:
    """The stored settings; what is missing or out of range is as new.

    A file that is no settings file is kept beside it as `settings.json.damaged`.
    """
    path = data_dir / FILE
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except ValueError:
        path.replace(path.with_name(FILE + ".damaged"))
        return Settings()
    if not isinstance(document, dict):
        path.replace(path.with_name(FILE + ".damaged"))
        return Settings()
    good = {name: document[name] for name in Settings._fields if name in document}
    if isinstance(good.get("window"), list):
        good["window"] = tuple(good["window"])
    return Settings(**{name: value for name, value in good.items() if _is_good(name, value)})


def save_settings(data_dir: Path, settings: Settings) -> None:
    """Replace the file as a whole, so that it is never half written. Raises OSError."""
    data_dir.mkdir(parents=True, exist_ok=True)
    replace_json(data_dir / FILE, settings._asdict(), for_people=True)


def _is_good(name: str, value: Any) -> bool:
    match name:
        case "theme":
            return value in THEMES
        case "text_scale":
            return not isinstance(value, bool) and value in TEXT_SCALES
        case "lock_minutes":
            return type(value) is int and 0 <= value <= _MINUTES_MAX
        case "maximized":
            return isinstance(value, bool)
        case "window":
            return value is None or _is_window(value)
    return isinstance(value, str)


def _is_window(value: Any) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 4
        and all(type(pixels) is int and abs(pixels) <= _PIXELS_MAX for pixels in value)
        and value[2] > 0
        and value[3] > 0
    )
