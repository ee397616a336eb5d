"""Evidence of a run as one signed file."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from countersign.api import asks
from countersign.evidence import services


class Evidence(APIView):
    """For legal, and for the performers in the run as far as it is about them. Each bundle is an entry in the ledger.

    `countersign verify-evidence` checks it offline; docs/evidence.md says what is in it.
    """

    @extend_schema(request=asks.Evidence, responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def post(self, request: Any, pk: UUID) -> FileResponse:
        ask = asks.Evidence(data=request.data)
        ask.is_valid(raise_exception=True)
        made = services.export(services.asked(request.user, pk, **ask.validated_data))
        return services.response(made)
