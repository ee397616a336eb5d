"""What a program sends, and what it is answered."""

from typing import Any

from rest_framework.response import Response

from consent.types import Refusal
from countersign import errors


def asked(form: Any, request: Any, **how: Any) -> dict[str, Any]:
    """What the request says in the fields of `form`. Raises ValidationError."""
    ask = form(data=request.data, **how)
    ask.is_valid(raise_exception=True)
    return dict(ask.validated_data)


def answered(result: Any, shape: Any, *, status: int = 200, many: bool = False) -> Any:
    """What was done, in the fields of `shape`; or every reason why it was not."""
    if isinstance(result, Refusal):
        return errors.refused(result)
    return Response(shape(result, many=many).data, status=status)
