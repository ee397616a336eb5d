"""A performer's face: pictures sent, confirmed by a second person, rejected."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import services as consents
from consent.models import Performer
from consent.types import Refusal
from countersign import errors, uploads
from countersign.accounts import access
from countersign.accounts.models import Role
from countersign.api import asks_faces, doors, shapes, shapes_faces
from countersign.runs import enrolling, reviews
from countersign.runs.enrolling import Pictures
from countersign.runs.face_models import FaceVerdict
from countersign.runs.models import Enrolment, EnrolmentState, FaceTrack

WAITING = {"id": "3f0c1a52-6f1e-4a53-9a57-0f6f7a2f9d10", "state": "waiting", "way": "clip", "own": True, "reasons": []}
ONE = OpenApiExample("Being measured", value=WAITING, response_only=True)
DONE = OpenApiExample("Confirmed", value={**WAITING, "state": "done"}, response_only=True)

UNSURE = {"id": 7, "number": 2, "best": {"id": WAITING["id"], "name": "Idris Vane"}, "score": 0.41, "threshold": 0.45}
SAID = {"verdict": "same-person", "reason": "Same ear lobes and the scar over the left brow."}


class Enrolments(APIView):
    """The crew sends pictures of a performer."""

    takes = staticmethod(lambda: uploads.ENROLMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": asks_faces.Pictures}, responses={202: shapes.EnrolmentShape}, examples=[ONE]
    )
    def post(self, request: Any, pk: UUID, performer_pk: UUID) -> Any:
        return _enrol(request, access.performer_in(request.user, pk, performer_pk, Role.PRODUCER)[1])


class OneEnrolment(APIView):
    @extend_schema(responses=shapes.EnrolmentShape, examples=[ONE])
    def get(self, request: Any, pk: UUID, performer_pk: UUID, enrolment_pk: UUID) -> Any:
        _, performer = access.performer_in(request.user, pk, performer_pk)
        enrolment = Enrolment.objects.filter(performer=performer, pk=enrolment_pk).first()
        if enrolment is None:
            raise access.NotYoursError("There is no such enrolment.")
        return Response(shapes.EnrolmentShape(enrolment).data)


class MyPasscode(APIView):
    @extend_schema(
        request=None,
        responses={201: shapes_faces.PasscodeShape},
        examples=[OpenApiExample("Told once", value={"passcode": "482 913"}, response_only=True)],
    )
    def post(self, request: Any) -> Any:
        me = access.own_performer(request.user)
        code = consents.make_passcode(me, by=request.user, now=timezone.now())
        return Response(shapes_faces.PasscodeShape({"passcode": code}).data, status=201)


class MyEnrolments(APIView):
    """Performers send their own, with the passcode of the day."""

    takes = staticmethod(lambda: uploads.ENROLMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": asks_faces.Pictures}, responses={202: shapes.EnrolmentShape}, examples=[ONE]
    )
    def post(self, request: Any) -> Any:
        return _enrol(request, access.own_performer(request.user))


class Confirmation(APIView):
    @extend_schema(request=None, responses=shapes.EnrolmentShape, examples=[DONE])
    def post(self, request: Any, pk: UUID) -> Any:
        answer = enrolling.confirm(access.enrolment_to_confirm(request.user, pk), by=request.user)
        return doors.answered(answer, shapes.EnrolmentShape)


class Rejection(APIView):
    @extend_schema(request=None, responses=shapes.EnrolmentShape, examples=[ONE])
    def post(self, request: Any, pk: UUID) -> Any:
        answer = enrolling.reject(access.enrolment_to_confirm(request.user, pk), by=request.user)
        return doors.answered(answer, shapes.EnrolmentShape)


def _enrol(request: Any, performer: Performer) -> Any:
    said = doors.asked(asks_faces.Pictures, request)
    enrolment = enrolling.enrol(performer, _sent(said), by=request.user)
    shape = shapes.EnrolmentShape(enrolment).data
    if enrolment.state == EnrolmentState.REFUSED:
        return errors.refused_rows(enrolment.refusal, enrolment=shape)
    return Response(shape, status=202)


def _sent(fields: dict[str, Any]) -> Pictures:
    if clip := fields.get("clip"):
        return Pictures(clip=uploads.small(clip, uploads.SITTING_MAX_BYTES), passcode=fields["passcode"])
    stills = [uploads.small(still, uploads.STILL_MAX_BYTES) for still in fields["stills"]]
    return Pictures(stills=stills, passcode=fields["passcode"])


class Reviews(APIView):
    """The faces that wait for whoever asks."""

    @extend_schema(
        responses=shapes_faces.UnsureFaceShape(many=True),
        examples=[OpenApiExample("One", value=UNSURE, response_only=True)],
    )
    def get(self, request: Any) -> Any:
        return Response(shapes_faces.UnsureFaceShape(reviews.waiting(request.user), many=True).data)


class OneReview(APIView):
    @extend_schema(
        request=asks_faces.FaceReview,
        responses={201: shapes_faces.FaceReviewShape},
        examples=[
            OpenApiExample("The same person", value=SAID, request_only=True),
            OpenApiExample("Taken", value={**SAID, "track": 2, "settled": ""}, response_only=True),
        ],
    )
    def post(self, request: Any, pk: int) -> Any:
        track = access.fetch(request.user, FaceTrack, pk)
        access.require(request.user, track.footage.production, Role.LEGAL, Role.ARTIST)
        said = doors.asked(asks_faces.FaceReview, request)
        answer = reviews.review(track, verdict=FaceVerdict(said["verdict"]), reason=said["reason"], by=request.user)
        if isinstance(answer, Refusal):
            return errors.refused(answer)
        shape = {"track": answer.track, **said, "settled": reviews.settled(track)}
        return Response(shapes_faces.FaceReviewShape(shape).data, status=201)
