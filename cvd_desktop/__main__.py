"""Where the programs start: `cvd` (commands)."""

import sys


def main() -> None:
    """`cvd ...`"""
    from cvd_desktop.cli import build_app

    build_app()(prog_name="cvd")


if __name__ == "__main__":
    sys.exit(main())
