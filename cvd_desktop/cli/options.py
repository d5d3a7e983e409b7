"""The options that every command shares."""

from pathlib import Path
from typing import Annotated

import typer

from cvd_desktop.services.data_folder import default_data_dir

DATA_DIR_KEY = "cvd.data_dir"


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
