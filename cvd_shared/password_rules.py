"""What a password must be like: the same rules at the server and on the laptop.

Rules are data: the length, the well-known ones, and what counts as the name. No rule asks for
signs or digits: length and not being guessable is what helps.
"""

import re
from typing import Literal

Fault = Literal["too_short", "is_name", "well_known", "same_as_before"]

SHORTEST = 10
SENTENCES: dict[Fault, str] = {
    "too_short": f"the password needs at least {SHORTEST} characters",
    "is_name": "the password is little more than the name",
    "well_known": "the password is one of those that everybody tries first",
    "same_as_before": "the new password is the old one",
}
_APART_FROM_NAME = 4  # so many characters must be left when the name is taken away
_LONGEST_FRINGE = 8  # signs and digits around a well-known word
_DIFFERENT = 4  # so many different characters
_LOOKS_LIKE = str.maketrans("013457@$!€", "oleastasie")

_WELL_KNOWN = """
abc abcabc access admin administrator adminadmin asdfasdf asdfgh asdfghjkl baseball batman
changeme changemenow charlie chocolate company computer correcthorsebatterystaple default dragon
driver driverdriver football freedom hallo hello helloworld iloveyou internet jesus killer letmein
letmeinnow liverpool login loveme manager master michael monkey mustang mypassword mysecret ninja
nothing office operator pass passpass passphrase passw passwd password passwordpassword passwort
pokemon princess qazwsx qazwsxedc qwer qwerasdf qwert qwerty qwertyqwerty qwertyuiop qwertz
qwertzuiop route samsung secret secretsecret security service shadow snack soccer starwars summer
sunshine superman superuser sysadmin system technician temp test testing testtest thisispassword
trustno trustnoone user vending vendingmachine viewer welcome welcomeback whatever winter
yourpassword zaqwsx zxcvbn zxcvbnm
"""
WELL_KNOWN = frozenset(_WELL_KNOWN.split())
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
         "qwertzuiop", "yxcvbnm")  # fmt: skip


def password_fault(password: str, *, names: tuple[str, ...], before: str = "") -> Fault | None:
    """The first rule that is broken. `names`: of the person; `before`: the password until now."""
    if len(password) < SHORTEST:
        return "too_short"
    if before and password == before:
        return "same_as_before"
    if any(_is_name(password, name) for name in names):
        return "is_name"
    if _well_known(password):
        return "well_known"
    return None


def _is_name(password: str, name: str) -> bool:
    """The name, also doubled or with a little round it."""
    for part in {_plain(name), *map(_plain, name.split())}:
        if len(part) > 2 and part in _plain(password):
            rest = _plain(password).replace(part, "")
            if len(rest) < _APART_FROM_NAME:
                return True
    return False


def _well_known(password: str) -> bool:
    text = password.casefold()
    if len(set(text)) < _DIFFERENT or _is_row(text):
        return True
    for begin in range(_fringe(text) + 1):
        for end in range(_fringe(text[::-1]) + 1):
            word = text[begin : len(text) - end]
            if _plain(word) in WELL_KNOWN or _plain(word.translate(_LOOKS_LIKE)) in WELL_KNOWN:
                return True
    return False


def _fringe(text: str) -> int:
    """How many characters at the begin are no letters; a long fringe is as good as a word."""
    letters = (place for place, sign in enumerate(text) if sign.isalpha())
    return min(next(letters, len(text)), _LONGEST_FRINGE)


def _is_row(text: str) -> bool:
    """Keys beside each other, forwards or backwards, also begun anew."""
    lines = [row * 3 for row in _ROWS]
    return any(text in line or text[::-1] in line for line in lines)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
