"""Where the programs start: `cvd` (commands, demo, window) and `cvd-desktop` (the window)."""

import sys


def main() -> None:
    """`cvd ...`"""
    from cvd_desktop.root_commands import run_command

    run_command()


def window() -> None:
    """`cvd-desktop [--self-test]`; the window waits for nothing that only commands need."""
    if "--self-test" in sys.argv[1:]:
        from cvd_desktop.self_test import self_test

        sys.exit(self_test())
    from cvd_desktop.app.start import run_window
    from cvd_desktop.services.data_folder import default_data_dir
    from cvd_desktop.services.people import folder_in_use

    sys.exit(run_window(folder_in_use(default_data_dir())))


if __name__ == "__main__":
    main()
