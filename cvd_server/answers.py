"""Every answer in one envelope, and the errors that the server says on purpose."""

import json
from typing import Any

from flask import Response
from pydantic import BaseModel

from cvd_shared.wire import SYNC_MEDIA_TYPE

CONTENT_TYPE = f"{SYNC_MEDIA_TYPE};v=1"


class ApiError(Exception):
    """An answer that is no success: HTTP status, code of the protocol, sentence, details."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        super().__init__(code, message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.retry_after: int | None = None


def malformed(message: str, *, status: int = 422, **details: Any) -> ApiError:
    """The request cannot be read; nothing of it was applied."""
    return ApiError(status, "malformed", message, **details)


def try_later(status: int, code: str, message: str, seconds: int) -> ApiError:
    error = ApiError(status, code, message, retry_after=seconds)
    error.retry_after = seconds
    return error


def success(data: BaseModel) -> Response:
    return success_text(data.model_dump_json(by_alias=True))


def success_text(data_json: str) -> Response:
    """For answers whose JSON is built piece by piece."""
    return Response(
        f'{{"success":true,"data":{data_json},"error":null}}', content_type=CONTENT_TYPE
    )


def failure(error: ApiError, timestamp: str) -> Response:
    body = {
        "success": False,
        "data": None,
        "error": {
            "message": error.message,
            "code": error.code,
            "timestamp": timestamp,
            "details": error.details,
        },
    }
    answer = Response(json.dumps(body), status=error.status, content_type=CONTENT_TYPE)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer
