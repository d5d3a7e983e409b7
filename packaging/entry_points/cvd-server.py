"""The bundled program `cvd-server`."""

from multiprocessing import freeze_support

from cvd_server.admin_commands import main

if __name__ == "__main__":
    freeze_support()
    main()
