"""Rules of a house, proposals to change them, strikes and appeals: what the pages of legal do, for programs."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.models import PolicyVersion, Strike
from consent.policy import packs
from consent.services import houses, rulebook
from consent.types import Assurance, KindOfUse
from countersign.accounts import access
from countersign.accounts.models import Production, Role
from countersign.api import asks_rules as asks, doors
from countersign.runs import appeals, rulings
from countersign.runs.models import Appeal, Run


class Rules(APIView):
    @extend_schema(responses=asks.RulesShape)
    def get(self, request: Any, pk: UUID) -> Any:
        house = access.house(request.user, pk)
        rules = houses.of(house.pk).rules
        said = {
            "sha256": rules.sha256 if rules else None,
            "choices": asks.plain(rules.choices) if rules else None,
            "packs": rules.packs if rules else (),
            "versions": access.visible(request.user, PolicyVersion).filter(organisation=house),
            "strikes": access.visible(request.user, Strike).filter(organisation=house, lifted_at=None),
        }
        return Response(asks.RulesShape(said).data)

    @extend_schema(request=asks.NewRules, responses={201: asks.VersionShape}, examples=[asks.PROPOSED])
    def post(self, request: Any, pk: UUID) -> Any:
        """A proposal: in force once a second person from legal approves it."""
        house = access.house(request.user, pk)
        said = doors.asked(asks.NewRules, request)
        words, choices = said.pop("words"), _chosen(rulebook.base(house.pk).choices, said)
        version = rulebook.propose_choices(house.pk, choices=choices, words=words, by=request.user)
        return Response(asks.VersionShape(version).data, status=201)


class Preview(APIView):
    @extend_schema(responses=asks.PreviewShape, examples=[asks.LOOKED_AT])
    def get(self, request: Any, pk: UUID) -> Any:
        """What the proposed rules would change, by asking the gate itself."""
        return Response(asks.PreviewShape(rulings.preview(_version(request, pk))).data)


class Approve(APIView):
    @extend_schema(request=None, responses=asks.VersionShape)
    def post(self, request: Any, pk: UUID) -> Any:
        return doors.answered(rulings.approve(_version(request, pk), by=request.user), asks.VersionShape)


class Reject(APIView):
    @extend_schema(request=None, responses=asks.VersionShape)
    def post(self, request: Any, pk: UUID) -> Any:
        return doors.answered(rulebook.reject(_version(request, pk), by=request.user), asks.VersionShape)


class Strikes(APIView):
    @extend_schema(request=asks.NewStrike, responses={201: asks.StrikeShape}, examples=[asks.CALLED])
    def post(self, request: Any, pk: UUID) -> Any:
        """From now on nothing is made of the union's members, and what is under way stops."""
        house = access.house(request.user, pk)
        said = doors.asked(asks.NewStrike, request)
        production = access.fetch(request.user, Production, said["production"]) if said["production"] else None
        strike = rulings.call_strike(house, union=said["union"], production=production, by=request.user)
        return Response(asks.StrikeShape(strike).data, status=201)


class LiftStrike(APIView):
    @extend_schema(request=None, responses=asks.StrikeShape)
    def post(self, request: Any, pk: UUID) -> Any:
        """Lifted by a second person, never by whoever called it."""
        strike = access.fetch(request.user, Strike, pk)
        return doors.answered(rulings.lift_strike(strike, by=request.user), asks.StrikeShape)


class NewAppeal(APIView):
    @extend_schema(request=asks.AppealWords, responses={201: asks.AppealShape}, examples=[asks.APPEALED])
    def post(self, request: Any, pk: UUID) -> Any:
        """Ask legal to look at a refused run. It overrides nothing."""
        run = access.fetch(request.user, Run, pk)
        access.require(request.user, run.production, Role.PRODUCER, Role.ARTIST)
        appeal = appeals.make(run, words=doors.asked(asks.AppealWords, request)["words"], by=request.user)
        return Response(asks.AppealShape(appeal).data, status=201)


class OneAppeal(APIView):
    @extend_schema(responses=asks.AppealShape)
    def get(self, request: Any, pk: UUID) -> Any:
        return Response(asks.AppealShape(access.fetch(request.user, Appeal, pk)).data)

    @extend_schema(request=asks.AppealWords, responses=asks.AppealShape, examples=[asks.ANSWERED])
    def post(self, request: Any, pk: UUID) -> Any:
        """Legal's answer, once. The refusal stays."""
        appeal = access.fetch(request.user, Appeal, pk)
        access.require(request.user, appeal.run.production, Role.LEGAL)
        words = doors.asked(asks.AppealWords, request)["words"]
        return doors.answered(appeals.answer(appeal, words=words, by=request.user), asks.AppealShape)


def _version(request: Any, pk: UUID) -> PolicyVersion:
    row = access.fetch(request.user, PolicyVersion, pk)
    if row.organisation_id is None:
        raise access.NotYoursError("There are no such rules for you.")
    return row


def _chosen(now: packs.Choices, said: dict[str, Any]) -> packs.Choices:
    levels = {KindOfUse(kind): Assurance(level) for kind, level in said.pop("levels", {}).items()}
    for name in ("level_for_training", "level_for_minors"):
        if name in said:
            said[name] = Assurance(said[name])
    return replace(now, levels={**now.levels, **levels}, off=tuple(said.pop("off", now.off)), **said)
