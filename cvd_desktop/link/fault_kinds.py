"""What a fault of a virtual machine looks like, and how its text is read; for every link."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultKind:
    """`argument` names what may stand after the colon, "" for nothing; `default` where it may be
    left out, None where it may not."""

    meaning: str
    argument: str = ""
    default: str | None = None
    pattern: str = r"[1-9]\d{0,6}"


class UnknownFaultError(ValueError):
    """The text names no fault, or its argument is not one; the message says which there are."""


def parse_kinds(texts: Iterable[str], kinds: Mapping[str, FaultKind]) -> dict[str, str]:
    """Arguments by name, of texts such as "silent" or "wrong_crc:2". Raises UnknownFaultError."""
    faults: dict[str, str] = {}
    for text in texts:
        name, colon, argument = text.strip().partition(":")
        kind = kinds.get(name)
        if kind is None:
            raise UnknownFaultError(f"no fault {name!r}; there are {', '.join(kinds)}")
        if not colon and (kind.default is not None or not kind.argument):
            argument = kind.default or ""
        elif not kind.argument or not re.fullmatch(kind.pattern, argument):
            form = f"{name}:{kind.argument}" if kind.argument else name
            raise UnknownFaultError(f"{text!r} is not of the form {form} ({kind.meaning})")
        faults[name] = argument
    return faults
