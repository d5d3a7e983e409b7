"""What an endpoint takes and gives, for the OpenAPI document; views carry it as `described`.

To add an endpoint: `@needs(Right...)` or `@public`, and `@described(...)`. A view without a
description fails a test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Description:
    """`errors` are the protocol's codes with their HTTP status, beside those of every endpoint."""

    summary: str
    takes: type[BaseModel] | None = None  # the JSON body
    takes_bytes: str | None = None  # or a body of this media type
    gives: type[BaseModel] | None = None  # `data` of the envelope
    gives_bytes: str | None = None
    status: int = 200
    errors: tuple[tuple[int, str], ...] = ()
    query: tuple[str, ...] = ()  # names of text parameters in the address
    headers: tuple[str, ...] = ()  # that it needs


def described(
    summary: str,
    *,
    takes: type[BaseModel] | None = None,
    takes_bytes: str | None = None,
    gives: type[BaseModel] | None = None,
    gives_bytes: str | None = None,
    status: int = 200,
    errors: tuple[tuple[int, str], ...] = (),
    query: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
) -> Callable[[ViewT], ViewT]:
    description = Description(
        summary, takes, takes_bytes, gives, gives_bytes, status, errors, query, headers
    )

    def mark(view: ViewT) -> ViewT:
        view.described = description  # type: ignore[attr-defined]  # read by the OpenAPI document
        return view

    return mark
