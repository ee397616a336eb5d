"""The ledger, read and recomputed."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from countersign import log, logbook
from countersign.api import asks, shapes
from countersign.desk import export, refusals
from countersign.desk.views.export import sent


class Entries(APIView):
    @extend_schema(parameters=[asks.LedgerQuery], responses=shapes.EntriesShape)
    def get(self, request: Any) -> Any:
        found = logbook.page(request.user, _search(_asked(asks.LedgerQuery, request)))
        return Response(shapes.EntriesShape(found).data)


class Exported(APIView):
    """A search as a file of at most 50,000 entries. That it was made, and its digest, stand in the ledger."""

    @extend_schema(
        parameters=[asks.ExportQuery],
        responses={(200, "text/csv"): OpenApiTypes.BINARY, (200, "application/json"): OpenApiTypes.BINARY},
    )
    def get(self, request: Any) -> Any:
        fields = _asked(asks.ExportQuery, request)
        form = fields.pop("form")
        filters = {name: str(value) for name, value in fields.items() if value}
        return sent(export.make(request.user, filters, search=_search(fields), form=form))


class Refused(APIView):
    """Refused attempts, grouped by reason, face, who asked, and production."""

    @extend_schema(parameters=[asks.Period], responses=shapes.RefusalsShape)
    def get(self, request: Any) -> Any:
        return Response(shapes.RefusalsShape(refusals.grouped(request.user, **_asked(asks.Period, request))).data)


class Verification(APIView):
    """Recomputes every hash from the first entry on, and holds every signed checkpoint against them."""

    @extend_schema(responses=shapes.AuditShape)
    def get(self, request: Any) -> Any:
        audit = log.audit()
        faults = [fault.sentence for fault in audit.faults]
        answer = {"entries": audit.entries, "head": audit.head.hex(), "intact": not faults, "faults": faults}
        return Response(shapes.AuditShape(answer).data)


def _asked(ask: Any, request: Any) -> dict[str, Any]:
    """The query's fields. Raises ValidationError."""
    asked = ask(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _search(fields: dict[str, Any]) -> logbook.Search:
    return logbook.Search(**{**fields, "production": str(fields["production"] or "")})
