"""The bundled program `cvd-desktop`, the window."""

from multiprocessing import freeze_support

from cvd_desktop.__main__ import window

if __name__ == "__main__":
    freeze_support()
    window()
