"""Inviting performers, coming in by an invitation, and confirming who came."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.models import Performer
from consent.services import identity
from consent.types import Refusal
from countersign import errors
from countersign.accounts import access, invitations, signing_in
from countersign.accounts.invitations import Guest
from countersign.accounts.models import Invitation, Passkey, Person, Role
from countersign.api import doors, keyring, shapes


class Invitations(APIView):
    @extend_schema(request=keyring.Invite, responses={201: keyring.SentShape}, examples=[keyring.INVITED])
    def post(self, request: Any, pk: UUID, performer_pk: UUID) -> Any:
        """Invite a performer. An invitation of theirs that is open is taken back."""
        production, performer = access.performer_in(request.user, pk, performer_pk, Role.PRODUCER, Role.LEGAL)
        email = doors.asked(keyring.Invite, request)["email"]
        sent = invitations.invite(performer, production, email=email, by=request.user)
        if isinstance(sent, Refusal):
            return errors.refused(sent)
        return Response(keyring.SentShape(invitations.mail(sent)).data, status=201)


class OneInvitation(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Any, pk: UUID) -> Any:
        """Take an invitation back."""
        invitation = access.fetch(request.user, Invitation, pk)
        access.require(request.user, invitation.production, Role.PRODUCER, Role.LEGAL)
        invitations.revoke(invitation, by=request.user)
        return Response(status=204)


class Shown(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(request=keyring.Link, responses=keyring.InvitationShape, examples=[keyring.OPENED])
    def post(self, request: Any) -> Any:
        """Who invites whom, and to what. Nothing is accepted by looking."""
        invitation, guest, _ = _opened(request, keyring.Link)
        reason = invitations.against(invitation, guest.person)
        if reason:
            return errors.refused(Refusal(reasons=(reason,), decided_at=invitation.made_at))
        return Response(keyring.InvitationShape(invitation).data)


class Options(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(request=keyring.Link, responses=keyring.AskedShape, examples=[keyring.OPENED, keyring.ASKED])
    def post(self, request: Any) -> Any:
        """The question for the passkey by which the invited person will sign in."""
        signing_in.count_question(request._request)
        invitation, guest, _ = _opened(request, keyring.Link)
        if not (guest.person or guest.email):
            raise ValidationError({"email": ["The invitation names no address, so please write yours."]})
        return doors.answered(invitations.ask(invitation, guest), keyring.AskedShape)


class Accepted(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(request=keyring.Acceptance, responses={201: shapes.Token}, examples=[keyring.ACCEPTED])
    def post(self, request: Any) -> Any:
        """Come in as the performer; the answer holds a token, as signing in does."""
        invitation, guest, said = _opened(request, keyring.Acceptance)
        answer = {"pk": said["ceremony"], "response": said["credential"], "label": said["label"]}
        person = invitations.accept(invitation, guest, **answer)
        if isinstance(person, Refusal):
            return errors.refused(person)
        row, token = signing_in.token(person)
        return Response(shapes.Token({"token": token, "expires_at": row.expiry, "person": person}).data, status=201)


class Identity(APIView):
    @extend_schema(responses=keyring.IdentityShape)
    def get(self, request: Any, pk: UUID, performer_pk: UUID) -> Any:
        """The performer's passkeys: those that sign for them, and those that nobody has confirmed yet."""
        return _identity(access.performer_in(request.user, pk, performer_pk, Role.LEGAL)[1])

    @extend_schema(request=keyring.Confirmation, responses=keyring.IdentityShape, examples=[keyring.CONFIRMED])
    def post(self, request: Any, pk: UUID, performer_pk: UUID) -> Any:
        """Confirm that passkeys are the performer's. Refused to whoever invited them."""
        _, performer = access.performer_in(request.user, pk, performer_pk, Role.LEGAL)
        passkeys = doors.asked(keyring.Confirmation, request)["passkeys"]
        result = identity.confirm(performer, passkeys=passkeys, by=request.user)
        return errors.refused(result) if isinstance(result, Refusal) else _identity(result)


def _opened(request: Any, kind: Any) -> tuple[Invitation, Guest, dict[str, Any]]:
    said = doors.asked(kind, request)
    invitation = invitations.found(said["token"])
    person = request.user if isinstance(request.user, Person) else None
    address = signing_in.address(request._request)
    return invitation, Guest(person=person, email=invitation.email or said["email"], address=address), said


def _identity(performer: Performer) -> Any:
    known = identity.confirmed(performer)
    rows = list(Passkey.objects.filter(person=performer.person_id, removed_at=None)) if performer.person_id else []
    both = {
        "confirmed": [row for row in rows if row.sha256 in known],
        "waiting": [row for row in rows if row.sha256 not in known],
    }
    return Response(keyring.IdentityShape(both).data)
