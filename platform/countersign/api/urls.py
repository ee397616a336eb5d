"""The API's addresses."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import AllowAny

from countersign.api.views import (
    consents,
    evidence,
    footage,
    invitations,
    keeping,
    ledger,
    passkeys,
    productions,
    runs,
    tokens,
    verify,
)

P = "productions/<uuid:pk>"

urlpatterns = [
    path("schema", SpectacularJSONAPIView.as_view(authentication_classes=(), permission_classes=(AllowAny,))),
    path("tokens", tokens.Tokens.as_view()),
    path("tokens/passkey", passkeys.Tokens.as_view()),
    path("tokens/passkey/options", passkeys.TokenOptions.as_view()),
    path("passkeys", passkeys.Passkeys.as_view()),
    path("passkeys/options", passkeys.Options.as_view()),
    path("passkeys/<uuid:pk>", passkeys.OnePasskey.as_view()),
    path("productions", productions.Productions.as_view()),
    path(P, productions.OneProduction.as_view()),
    path(f"{P}/performers", productions.Performers.as_view()),
    path(f"{P}/performers/<uuid:performer_pk>/certificate", productions.Certificate.as_view()),
    path(f"{P}/performers/<uuid:performer_pk>/enrolments", productions.Enrolments.as_view()),
    path(f"{P}/performers/<uuid:performer_pk>/enrolments/<uuid:enrolment_pk>", productions.OneEnrolment.as_view()),
    path(f"{P}/performers/<uuid:performer_pk>/invitations", invitations.Invitations.as_view()),
    path(f"{P}/performers/<uuid:performer_pk>/identity", invitations.Identity.as_view()),
    path("invitations/<uuid:pk>", invitations.OneInvitation.as_view()),
    path("invitation", invitations.Accepted.as_view()),
    path("invitation/shown", invitations.Shown.as_view()),
    path("invitation/options", invitations.Options.as_view()),
    path(f"{P}/consents", consents.Consents.as_view()),
    path("consents/<uuid:pk>", consents.OneConsent.as_view()),
    path("consents/<uuid:pk>/document", consents.Document.as_view()),
    path("consents/<uuid:pk>/approve", consents.Approval.as_view()),
    path("consents/<uuid:pk>/withdraw", consents.Withdrawal.as_view()),
    path(f"{P}/footage", footage.FootageOfProduction.as_view()),
    path("footage/<uuid:pk>", footage.OneFootage.as_view()),
    path(f"{P}/runs", runs.Runs.as_view()),
    path("runs/<uuid:pk>", runs.OneRun.as_view()),
    path("runs/<uuid:pk>/story", runs.Story.as_view()),
    path("runs/<uuid:pk>/stop", runs.Stop.as_view()),
    path("runs/<uuid:pk>/evidence", evidence.Evidence.as_view()),
    path(f"{P}/holds", keeping.Holds.as_view()),
    path("holds/<uuid:pk>/lift", keeping.Lift.as_view()),
    path(f"{P}/retention", keeping.Schedules.as_view()),
    path(f"{P}/retention/<str:what>", keeping.OneSchedule.as_view()),
    path("performers/<uuid:pk>/erasure", keeping.Erasure.as_view()),
    path("outputs", runs.Outputs.as_view()),
    path("outputs/<uuid:pk>", runs.OneOutput.as_view()),
    path("outputs/<uuid:pk>/content", runs.Content.as_view()),
    path("ledger", ledger.Entries.as_view()),
    path("ledger/export", ledger.Exported.as_view()),
    path("ledger/refusals", ledger.Refused.as_view()),
    path("ledger/verification", ledger.Verification.as_view()),
    path("verify", verify.Verify.as_view()),
]
