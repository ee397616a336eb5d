"""The ledger, read and recomputed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from countersign import log, logbook
from countersign.api import asks, shapes


class Entries(APIView):
    @extend_schema(parameters=[asks.LedgerQuery], responses=shapes.EntriesShape)
    def get(self, request: Any) -> Any:
        ask = asks.LedgerQuery(data=request.query_params)
        ask.is_valid(raise_exception=True)
        found = logbook.page(request.user, logbook.Search(**ask.validated_data))
        return Response(shapes.EntriesShape(found).data)


class Verification(APIView):
    """Recomputes every hash from the first entry on, and holds every signed checkpoint against them."""

    @extend_schema(responses=shapes.AuditShape)
    def get(self, request: Any) -> Any:
        audit = log.audit()
        faults = [fault.sentence for fault in audit.faults]
        answer = {"entries": audit.entries, "head": audit.head.hex(), "intact": not faults, "faults": faults}
        return Response(shapes.AuditShape(answer).data)
