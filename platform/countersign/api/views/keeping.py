"""Legal holds, retention schedules, erasure."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.models import Performer
from consent.types import Refusal
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.api import asks, shapes
from countersign.keeping import erasing, holds, plans, retention, subjects
from countersign.keeping.models import Hold, Schedule
from countersign.keeping.schedule import Since, Terms, What
from countersign.keeping.subjects import MODELS


class Holds(APIView):
    @extend_schema(responses=shapes.HoldShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        production = _as_legal(request.user, pk)
        rows = access.visible(request.user, Hold).filter(production=production)
        return Response(shapes.HoldShape(rows, many=True).data)

    @extend_schema(request=asks.NewHold, responses={201: shapes.HoldShape})
    def post(self, request: Any, pk: UUID) -> Any:
        production = _as_legal(request.user, pk)
        ask = asks.NewHold(data=request.data)
        ask.is_valid(raise_exception=True)
        kind, _, number = ask.validated_data["subject"].partition(":")
        row = access.fetch(request.user, MODELS[kind], number)
        _belongs(subjects.of(row), production)
        hold = holds.place(production, subject=subjects.of(row), reason=ask.validated_data["reason"], by=request.user)
        return Response(shapes.HoldShape(hold).data, status=201)


class Lift(APIView):
    @extend_schema(request=None, responses=shapes.HoldShape)
    def post(self, request: Any, pk: UUID) -> Any:
        result = holds.lift(access.fetch(request.user, Hold, pk), by=request.user)
        return errors.refused(result) if isinstance(result, Refusal) else Response(shapes.HoldShape(result).data)


class Schedules(APIView):
    @extend_schema(responses=shapes.ScheduleShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        rows = Schedule.objects.filter(production=_as_legal(request.user, pk)).order_by("what")
        return Response(shapes.ScheduleShape(rows, many=True).data)


class OneSchedule(APIView):
    @extend_schema(
        operation_id="productions_retention_preview",
        parameters=[asks.NewSchedule],
        responses=shapes.CandidateShape(many=True),
    )
    def get(self, request: Any, pk: UUID, what: str) -> Any:
        """What such a schedule would destroy, and when. Nothing is set."""
        found = retention.preview(_as_legal(request.user, pk), _terms(request.query_params, what))
        return Response(shapes.CandidateShape(found, many=True).data)

    @extend_schema(request=asks.NewSchedule, responses=shapes.ScheduleShape)
    def put(self, request: Any, pk: UUID, what: str) -> Any:
        production = _as_legal(request.user, pk)
        row = retention.schedule(production, _terms(request.data, what), by=request.user)
        return Response(shapes.ScheduleShape(row).data)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Any, pk: UUID, what: str) -> Any:
        retention.end(_as_legal(request.user, pk), _what(what), by=request.user)
        return Response(status=204)


class Erasure(APIView):
    @extend_schema(responses=shapes.PlanShape)
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(shapes.PlanShape(plans.plan(_to_erase(request.user, pk))).data)

    @extend_schema(request=asks.Erasure, responses=shapes.PlanShape)
    def post(self, request: Any, pk: UUID) -> Any:
        performer = _to_erase(request.user, pk)
        ask = asks.Erasure(data=request.data)
        ask.is_valid(raise_exception=True)
        result = erasing.erase(performer, by=request.user, confirmed=ask.validated_data["plan"])
        return errors.refused(result) if isinstance(result, Refusal) else Response(shapes.PlanShape(result).data)


def _as_legal(person: Person, pk: UUID) -> Production:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.LEGAL)
    return production


def _to_erase(person: Person, pk: UUID) -> Performer:
    performer = access.fetch(person, Performer, pk)
    access.require_eraser(person, performer)
    return performer


def _belongs(subject: str, production: Production) -> None:
    if subject not in {one for _, group in subjects.choices(production) for one, _ in group}:
        raise access.NotYoursError("There is no such thing in this production.")


def _what(what: str) -> What:
    try:
        return What(what)
    except ValueError as error:
        raise access.NotYoursError("There is no schedule for such a thing.") from error


def _terms(data: Any, what: str) -> Terms:
    kind, ask = _what(what), asks.NewSchedule(data=data)
    ask.is_valid(raise_exception=True)
    said = ask.validated_data
    return Terms(what=kind, since=Since(said["since"]), days=said["days"], law=said["law"])
