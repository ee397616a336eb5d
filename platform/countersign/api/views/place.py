"""A performer's own place, for programs: shots that wait for their word, and the statement of use."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.response import Response
from rest_framework.views import APIView

from countersign import statement
from countersign.accounts import access
from countersign.api import doors
from countersign.runs import approvals
from countersign.runs.shot_models import Shot, ShotWord

SHOT = OpenApiExample(
    "A shot that waits",
    value={
        "id": "0b9a8f6e-3c1d-4a55-9c33-1c6a3a9f1a11",
        "output": "6ad3cf3e-2f0b-4c43-9d6b-52a3f8a6d4a7",
        "title": "Bridge, take 3",
        "scene": "Scene 12, the bridge at night",
        "consent": "5b0c1c52-9b3a-4a53-8f0e-6f3f6f0a8a11",
        "word": "waiting",
        "reason": "",
        "asked_at": "2026-11-24T10:39:39Z",
        "decided_at": None,
    },
    response_only=True,
)
WORD = OpenApiExample("Declined", value={"word": "declined", "reason": "My mouth looks wrong."}, request_only=True)


class ShotShape(s.ModelSerializer):
    title = s.CharField(source="output.run.title")
    scene = s.CharField(source="output.run.scene")

    class Meta:
        model = Shot
        fields = ("id", "output", "title", "scene", "consent", "word", "reason", "asked_at", "decided_at")


class Word(s.Serializer):
    word = s.ChoiceField([ShotWord.APPROVED.value, ShotWord.DECLINED.value])
    reason = s.CharField(max_length=500, allow_blank=True, default="")


class Shots(APIView):
    @extend_schema(responses=ShotShape(many=True), examples=[SHOT])
    def get(self, request: Any) -> Any:
        """Every shot that waits for your word, or had it."""
        rows = access.shots(request.user).select_related("output__run")
        return Response(ShotShape(rows, many=True).data)


class OneShot(APIView):
    @extend_schema(request=Word, responses=ShotShape, examples=[WORD, SHOT])
    def post(self, request: Any, pk: UUID) -> Any:
        """Approve or decline: once, and by the performer alone."""
        shot = access.fetch(request.user, Shot, pk)
        said = doors.asked(Word, request)
        result = approvals.decide(shot, word=ShotWord(said["word"]), reason=said["reason"], by=request.user)
        return doors.answered(result, ShotShape)


class Statement(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("form", enum=list(statement.FORMS))],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Any) -> Any:
        """Every run, output and second of screen time under your consents."""
        me = access.own_performer(request.user)
        form = "csv" if request.query_params.get("form") == "csv" else "pdf"
        paper = statement.made(me, form=form, by=request.user)
        headers = {"Content-Disposition": content_disposition_header(True, paper.filename) or "attachment"}
        kind = "application/pdf" if form == "pdf" else "text/csv; charset=utf-8"
        return HttpResponse(paper.content, content_type=kind, headers=headers)
