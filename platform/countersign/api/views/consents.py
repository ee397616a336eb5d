"""Consents: offered, signed, approved, withdrawn."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import services as consents
from consent.export import Form
from consent.models import ConsentRecord, Performer
from consent.types import Refusal
from countersign import errors, keys, lawbook, papers, signatures, uploads
from countersign.accounts import access
from countersign.accounts.models import Production, Role
from countersign.api import asks, keyring, offers, outside, shapes
from countersign.api.views.signatures import given
from countersign.keeping import looks


class Consents(APIView):
    @extend_schema(responses=shapes.ConsentShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        rows = access.visible(request.user, ConsentRecord).filter(production=production).select_related("performer")
        return Response(shapes.ConsentShape(rows, many=True).data)

    @extend_schema(
        request=offers.NewConsent,
        responses={201: shapes.ConsentShape, 422: offers.LACKING},
        examples=[offers.EXAMPLE],
    )
    def post(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        access.require(request.user, production, Role.PRODUCER)
        ask = offers.NewConsent(data=request.data)
        ask.is_valid(raise_exception=True)
        terms = dict(ask.validated_data)
        _forward(terms["valid_from"], terms["valid_until"])
        performer = access.fetch(request.user, Performer, terms.pop("performer"))
        record = papers.offered(production, performer=performer, fields=terms, by=request.user)
        return Response(shapes.ConsentShape(record).data, status=201)


class Schema(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(responses={(200, "application/schema+json"): OpenApiTypes.OBJECT}, auth=[])
    def get(self, request: Any) -> Any:
        """The JSON Schema (2020-12) of a consent, with what each law and agreement demands of it."""
        return HttpResponse(lawbook.published(), content_type="application/schema+json")


class OneConsent(APIView):
    @extend_schema(responses=shapes.ConsentShape)
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(shapes.ConsentShape(access.fetch(request.user, ConsentRecord, pk)).data)


class Document(APIView):
    takes = staticmethod(lambda: 2 * uploads.DOCUMENT_MAX_BYTES)  # with a certificate of completion
    parser_classes = (MultiPartParser,)

    @extend_schema(
        parameters=[OpenApiParameter("version", enum=["offered", "signed", "completion"])],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Any, pk: UUID) -> Any:
        record, version = access.fetch(request.user, ConsentRecord, pk), request.query_params.get("version", "")
        paper = looks.at_consent(record, version=version, by=request.user)
        headers = {"Content-Disposition": content_disposition_header(True, paper.filename) or "attachment"}
        return HttpResponse(paper.content, content_type=paper.content_type, headers=headers)

    @extend_schema(
        request={"multipart/form-data": outside.SignedDocument},
        responses=shapes.ConsentShape,
        examples=[outside.SIGNED],
    )
    def put(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require(request.user, record.production, Role.PRODUCER)
        ask = outside.SignedDocument(data=request.data)
        ask.is_valid(raise_exception=True)
        pdf = uploads.small(ask.validated_data["document"])
        record_of_it = ask.validated_data.get("completion")
        completion = uploads.small(record_of_it) if record_of_it else b""
        return _answer(
            consents.register(record, pdf=pdf, by=request.user, pins=keys.pins(settings.KEYS), completion=completion)
        )


class Export(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("form", enum=[form.value for form in Form], default=Form.RECEIPT.value)],
        responses={(200, "application/ld+json"): OpenApiTypes.OBJECT},
        examples=[offers.EXPORTED],
    )
    def get(self, request: Any, pk: UUID) -> Any:
        """For the performer and legal: a record or a receipt by ISO/IEC TS 27560, as JSON-LD with W3C DPV terms."""
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require_holder(request.user, record)
        ask = offers.ExportQuery(data=request.query_params)
        ask.is_valid(raise_exception=True)
        paper = looks.at_export(record, form=Form(ask.validated_data["form"]), by=request.user)
        headers = {"Content-Disposition": content_disposition_header(True, paper.filename) or "attachment"}
        return HttpResponse(paper.content, content_type=paper.content_type, headers=headers)


class Approval(APIView):
    @extend_schema(request=keyring.MaybeAnswer, responses=shapes.ConsentShape, examples=[keyring.ANSWERED])
    def post(self, request: Any, pk: UUID) -> Any:
        """With your passkey's answer, if you have a passkey or this installation demands one."""
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require(request.user, record.production, Role.LEGAL)
        return _answer(signatures.approve(record, by=request.user, given=given(request)))


class Withdrawal(APIView):
    @extend_schema(request=asks.Withdrawal, responses=shapes.ConsentShape)
    def post(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require_withdrawer(request.user, record)
        ask = asks.Withdrawal(data=request.data)
        ask.is_valid(raise_exception=True)
        reason = ask.validated_data["reason"]
        return _answer(signatures.withdraw(record, by=request.user, reason=reason, given=given(request)))


def _answer(result: ConsentRecord | Refusal) -> Any:
    return errors.refused(result) if isinstance(result, Refusal) else Response(shapes.ConsentShape(result).data)


def _forward(start: datetime, end: datetime) -> None:
    if end <= start:
        raise ValidationError({"valid_until": ["The consent must end after it begins."]})
