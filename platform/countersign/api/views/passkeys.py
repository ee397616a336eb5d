"""Passkeys for programs: a question is asked for first, and its answer sent back."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.types import Refusal
from countersign import errors
from countersign.accounts import access, keyring as keys, signing_in
from countersign.accounts.models import Passkey
from countersign.api import doors, keyring, shapes


class Options(APIView):
    @extend_schema(request=None, responses=keyring.AskedShape, examples=[keyring.ASKED])
    def post(self, request: Any) -> Any:
        """The question for a new passkey of yours. Refused unless your token was made in the last ten minutes."""
        return doors.answered(keys.ask_new(request.user, fresh=signing_in.is_fresh(request)), keyring.AskedShape)


class Passkeys(APIView):
    @extend_schema(responses=keyring.PasskeyShape(many=True))
    def get(self, request: Any) -> Any:
        return Response(keyring.PasskeyShape(access.visible(request.user, Passkey), many=True).data)

    @extend_schema(request=keyring.NewPasskey, responses={201: keyring.PasskeyShape}, examples=[keyring.NEW])
    def post(self, request: Any) -> Any:
        said = doors.asked(keyring.NewPasskey, request)
        added = keys.add(request.user, said["ceremony"], response=said["credential"], label=said["label"])
        return doors.answered(added, keyring.PasskeyShape, status=201)


class OnePasskey(APIView):
    @extend_schema(request=keyring.Label, responses=keyring.PasskeyShape)
    def patch(self, request: Any, pk: UUID) -> Any:
        passkey = access.fetch(request.user, Passkey, pk)
        label = doors.asked(keyring.Label, request)["label"]
        return doors.answered(keys.rename(passkey, label=label), keyring.PasskeyShape)

    @extend_schema(responses={204: None})
    def delete(self, request: Any, pk: UUID) -> Any:
        """Refused for your last passkey if you have no password."""
        removed = keys.remove(access.fetch(request.user, Passkey, pk))
        return errors.refused(removed) if isinstance(removed, Refusal) else Response(status=204)


class TokenOptions(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=keyring.Email, responses=keyring.AskedShape, auth=[], examples=[keyring.ASKED])
    def post(self, request: Any) -> Any:
        """The question by whose answer you sign in."""
        email = doors.asked(keyring.Email, request)["email"]
        return doors.answered(signing_in.ask_passkey(request._request, email=email), keyring.AskedShape)


class Tokens(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=keyring.Answer, responses={201: shapes.Token}, auth=[], examples=[keyring.ANSWERED])
    def post(self, request: Any) -> Any:
        """Sign in with a passkey instead of a password."""
        said = doors.asked(keyring.Answer, request)
        person = signing_in.check_passkey(said["ceremony"], response=said["credential"])
        row, token = signing_in.token(person)
        return Response(shapes.Token({"token": token, "expires_at": row.expiry, "person": person}).data, status=201)
