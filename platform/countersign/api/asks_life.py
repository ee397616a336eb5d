"""What the API takes in the life of a consent, and of those who sign for a performer."""

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers as s

from consent.models import Proof, Signatory
from consent.types import Capacity, ProofKind, Suspension

BY_PEOPLE = (Suspension.STRIKE, Suspension.DISPUTE, Suspension.LEGAL_HOLD)  # the others come about by themselves


class Words(s.Serializer):
    words = s.CharField(max_length=500, allow_blank=True, default="", help_text="Kept sealed in the ledger.")


class NewSuspension(Words):
    why = s.ChoiceField([why.value for why in BY_PEOPLE], default=Suspension.DISPUTE.value)


class NewSignatory(s.Serializer):
    name = s.CharField(max_length=200)
    capacity = s.RegexField(r"^(guardian|estate|union)$")
    union = s.CharField(max_length=60, allow_blank=True, default="")
    agreement = s.CharField(max_length=200, allow_blank=True, default="")

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        if attrs["capacity"] == Capacity.UNION and not (attrs["union"] and attrs["agreement"]):
            raise s.ValidationError({"agreement": ["A union signs under an agreement; name both."]})
        return attrs


class NewProof(s.Serializer):
    kind = s.ChoiceField([kind.value for kind in ProofKind])
    document = s.FileField()
    signatory = s.UUIDField(default=None, allow_null=True, help_text="Whom it shows to be allowed to sign.")
    valid_until = s.DateTimeField(default=None, allow_null=True)


class ProofReviewed(s.Serializer):
    approved = s.BooleanField()


class Birth(s.Serializer):
    born = s.DateField()


class SignatoryShape(s.ModelSerializer):
    capacity = s.CharField()
    certificate_bound = s.SerializerMethodField()

    class Meta:
        model = Signatory
        fields = ("id", "performer", "name", "capacity", "union", "agreement", "certificate_bound")

    def get_certificate_bound(self, signatory: Signatory) -> bool:
        return bool(signatory.certificate_sha256)


class SignerProofShape(s.ModelSerializer):
    kind = s.CharField()
    state = s.CharField()

    class Meta:
        model = Proof
        fields = (
            "id", "performer", "signatory", "kind", "sha256", "valid_until", "state", "uploaded_at", "reviewed_at",
        )  # fmt: skip


class LivesShape(s.Serializer):
    performer = s.UUIDField(source="pk")
    born = s.DateField(allow_null=True)
    deceased_at = s.DateTimeField(allow_null=True)


SUSPENDED = OpenApiExample(
    "A strike begins", request_only=True, value={"why": "strike", "words": "Called for 1 December by SAG-AFTRA."}
)
DECLINED = OpenApiExample("A performer says no", request_only=True, value={"words": "Not with so long a window."})
AMENDED = OpenApiExample(
    "Ten more runs until summer",
    request_only=True,
    value={
        "max_runs": 20,
        "valid_until": "2027-06-30T23:59:59Z",
        "scenes": ["Scene 12", "Scene 30"],
    },
)
GUARDIAN = OpenApiExample("A guardian", request_only=True, value={"name": "Greta Vane", "capacity": "guardian"})
BORN = OpenApiExample("A birth date", request_only=True, value={"born": "2014-03-09"})
REVIEWED = OpenApiExample("A proof that counts", request_only=True, value={"approved": True})
