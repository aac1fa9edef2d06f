"""How ``/v1`` tells an error: OpenAI's object and status, with the house's own sentence and code."""

from typing import Any

from starlette.responses import JSONResponse, Response

from demeure.errors import DemeureError
from demeure.gateway.errors import RequestInvalid

PREFIX = "/v1/"
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    408: "timeout_error",
    429: "rate_limit_error",
    503: "server_error",
}
_CODES = {
    "KeyRefused": "invalid_api_key",
    "NotSignedIn": "invalid_api_key",
    "ModelNotServed": "model_not_found",
    "ContextTooLong": "context_length_exceeded",
    "KeyTooFast": "rate_limit_exceeded",
    "KeyQuotaSpent": "insufficient_quota",
}
"""Our errors that OpenAI's clients know under a name of theirs; the others keep ours."""
_STATUS = {"ContextTooLong": 400}
"""Where OpenAI's clients expect another status than the pages'."""


def status_of(problem: DemeureError) -> int:
    """The HTTP status under ``/v1``."""
    return _STATUS.get(problem.code(), problem.http_status)


def error(problem: DemeureError, language: str) -> dict[str, Any]:
    """``{"error": {"message", "type", "param", "code"}}``."""
    status = status_of(problem)
    usual = "invalid_request_error" if 400 <= status < 500 else "server_error"
    return {
        "error": {
            "message": problem.sentence(language),
            "type": _TYPES.get(status, usual),
            "param": problem.params.get("param"),
            "code": _CODES.get(problem.code(), problem.code()),
        }
    }


def answer(problem: DemeureError, language: str) -> Response:
    """The response."""
    return JSONResponse(error(problem, language), status_of(problem))


def invalid(param: str, en: str, fr: str) -> RequestInvalid:
    """The error about one field."""
    return RequestInvalid(param=param, detail=fr, detail_en=en)
