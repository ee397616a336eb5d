"""Room errors become HTTP answers here, and nowhere else.

People get a page in words, programs get `application/problem+json` (RFC 9457) with the reasons of a refusal.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from consent import record
from consent.errors import (
    ConsentError,
    DocumentDestroyedError,
    KeyDestroyedError,
    KeyWithheldError,
    TermsError,
    UnlawfulError,
)
from consent.types import ReasonCode, Refusal
from countersign import uploads
from countersign.accounts.access import NotYoursError, WrongRoleError
from countersign.accounts.signing_in import PasskeyRefusedError, TooManyTriesError, WrongPasswordError
from countersign.evidence.errors import NotCoveredError
from countersign.keeping.errors import DestroyedError, KeepingError, PlanChangedError
from countersign.runs.errors import AppealError, KeysLateError, NotPublishedError, OrderError
from countersign.uploads import TooLargeError
from provenance.errors import LedgerError, ProvenanceError

# The first class that fits decides. What is not named here is our own mistake and stays a 500.
_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (NotYoursError, HTTPStatus.NOT_FOUND),
    (WrongRoleError, HTTPStatus.FORBIDDEN),
    (WrongPasswordError, HTTPStatus.UNAUTHORIZED),
    (PasskeyRefusedError, HTTPStatus.UNAUTHORIZED),
    (TooManyTriesError, HTTPStatus.TOO_MANY_REQUESTS),
    (NotPublishedError, HTTPStatus.NOT_FOUND),
    (NotCoveredError, HTTPStatus.CONFLICT),
    (OrderError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (RequestDataTooBig, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (LedgerError, HTTPStatus.SERVICE_UNAVAILABLE),
    (KeysLateError, HTTPStatus.SERVICE_UNAVAILABLE),
    (KeyDestroyedError, HTTPStatus.GONE),
    (KeyWithheldError, HTTPStatus.CONFLICT),
    (DocumentDestroyedError, HTTPStatus.GONE),
    (DestroyedError, HTTPStatus.GONE),
    (PlanChangedError, HTTPStatus.CONFLICT),
    (KeepingError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConsentError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (AppealError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ProvenanceError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_TITLES = {
    HTTPStatus.BAD_REQUEST: "Some fields need another look",
    HTTPStatus.UNAUTHORIZED: "Please sign in",
    HTTPStatus.FORBIDDEN: "This is another person's part",
    HTTPStatus.NOT_FOUND: "There is nothing here for you",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that",
    HTTPStatus.CONFLICT: "Refused",
    HTTPStatus.GONE: "This was destroyed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This file is too large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Refused",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tries",
    HTTPStatus.SERVICE_UNAVAILABLE: "The ledger, or the keeper of the keys, does not answer, so nothing may proceed",
}

# Refusals of something sent, rather than of something asked at the wrong time or by the wrong person.
_OF_CONTENT = frozenset(
    code for code in ReasonCode if code.value.startswith(("file-", "not-a-", "frame-", "clip-", "still"))
) | {
    ReasonCode.NOT_SIGNED,
    ReasonCode.SIGNATURE_BROKEN,
    ReasonCode.DOCUMENT_CHANGED,
    ReasonCode.SIGNER_NOT_TRUSTED,
    ReasonCode.SIGNER_REVOKED,
    ReasonCode.SIGNER_EXPIRED,
    ReasonCode.TIMESTAMP_NOT_TRUSTED,
    ReasonCode.DOCUMENT_OVERTAXING,
    ReasonCode.COMPLETION_MISSING,
    ReasonCode.CREDENTIAL_EXPIRED,
    ReasonCode.CREDENTIAL_ELSEWHERE,
    ReasonCode.CREDENTIAL_STATUS_UNKNOWN,
    ReasonCode.WRONG_SIGNER,
    ReasonCode.TERMS_MISSING,
    ReasonCode.TERMS_DIFFER,
    ReasonCode.PASSKEY_UNREADABLE,
    ReasonCode.PASSKEY_SIGNATURE_BROKEN,
    ReasonCode.NOT_USER_VERIFIED,
    ReasonCode.WRONG_ORIGIN,
}


def status_of(error: Exception) -> HTTPStatus | None:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), None)


def status_of_codes(codes: frozenset[str]) -> HTTPStatus:
    """409 when another time or person could succeed, 422 when what was sent cannot, 413 when it is too large."""
    if ReasonCode.FILE_TOO_LARGE in codes:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return HTTPStatus.UNPROCESSABLE_ENTITY if codes & _OF_CONTENT else HTTPStatus.CONFLICT


class ErrorPages:
    """What a room raised while a page was made, told to the person in words."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        return _told(request, error)


class Bodies:
    """No body is read that is larger than its page takes: looking for a token or for JSON would read all of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> HttpResponseBase | None:
        try:
            uploads.check(request, uploads.taken_by(view))
        except TooLargeError as error:
            return _told(request, error)
        return None


def _told(request: HttpRequest, error: Exception) -> HttpResponseBase | None:
    status = status_of(error)
    if status is None:
        return None
    if request.path.startswith("/api/"):
        return JsonResponse(_problem(status, str(error)), status=status, content_type="application/problem+json")
    context = {"title": _TITLES[status], "sentence": str(error)}
    return render(request, "error.html", context, status=status)


def refusal_page(request: HttpRequest, refusal: Refusal, *, title: str, back: str) -> HttpResponse:
    """A refusal as a page: each failing term in words, and the way back."""
    reasons = record.reasons_to_json(refusal.reasons)
    status = status_of_codes(frozenset(reason.code.value for reason in refusal.reasons))
    return render(request, "refused.html", {"title": title, "reasons": reasons, "back": back}, status=status)


def refused(refusal: Refusal, **extra: Any) -> Any:
    """A refusal as problem+json."""
    return refused_rows(record.reasons_to_json(refusal.reasons), **extra)


def refused_rows(reasons: Any, **extra: Any) -> Any:
    """The same for reasons kept in a row (a refused run, clip or enrolment)."""
    status = status_of_codes(frozenset(reason["code"] for reason in reasons))
    detail = " ".join(reason["sentence"] for reason in reasons)
    return _response(_problem(status, detail, reasons=list(reasons), **extra), status)


def as_problem(error: Exception, context: dict[str, Any]) -> Any:
    """REST framework's exception handler."""
    status = status_of(error)
    if status is not None:
        return _response(_problem(status, str(error), **_terms(error)), status)
    response = exception_handler(error, context)
    if response is None:
        return None
    status = HTTPStatus(response.status_code)
    fields = {"fields": response.data} if isinstance(error, ValidationError) else {}
    detail = "See fields." if fields else _detail(error)
    headers = {name: value for name, value in response.items() if name in ("WWW-Authenticate", "Allow", "Retry-After")}
    return _response(_problem(status, detail, **fields), status, headers)


def _terms(error: Exception) -> dict[str, Any]:
    """Which fields of a consent are wrong and why, and what the law demands of them."""
    match error:
        case UnlawfulError():
            return {"fields": error.fields, "reasons": record.reasons_to_json(error.missing)}
        case TermsError():
            return {"fields": {error.field: [str(error)]}}
        case _:
            return {}


def _detail(error: Exception) -> str:
    return str(error.detail) if isinstance(error, APIException) else _TITLES[HTTPStatus.NOT_FOUND]


def _problem(status: HTTPStatus, detail: str, **extra: Any) -> dict[str, Any]:
    title = _TITLES.get(status, status.phrase)
    return {"type": "about:blank", "title": title, "status": int(status), "detail": detail, "reasons": [], **extra}


def _response(problem: dict[str, Any], status: HTTPStatus, headers: dict[str, str] | None = None) -> Any:
    return Response(problem, status=status, headers=headers, content_type="application/problem+json")
