"""Consents signed elsewhere than in the document or on this site: scans, and what wallets give."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import services as consents
from consent.models import ConsentRecord, Performer
from consent.types import Refusal
from countersign import errors, keys, uploads
from countersign.accounts import access
from countersign.accounts.models import Role
from countersign.api import outside, shapes


class Scan(APIView):
    takes = staticmethod(lambda: uploads.DOCUMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": outside.Scan}, responses=shapes.ConsentShape, examples=[outside.SCANNED]
    )
    def put(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require(request.user, record.production, Role.PRODUCER)
        scan = _file(outside.Scan, request, "scan")
        return _answer(consents.register_scan(record, scan=scan, by=request.user))


class Review(APIView):
    @extend_schema(request=outside.ScanReview, responses=shapes.ConsentShape, examples=[outside.REVIEWED])
    def post(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require(request.user, record.production, Role.LEGAL)
        ask = outside.ScanReview(data=request.data)
        ask.is_valid(raise_exception=True)
        return _answer(consents.review(record, fits=ask.validated_data["fits"], by=request.user))


class Credential(APIView):
    takes = staticmethod(lambda: uploads.DOCUMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(responses=outside.AgreementShape, examples=[outside.AGREEMENT])
    def get(self, request: Any, pk: UUID) -> Any:
        asked = consents.agreement(access.fetch(request.user, ConsentRecord, pk), site=settings.SITE_URL)
        return Response({"agreement": asked.to_json(), "digest": asked.digest})

    @extend_schema(
        request={"multipart/form-data": outside.Credential}, responses=shapes.ConsentShape, examples=[outside.PRESENTED]
    )
    def put(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require(request.user, record.production, Role.PRODUCER)
        credential = _file(outside.Credential, request, "credential")
        desk = consents.Desk(pins=keys.pins(settings.KEYS), site=settings.SITE_URL)
        return _answer(consents.register_credential(record, credential=credential, by=request.user, desk=desk))


class Key(APIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": outside.Key}, responses=shapes.PerformerShape, examples=[outside.KEYED]
    )
    def put(self, request: Any, pk: UUID, performer_pk: UUID) -> Any:
        _, performer = access.performer_in(request.user, pk, performer_pk, Role.LEGAL)
        result = consents.bind_key(performer, jwk=_file(outside.Key, request, "key"), by=request.user)
        return _answer(result)


def _file(kind: Any, request: Any, name: str) -> bytes:
    ask = kind(data=request.data)
    ask.is_valid(raise_exception=True)
    return uploads.small(ask.validated_data[name])


def _answer(result: ConsentRecord | Performer | Refusal) -> Any:
    if isinstance(result, Refusal):
        return errors.refused(result)
    shape = shapes.ConsentShape if isinstance(result, ConsentRecord) else shapes.PerformerShape
    return Response(shape(result).data)
