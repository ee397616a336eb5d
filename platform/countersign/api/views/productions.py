"""Productions, and the performers known to them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import services as consents
from consent.models import Performer
from consent.types import Refusal
from countersign import errors, uploads
from countersign.accounts import access
from countersign.accounts.models import Production, Role
from countersign.api import asks, shapes


class Productions(APIView):
    @extend_schema(responses=shapes.ProductionShape(many=True))
    def get(self, request: Any) -> Any:
        rows = access.visible(request.user, Production).select_related("organisation").order_by("title")
        return Response(shapes.ProductionShape(rows, many=True, context={"person": request.user}).data)


class OneProduction(APIView):
    @extend_schema(responses=shapes.ProductionShape)
    def get(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        return Response(shapes.ProductionShape(production, context={"person": request.user}).data)


class Performers(APIView):
    @extend_schema(responses=shapes.PerformerShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        rows = access.visible(request.user, Performer).filter(organisation=production.organisation).order_by("name")
        return Response(shapes.PerformerShape(rows, many=True).data)

    @extend_schema(request=asks.NewPerformer, responses={201: shapes.PerformerShape})
    def post(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        access.require(request.user, production, Role.PRODUCER)
        ask = asks.NewPerformer(data=request.data)
        ask.is_valid(raise_exception=True)
        name = ask.validated_data["name"]
        if Performer.objects.filter(organisation=production.organisation, name=name).exists():
            raise ValidationError({"name": [f"{production.organisation} already knows a performer of this name."]})
        performer = consents.add_performer(production.organisation, name=name, by=request.user)
        return Response(shapes.PerformerShape(performer).data, status=201)


class Certificate(APIView):
    takes = staticmethod(lambda: uploads.DOCUMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": asks.Certificate}, responses=shapes.PerformerShape)
    def put(self, request: Any, pk: UUID, performer_pk: UUID) -> Any:
        _, performer = access.performer_in(request.user, pk, performer_pk, Role.LEGAL)
        ask = asks.Certificate(data=request.data)
        ask.is_valid(raise_exception=True)
        pem = uploads.small(ask.validated_data["certificate"])
        result = consents.bind_certificate(performer, certificate_pem=pem, by=request.user)
        return errors.refused(result) if isinstance(result, Refusal) else Response(shapes.PerformerShape(result).data)
