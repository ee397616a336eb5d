"""Clips: uploaded, then examined for faces by a worker."""

from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Production, Role
from countersign.api import asks, shapes
from countersign.runs import services
from countersign.runs.models import Footage, FootageState


class FootageOfProduction(APIView):
    takes = staticmethod(lambda: settings.FOOTAGE_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(responses=shapes.FootageShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        rows = access.visible(request.user, Footage).filter(production=production)
        return Response(shapes.FootageShape(rows.prefetch_related("tracks__performer"), many=True).data)

    @extend_schema(request={"multipart/form-data": asks.NewFootage}, responses={201: shapes.FootageShape})
    def post(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        access.require(request.user, production, Role.PRODUCER, Role.ARTIST)
        ask = asks.NewFootage(data=request.data)
        ask.is_valid(raise_exception=True)
        footage = services.add_footage(production, **ask.validated_data, by=request.user)
        shape = shapes.FootageShape(footage).data
        if footage.state == FootageState.REFUSED:
            return errors.refused_rows(footage.refusal, footage=shape)
        return Response(shape, status=201)


class OneFootage(APIView):
    @extend_schema(responses=shapes.FootageShape)
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(shapes.FootageShape(access.fetch(request.user, Footage, pk)).data)
