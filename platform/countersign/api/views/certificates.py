"""Certificates of destruction: listed, fetched and checked by programs."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers as s
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.models import Destruction
from countersign import certified, uploads
from countersign.accounts import access
from countersign.accounts.access import NotYoursError

EXAMPLE = OpenApiExample(
    "A withdrawn consent",
    value={
        "id": "6ad3cf3e-2f0b-4c43-9d6b-52a3f8a6d4a7",
        "subject": "consent:0d7d0b0e-6f6c-4a55-9c33-1c6a3a9f1a11",
        "why": "withdrawal",
        "ended_at": "2026-11-24T10:39:39Z",
        "issued_at": "2026-11-24T10:39:41Z",
        "sha256": "9b" * 32,
        "certificate": "eyJhbGciOiJFZDI1NTE5Iiwi…",
        "destroyed": {"keys": ["9d0f…"], "templates": ["sface"], "models": ["c1…"], "clips": ["ab…"]},
    },
    response_only=True,
)
CHECKED = OpenApiExample(
    "It was changed",
    value={"holds": False, "known": False, "problem": "The signature does not hold.", "sha256": "", "lines": []},
    response_only=True,
)


class DestructionShape(s.ModelSerializer):
    class Meta:
        model = Destruction
        fields = ("id", "subject", "why", "ended_at", "issued_at", "sha256", "certificate", "destroyed")


class CertificateToCheck(s.Serializer):
    file = s.FileField(help_text="The PDF, or the JWS inside it.")
    sha256 = s.RegexField(r"^[0-9a-fA-F]{64}$", required=False, allow_blank=True, default="")


class CheckedShape(s.Serializer):
    holds = s.BooleanField()
    known = s.BooleanField(help_text="Whether this site issued it.")
    problem = s.CharField()
    sha256 = s.CharField()
    lines = s.ListField(child=s.CharField())


class Certificates(APIView):
    @extend_schema(responses=DestructionShape(many=True), examples=[EXAMPLE])
    def get(self, request: Any) -> Any:
        return Response(DestructionShape(access.visible(request.user, Destruction), many=True).data)


class OneCertificate(APIView):
    @extend_schema(responses=DestructionShape, examples=[EXAMPLE])
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(DestructionShape(access.fetch(request.user, Destruction, pk)).data)


class Document(APIView):
    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Any, pk: UUID) -> Any:
        row = access.fetch(request.user, Destruction, pk)
        if not row.certificate:
            raise NotYoursError("This certificate is not issued yet: something in it is still being destroyed.")
        return HttpResponse(certified.paper(row), content_type="application/pdf")


class Check(APIView):
    takes = staticmethod(lambda: certified.CERTIFICATE_MAX_BYTES)
    parser_classes = (MultiPartParser,)
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(
        request={"multipart/form-data": CertificateToCheck}, responses=CheckedShape, auth=[], examples=[CHECKED]
    )
    def post(self, request: Any) -> Any:
        ask = CertificateToCheck(data=request.data)
        ask.is_valid(raise_exception=True)
        content = uploads.small(ask.validated_data["file"], certified.CERTIFICATE_MAX_BYTES)
        found = certified.checked(content, sha256=ask.validated_data["sha256"])
        return Response(
            CheckedShape(
                {
                    "holds": found.certificate is not None,
                    "known": found.known,
                    "problem": found.problem,
                    "sha256": found.sha256,
                    "lines": found.lines,
                }
            ).data
        )
