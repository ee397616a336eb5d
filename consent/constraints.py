"""What the database holds each performer and each consent to, whoever writes its row."""

from django.db import models

from consent.life import ENDED
from consent.record import ERASED
from consent.types import Assurance, ConsentState, Matter, Suspension

_APPROVED = (ConsentState.ACTIVE.value, ConsentState.SUSPENDED.value, ConsentState.AMENDED.value)
_TIMED = (ConsentState.DECLINED.value, ConsentState.TAKEN_BACK.value, ConsentState.AMENDED.value)

OF_A_CONSENT: tuple[models.BaseConstraint, ...] = (
    models.CheckConstraint(
        condition=~models.Q(state__in=_APPROVED)
        | models.Q(approved_by__isnull=False, uploaded_by__isnull=False, approved_at__isnull=False),
        name="active_is_approved",
    ),
    models.CheckConstraint(
        condition=models.Q(approved_by__isnull=True)
        | (~models.Q(approved_by=models.F("uploaded_by")) & ~models.Q(approved_by=models.F("drafted_by"))),
        name="approved_by_a_second_person",
    ),
    models.CheckConstraint(
        condition=models.Q(reviewed_by__isnull=True)
        | (~models.Q(reviewed_by=models.F("uploaded_by")) & ~models.Q(reviewed_by=models.F("drafted_by"))),
        name="reviewed_by_a_second_person",
    ),
    models.CheckConstraint(
        condition=~models.Q(state=ConsentState.WITHDRAWN.value) | models.Q(withdrawn_at__isnull=False),
        name="withdrawn_has_a_time",
    ),
    models.CheckConstraint(
        condition=models.Q(state__in=[s.value for s in ConsentState]), name="consent_state_is_known"
    ),
    models.CheckConstraint(condition=models.Q(matter__in=[m.value for m in Matter]), name="matter_is_known"),
    models.CheckConstraint(
        condition=models.Q(level__in=[level.value for level in Assurance]), name="assurance_is_known"
    ),
    models.CheckConstraint(
        condition=~models.Q(state__in=(ConsentState.VERIFIED.value, *_APPROVED))
        | (~models.Q(signed_pdf=b"") & ~models.Q(document_sha256=""))
        | (models.Q(destroyed_at__isnull=False) & ~models.Q(document_sha256="")),
        name="verified_is_signed",
    ),
    models.CheckConstraint(
        condition=models.Q(destroyed_at__isnull=True)
        | models.Q(signed_pdf=b"", offered_pdf=b"", signer="", withdrawal_reason="", verdict={}, completion_pdf=b""),
        name="destroyed_documents_are_gone",
    ),
    models.CheckConstraint(
        condition=models.Q(destroyed_at__isnull=True)
        | models.Q(state__in=sorted(state.value for state in ENDED))
        | models.Q(valid_until__lte=models.F("destroyed_at")),
        name="destroyed_once_ended",
    ),
    models.CheckConstraint(
        condition=models.Q(valid_until__gt=models.F("valid_from")), name="consent_window_is_forward"
    ),
    models.CheckConstraint(
        condition=~models.Q(state=ConsentState.DRAFT.value)
        | models.Q(offered_pdf=b"", signed_pdf=b"", document_sha256="", approved_by__isnull=True),
        name="draft_was_never_offered",
    ),
    models.CheckConstraint(
        condition=~models.Q(state__in=(ConsentState.OFFERED.value, ConsentState.SIGNED.value))
        | ~models.Q(offered_pdf=b"")
        | models.Q(destroyed_at__isnull=False),
        name="offered_has_a_document",
    ),
    models.CheckConstraint(
        condition=~models.Q(state=ConsentState.SUSPENDED.value)
        | models.Q(suspended_at__isnull=False, suspended_for__in=[s.value for s in Suspension]),
        name="suspended_has_a_reason",
    ),
    models.CheckConstraint(
        condition=~models.Q(state__in=_TIMED) | models.Q(ended_at__isnull=False), name="ended_has_a_time"
    ),
    models.CheckConstraint(
        condition=models.Q(amends__isnull=True) | ~models.Q(amends=models.F("id")), name="amends_another"
    ),
    models.UniqueConstraint(
        fields=("amends",), condition=models.Q(approved_by__isnull=False), name="one_takes_its_place"
    ),
)
OF_A_PERFORMER: tuple[models.BaseConstraint, ...] = (
    models.UniqueConstraint(
        fields=("organisation", "name"),
        condition=models.Q(erased_at__isnull=True),
        name="one_performer_per_name",
    ),
    models.CheckConstraint(
        condition=models.Q(erased_at__isnull=True)
        | models.Q(
            name=ERASED,
            born__isnull=True,
            certificate_sha256="",
            key_thumbprint="",
            person__isnull=True,
            portrait=b"",
            template=b"",
        ),
        name="erased_is_erased",
    ),
    models.CheckConstraint(
        condition=models.Q(template=b"", enrolled_at__isnull=True, template_key__isnull=True)
        | (~models.Q(template=b"") & models.Q(enrolled_at__isnull=False)),
        name="enrolled_with_template",
    ),
    models.UniqueConstraint(
        fields=("organisation", "certificate_sha256"),
        condition=~models.Q(certificate_sha256=""),
        name="one_performer_per_certificate",
    ),
    models.UniqueConstraint(
        fields=("organisation", "key_thumbprint"),
        condition=~models.Q(key_thumbprint=""),
        name="one_performer_per_key",
    ),
)
