"""Why a device could not be opened: which program holds it, which group may use it.

Only Linux tells; elsewhere, and where it is not allowed to look, the answer is None.
"""

import contextlib
import os
import stat
from pathlib import Path

THIS_PROGRAM = "this program"
_PROCESSES = Path("/proc")


def holder_of(device: str) -> str | None:
    """The program that has `device` open, as "minicom (1234)"; ours is "this program"."""
    wanted = os.path.realpath(device)
    holder = None
    for process in _PROCESSES.glob("[0-9]*"):
        if _has_open(process, wanted):
            if process.name == str(os.getpid()):
                holder = THIS_PROGRAM
                continue  # it is we who are trying; somebody else counts for more
            with contextlib.suppress(OSError, ValueError):
                return f"{(process / 'comm').read_text('utf-8').strip()} ({process.name})"
    return holder


def group_of(device: str) -> str | None:
    """The group that may read and write `device`; None when no group may, or root's only."""
    if os.name != "posix":
        return None
    import grp

    try:
        facts = os.stat(device)  # noqa: PTH116 - Path.stat is the same
        name = grp.getgrgid(facts.st_gid).gr_name
    except (OSError, KeyError):
        return None
    may = facts.st_mode & stat.S_IRGRP and facts.st_mode & stat.S_IWGRP
    return name if may and facts.st_gid != 0 else None


def person() -> str:
    """The name by which the system knows who runs this program."""
    if os.name != "posix":
        return os.environ.get("USERNAME", "")
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def joined_since_sign_in(group: str) -> bool:
    """True for a member of `group` whose sign-in is older than that: it holds from the next one."""
    if os.name != "posix":
        return False
    import grp

    try:
        facts = grp.getgrnam(group)
    except KeyError:
        return False
    return person() in facts.gr_mem and facts.gr_gid not in os.getgroups()


def _has_open(process: Path, wanted: str) -> bool:
    try:
        handles = list((process / "fd").iterdir())
    except OSError:  # another person's, or ended
        return False
    for handle in handles:
        with contextlib.suppress(OSError):
            if os.readlink(handle) == wanted:  # noqa: PTH115 - a third of the time of Path's
                return True
    return False
