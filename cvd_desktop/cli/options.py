"""The options that every command shares, and where the data folder is by default."""

import os
from pathlib import Path
from typing import Annotated

import typer

DATA_DIR_KEY = "cvd.data_dir"


def default_data_dir() -> Path:
    """CVD_DATA_DIR, else the platform's folder of this person, not roamed, not synced elsewhere."""
    if chosen := os.environ.get("CVD_DATA_DIR"):
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("cvd-desktop", appauthor=False, roaming=False)


def _resolve(context: typer.Context, value: Path) -> Path:
    data_dir = value.expanduser().absolute()
    context.meta[DATA_DIR_KEY] = data_dir  # where a report of a bug goes
    return data_dir


DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="CVD_DATA_DIR",
        default_factory=default_data_dir,
        callback=_resolve,
        file_okay=False,
        help="Folder of the local database. Default: this person's folder of the system.",
        show_default=False,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
