"""Signing, confirming, approving and withdrawing consents by passkey: each asks first, and is answered once."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from consent import plain
from consent.models import ConsentRecord
from consent.services import signing
from countersign import signatures
from countersign.accounts import access
from countersign.accounts.models import Role
from countersign.api import doors, keyring, shapes
from countersign.signatures import Given


class Shown(APIView):
    @extend_schema(request=keyring.Together, responses=keyring.ShownShape, examples=[keyring.SHOWN])
    def post(self, request: Any, pk: UUID) -> Any:
        """What is to be read before it is signed: the words beside each document, and the digest of all of it.

        Fetch each document too (`/api/consents/{id}/document?version=offered`): what was not fetched is not signed.
        """
        records, _ = _records(request, pk, keyring.Together)
        purpose = signing.waits(records[0])
        if purpose is None:
            raise ValidationError({"detail": ["This consent does not wait for a signature."]})
        leaves = signatures.leaves(records)
        summaries = [{"consent": leaf.record.pk, "summary": plain.to_json(leaf.summary)} for leaf in leaves]
        return Response({"consents": summaries, "shown_sha256": signatures.seen(records, purpose=purpose)})


class Options(APIView):
    @extend_schema(request=keyring.Seen, responses=keyring.AskedShape, examples=[keyring.SEEN, keyring.ASKED])
    def post(self, request: Any, pk: UUID) -> Any:
        """The question to the performer's passkey, over the digest of exactly what was shown."""
        records, said = _records(request, pk, keyring.Seen)
        found = signatures.ask_to_sign(records, saw=said["shown_sha256"], by=request.user)
        return doors.answered(found, keyring.AskedShape)


class Signature(APIView):
    @extend_schema(request=keyring.Signing, responses=shapes.ConsentShape(many=True), examples=[keyring.ANSWERED])
    def post(self, request: Any, pk: UUID) -> Any:
        """Sign; or confirm a scan or a platform's seal. The platform seals what is signed here a moment later."""
        records, said = _records(request, pk, keyring.Signing)
        given = Given(ceremony=said["ceremony"], response=said["credential"])
        result = signatures.sign(records, given, by=request.user)
        return doors.answered(result, shapes.ConsentShape, many=True)


class ApprovalOptions(APIView):
    @extend_schema(request=None, responses=keyring.AskedShape, examples=[keyring.ASKED])
    def post(self, request: Any, pk: UUID) -> Any:
        """The question to the passkey of whoever approves."""
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require(request.user, record.production, Role.LEGAL)
        return doors.answered(signatures.ask_to_approve(record, by=request.user), keyring.AskedShape)


class WithdrawalOptions(APIView):
    @extend_schema(request=None, responses=keyring.AskedShape, examples=[keyring.ASKED])
    def post(self, request: Any, pk: UUID) -> Any:
        """The question to the passkey of whoever withdraws; a withdrawal without one is as good."""
        record = access.fetch(request.user, ConsentRecord, pk)
        access.require_withdrawer(request.user, record)
        return doors.answered(signatures.ask_to_withdraw(record, by=request.user), keyring.AskedShape)


def given(request: Any) -> Given | None:
    """The passkey's answer in the request, if it holds one."""
    if "ceremony" not in request.data:
        return None
    said = doors.asked(keyring.Answer, request)
    return Given(ceremony=said["ceremony"], response=said["credential"])


def _records(request: Any, pk: UUID, kind: Any) -> tuple[list[ConsentRecord], dict[str, Any]]:
    """The consent, and those named beside it, all the person's own to sign."""
    access.require_performer(request.user, access.fetch(request.user, ConsentRecord, pk), to="sign")
    said = doors.asked(kind, request)
    found = [access.fetch(request.user, ConsentRecord, one) for one in dict.fromkeys((pk, *said["also"]))]
    for record in found:
        access.require_performer(request.user, record, to="sign")
    return found, said
