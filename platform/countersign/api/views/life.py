"""The life of a consent: drafted, offered, taken back, declined, amended, suspended, lifted."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import services as consents
from consent.models import ConsentRecord, Performer
from consent.types import Refusal, Suspension
from countersign import drafts, errors
from countersign.accounts import access
from countersign.accounts.models import Production, Role
from countersign.api import asks_life, doors, offers, shapes
from countersign.runs import standing


class Drafts(APIView):
    @extend_schema(request=offers.NewConsent, responses={201: shapes.ConsentShape}, examples=[offers.EXAMPLE])
    def post(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        access.require(request.user, production, Role.PRODUCER)
        fields = doors.asked(offers.NewConsent, request)
        performer = access.fetch(request.user, Performer, fields.pop("performer"))
        record = drafts.kept(production, performer=performer, fields=fields, by=request.user)
        return Response(shapes.ConsentShape(record).data, status=201)


class OneDraft(APIView):
    @extend_schema(request=offers.NewConsent, responses=shapes.ConsentShape, examples=[asks_life.AMENDED])
    def patch(self, request: Any, pk: UUID) -> Any:
        record = _of(request, pk, Role.PRODUCER)
        return _answer(drafts.edited(record, fields=_changes(request), by=request.user))

    @extend_schema(responses={204: None})
    def delete(self, request: Any, pk: UUID) -> Any:
        refused = consents.discard(_of(request, pk, Role.PRODUCER), by=request.user)
        return errors.refused(refused) if refused else Response(status=204)


class OfferDraft(APIView):
    @extend_schema(request=None, responses={200: shapes.ConsentShape, 422: offers.LACKING})
    def post(self, request: Any, pk: UUID) -> Any:
        return _answer(drafts.offered(_of(request, pk, Role.PRODUCER), by=request.user))


class Amendment(APIView):
    @extend_schema(request=offers.NewConsent, responses={201: shapes.ConsentShape}, examples=[asks_life.AMENDED])
    def post(self, request: Any, pk: UUID) -> Any:
        """A draft with the terms of this consent, changed where a field is given; it takes its place once approved."""
        record = _of(request, pk, Role.PRODUCER)
        return _answer(drafts.amended(record, fields=_changes(request), by=request.user), status=201)


class TakeBack(APIView):
    @extend_schema(request=None, responses=shapes.ConsentShape)
    def post(self, request: Any, pk: UUID) -> Any:
        return _answer(consents.take_back(_of(request, pk, Role.PRODUCER), by=request.user))


class Decline(APIView):
    @extend_schema(request=asks_life.Words, responses=shapes.ConsentShape, examples=[asks_life.DECLINED])
    def post(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require_performer(request.user, record, to="decline")
        words = doors.asked(asks_life.Words, request)["words"]
        return _answer(consents.decline(record, by=request.user, words=words))


class Suspend(APIView):
    @extend_schema(request=asks_life.NewSuspension, responses=shapes.ConsentShape, examples=[asks_life.SUSPENDED])
    def post(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require_withdrawer(request.user, record)
        said = doors.asked(asks_life.NewSuspension, request)
        why = Suspension(said["why"])
        return _answer(standing.suspend(record, by=request.user, why=why, words=said["words"]))


class Lift(APIView):
    @extend_schema(request=None, responses=shapes.ConsentShape)
    def post(self, request: Any, pk: UUID) -> Any:
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require_withdrawer(request.user, record)
        return _answer(consents.lift(record, by=request.user))


def _of(request: Any, pk: UUID, role: Role) -> ConsentRecord:
    record = access.fetch(request.user, ConsentRecord, pk)
    access.require(request.user, record.production, role)
    return record


def _changes(request: Any) -> dict[str, Any]:
    """Only what was said; whose consent it is never changes."""
    fields = doors.asked(offers.NewConsent, request, partial=True)
    fields.pop("performer", None)
    return fields


def _answer(result: ConsentRecord | Refusal, status: int = 200) -> Any:
    return doors.answered(result, shapes.ConsentShape, status=status)
