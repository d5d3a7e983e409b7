"""Where fonts, icons and themes are: in the source tree, an installed wheel or a frozen bundle."""

from functools import cache
from pathlib import Path


@cache
def resource_root() -> Path:
    """The folder `resources`. Raises FileNotFoundError, naming the places looked at.

    A wheel and a PyInstaller bundle carry it as `cvd_desktop/resources` (pyproject.toml and
    build.spec put it there); the source tree has it beside the packages.
    """
    here = Path(__file__).resolve()
    places = [here.parents[1] / "resources", here.parents[2] / "resources"]
    for place in places:
        if (place / "themes" / "tokens.json").is_file():
            return place
    raise FileNotFoundError(f"no resources in {', '.join(map(str, places))}")


def resource(*parts: str) -> Path:
    """The path of one resource, e.g. `resource("icons", "lock.svg")`."""
    return resource_root().joinpath(*parts)
