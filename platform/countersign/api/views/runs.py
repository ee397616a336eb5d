"""Runs and what comes out of them."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.models import Performer
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.api import asks, shapes
from countersign.desk import story
from countersign.ranges import Served, serve
from countersign.runs import services
from countersign.runs.errors import OrderError
from countersign.runs.models import Footage, Output, Run, RunState
from countersign.runs.requests import declaring


class Runs(APIView):
    @extend_schema(responses=shapes.RunShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        rows = access.visible(request.user, Run).filter(production=production)
        return Response(shapes.RunShape(rows.select_related("likeness", "plate_performer"), many=True).data)

    @extend_schema(request=asks.NewRun, responses={201: shapes.RunShape})
    def post(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        access.require(request.user, production, Role.PRODUCER)
        ask = asks.NewRun(data=request.data)
        ask.is_valid(raise_exception=True)
        run = _start(_order(request.user, production, dict(ask.validated_data)), by=request.user)
        shape = shapes.RunShape(run).data
        if run.state == RunState.REFUSED:
            return errors.refused_rows(run.reasons, run=shape)
        return Response(shape, status=201)


class OneRun(APIView):
    @extend_schema(responses=shapes.RunShape)
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(shapes.RunShape(access.fetch(request.user, Run, pk)).data)


class Story(APIView):
    """Everything the ledger holds of a run and of what went into it, as far as whoever asks may see it."""

    @extend_schema(responses=shapes.StoryShape)
    def get(self, request: Any, pk: UUID) -> Any:
        run = access.fetch(request.user, Run, pk)
        return Response(shapes.StoryShape(story.tell(request.user, run)).data)


class Stop(APIView):
    @extend_schema(request=None, responses=shapes.RunShape)
    def post(self, request: Any, pk: UUID) -> Any:
        run = access.fetch(request.user, Run, pk)
        access.require(request.user, run.production, Role.PRODUCER)
        return Response(shapes.RunShape(services.stop(run, by=request.user)).data)


class Outputs(APIView):
    @extend_schema(responses=shapes.OutputShape(many=True))
    def get(self, request: Any) -> Any:
        rows = access.visible(request.user, Output).order_by("-published_at")
        return Response(shapes.OutputShape(rows, many=True).data)


class OneOutput(APIView):
    @extend_schema(responses=shapes.OutputShape)
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(shapes.OutputShape(access.fetch(request.user, Output, pk)).data)


class Content(APIView):
    @extend_schema(responses={(200, "video/mp4"): OpenApiTypes.BINARY})
    def get(self, request: Any, pk: UUID) -> Any:
        output = access.fetch(request.user, Output, pk)
        path = services.open_output(output, by=request.user)
        name = f"{output.run.title}.mp4"
        file = Served(
            opens=lambda: path.open("rb"), media_type="video/mp4", filename=name, etag=output.sha256, download=True
        )
        return serve(request, file)


def _order(person: Person, production: Production, ask: dict[str, Any]) -> services.Order:
    for field, model in (
        ("likeness", Performer),
        ("plate_performer", Performer),
        ("footage", Footage),
        ("plate", Footage),
    ):
        ask[field] = access.fetch(person, model, ask[field])
    if ask["plate"].production_id != production.pk:
        raise access.NotYoursError("There is no such clip in this production.")
    return services.Order(**declaring(ask))


def _start(order: services.Order, *, by: Person) -> Run:
    try:
        return services.start(order, by=by)
    except OrderError as error:
        raise ValidationError({error.field: [str(error)]}) from error
