"""Who signs for a performer, and what shows that they may: kept and judged by legal."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import services as consents
from consent.models import Proof, Signatory
from consent.types import Capacity, ProofKind
from countersign import uploads
from countersign.accounts import access
from countersign.api import asks, asks_life, doors
from countersign.runs import standing


class Signatories(APIView):
    @extend_schema(responses=asks_life.SignatoryShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        performer = access.fetch_for_legal(request.user, pk)
        return Response(asks_life.SignatoryShape(performer.signatories.all(), many=True).data)

    @extend_schema(
        request=asks_life.NewSignatory, responses={201: asks_life.SignatoryShape}, examples=[asks_life.GUARDIAN]
    )
    def post(self, request: Any, pk: UUID) -> Any:
        performer = access.fetch_for_legal(request.user, pk)
        said = doors.asked(asks_life.NewSignatory, request)
        capacity = Capacity(said.pop("capacity"))
        made = consents.add_signatory(performer, capacity=capacity, by=request.user, **said)
        return Response(asks_life.SignatoryShape(made).data, status=201)


class SignatoryCertificate(APIView):
    takes = staticmethod(lambda: uploads.DOCUMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": asks.Certificate}, responses=asks_life.SignatoryShape)
    def put(self, request: Any, pk: UUID) -> Any:
        signatory = access.fetch(request.user, Signatory, pk)
        pem = uploads.small(doors.asked(asks.Certificate, request)["certificate"])
        result = consents.bind_signatory(signatory, certificate_pem=pem, by=request.user)
        return doors.answered(result, asks_life.SignatoryShape)


class Proofs(APIView):
    takes = staticmethod(lambda: uploads.DOCUMENT_MAX_BYTES)
    parser_classes = (MultiPartParser,)

    @extend_schema(responses=asks_life.SignerProofShape(many=True))
    def get(self, request: Any, pk: UUID) -> Any:
        performer = access.fetch_for_legal(request.user, pk)
        return Response(asks_life.SignerProofShape(performer.proofs.defer("document"), many=True).data)

    @extend_schema(request={"multipart/form-data": asks_life.NewProof}, responses={201: asks_life.SignerProofShape})
    def post(self, request: Any, pk: UUID) -> Any:
        performer = access.fetch_for_legal(request.user, pk)
        said = doors.asked(asks_life.NewProof, request)
        of = said["signatory"] and access.fetch(request.user, Signatory, said["signatory"])
        made = consents.add_proof(
            performer,
            kind=ProofKind(said["kind"]),
            document=uploads.small(said["document"]),
            signatory=of or None,
            valid_until=said["valid_until"],
            by=request.user,
        )
        return Response(asks_life.SignerProofShape(made).data, status=201)


class ProofDocument(APIView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Any, pk: UUID) -> Any:
        proof = access.fetch(request.user, Proof, pk)
        headers = {"Content-Disposition": f'attachment; filename="{proof.kind}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(proof.document), content_type="application/octet-stream", headers=headers)


class ProofReview(APIView):
    @extend_schema(request=asks_life.ProofReviewed, responses=asks_life.SignerProofShape, examples=[asks_life.REVIEWED])
    def post(self, request: Any, pk: UUID) -> Any:
        proof = access.fetch(request.user, Proof, pk)
        approved = doors.asked(asks_life.ProofReviewed, request)["approved"]
        result = consents.review_proof(proof, approved=approved, by=request.user)
        return doors.answered(result, asks_life.SignerProofShape)


class Birth(APIView):
    @extend_schema(request=asks_life.Birth, responses=asks_life.LivesShape, examples=[asks_life.BORN])
    def put(self, request: Any, pk: UUID) -> Any:
        performer = access.fetch_for_legal(request.user, pk)
        born = doors.asked(asks_life.Birth, request)["born"]
        return doors.answered(consents.record_birth(performer, born=born, by=request.user), asks_life.LivesShape)


class Death(APIView):
    @extend_schema(request=None, responses=asks_life.LivesShape)
    def post(self, request: Any, pk: UUID) -> Any:
        performer = access.fetch_for_legal(request.user, pk)
        return doors.answered(standing.record_death(performer, by=request.user), asks_life.LivesShape)
