"""The bundled program `cvd`."""

from multiprocessing import freeze_support

from cvd_desktop.__main__ import main

if __name__ == "__main__":
    freeze_support()
    main()
