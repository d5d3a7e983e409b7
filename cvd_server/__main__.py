"""`python -m cvd_server` is `cvd-server`."""

from cvd_server.admin_commands import main

if __name__ == "__main__":
    main()
