"""What would be allowed? Answered before anything is uploaded; nothing is reserved or written down."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import record
from consent.models import Performer
from consent.types import KindOfUse, Part
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.api import asks_shots
from countersign.runs import asking

EXAMPLE = OpenApiExample(
    "A swap in a trailer",
    value={
        "kind": "swap",
        "likeness": "8f3c9a1e-0000-4000-8000-000000000001",
        "plate_performer": "8f3c9a1e-0000-4000-8000-000000000002",
        "seconds": 4.5,
        "scene": "Scene 12",
        "medium": "cinema",
        "territories": ["GB"],
        "output_class": "trailer",
        "contexts": ["weapons"],
    },
    request_only=True,
)


class WhatIf(APIView):
    @extend_schema(request=asks_shots.WhatIf, responses=asks_shots.WouldBe, examples=[EXAMPLE])
    def post(self, request: Any, pk: UUID) -> Any:
        production = access.fetch(request.user, Production, pk)
        access.require(request.user, production, Role.PRODUCER, Role.ARTIST)
        ask = asks_shots.WhatIf(data=request.data)
        ask.is_valid(raise_exception=True)
        question = _question(request.user, production, dict(ask.validated_data))
        found = asking.answer(question, by=request.user)
        said = {
            "allowed": found.allowed,
            "reasons": record.reasons_to_json(found.reasons),
            "left": found.left,
            "note": asking.NOTE,
        }
        return Response(asks_shots.WouldBe(said).data)


def _question(person: Person, production: Production, said: dict[str, Any]) -> asking.Question:
    named = ((Part.LIKENESS, said.pop("likeness", None)), (Part.PLATE, said.pop("plate_performer", None)))
    return asking.Question(
        production=production,
        kind=KindOfUse(said.pop("kind")),
        people={part: access.fetch(person, Performer, pk) for part, pk in named if pk is not None},
        seconds=said.pop("seconds"),
        trains=said.pop("trains"),
        declared={**said, "reuses_model": False},
    )
