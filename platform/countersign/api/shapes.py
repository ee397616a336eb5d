"""What the API answers with, field by field; the schema at /api/schema is made from these."""

from typing import Any

from rest_framework import serializers as s

from consent.models import Performer
from countersign import openings
from countersign.accounts.access import role_in
from countersign.accounts.models import Person, Production
from countersign.api.consent_shapes import ConsentShape as ConsentShape, Named as Named
from countersign.keeping.models import Hold, Schedule
from countersign.runs.models import OPEN_STATES, OUT, Enrolment, FaceTrack, Footage, Output, Run


class Reason(s.Serializer):
    code = s.CharField()
    sentence = s.CharField()
    asked = s.CharField()
    allowed = s.CharField()
    remedy = s.CharField()


class PersonShape(s.ModelSerializer):
    class Meta:
        model = Person
        fields = ("id", "name", "email")


class Token(s.Serializer):
    token = s.CharField()
    expires_at = s.DateTimeField()
    person = PersonShape()


class ProductionShape(s.ModelSerializer):
    organisation = s.CharField(source="organisation.name")
    role = s.SerializerMethodField()

    class Meta:
        model = Production
        fields = ("id", "title", "organisation", "role")

    def get_role(self, production: Production) -> str:
        return role_in(self.context["person"], production) or "performer"


class EnrolmentShape(s.ModelSerializer):
    reasons = Reason(many=True, source="refusal")

    class Meta:
        model = Enrolment
        fields = ("id", "state", "way", "own", "reasons")


class PerformerShape(s.ModelSerializer):
    certificate_bound = s.SerializerMethodField()
    stills = s.IntegerField(source="template_stills")
    enrolment = s.SerializerMethodField()

    class Meta:
        model = Performer
        fields = ("id", "name", "certificate_bound", "enrolled_at", "stills", "enrolment")

    def get_certificate_bound(self, performer: Performer) -> bool:
        return bool(performer.certificate_sha256)

    def get_enrolment(self, performer: Performer) -> dict[str, Any] | None:
        latest = performer.enrolments.first()
        return EnrolmentShape(latest).data if latest else None


class FaceShape(s.ModelSerializer):
    name = s.CharField(source="performer.name", default="")

    class Meta:
        model = FaceTrack
        fields = (
            "id", "number", "performer", "name", "score", "threshold", "review", "smallest_px", "recogniser", "band",
            "best", "second", "second_score", "first_frame", "last_frame",
        )  # fmt: skip


class FootageShape(s.ModelSerializer):
    reasons = Reason(many=True, source="refusal")
    faces = FaceShape(many=True, source="tracks")

    class Meta:
        model = Footage
        fields = (
            "id", "production", "title", "sha256", "size", "state", "progress", "reasons", "width", "height",
            "frames", "rate", "duration_s", "audio_streams", "faces", "destroyed_at", "destroyed_under",
        )  # fmt: skip


class OutputShape(s.ModelSerializer):
    content = s.SerializerMethodField()

    class Meta:
        model = Output
        fields = ("id", "run", "state", "sha256", "size", "quality", "signed_at", "published_at", "content")

    def get_content(self, output: Output) -> str:
        return f"/api/outputs/{output.pk}/content"


class RunShape(s.ModelSerializer):
    kind = s.CharField()
    state_label = s.CharField(source="get_state_display")
    open = s.SerializerMethodField()
    reasons = Reason(many=True)
    likeness = Named()
    plate_performer = Named()
    output = s.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id", "production", "title", "kind", "state", "state_label", "open", "stage", "progress", "note",
            "figures", "reasons", "scene", "medium", "territories", "output_class", "languages", "alterations",
            "contexts", "advertiser", "product_line", "script_sha256", "parameters", "likeness", "plate_performer",
            "footage", "plate", "requested_at", "finished_at", "output",
        )  # fmt: skip

    def get_open(self, run: Run) -> bool:
        return run.state in OPEN_STATES

    def get_output(self, run: Run) -> dict[str, Any] | None:
        """Unpublished work does not exist for anybody outside the line."""
        output = Output.objects.filter(run=run, state__in=OUT).first()
        return OutputShape(output).data if output else None


class HoldShape(s.ModelSerializer):
    class Meta:
        model = Hold
        fields = (
            "id", "production", "subject", "reason", "placed_by", "placed_at", "lifted_by", "lifted_at", "lifted_alone",
        )  # fmt: skip


class ScheduleShape(s.ModelSerializer):
    class Meta:
        model = Schedule
        fields = ("production", "what", "since", "days", "law", "set_by", "set_at")


class CandidateShape(s.Serializer):
    subject = s.UUIDField(source="thing.pk")
    title = s.CharField()
    due = s.DateTimeField(allow_null=True)
    held = s.ListField(child=s.CharField())


class PlanShape(s.Serializer):
    plan = s.CharField(source="digest")
    goes = s.DictField(child=s.IntegerField())
    stays = s.DictField(child=s.IntegerField())
    reasons = Reason(many=True)


class OpenedShape(s.Serializer):
    field = s.CharField()
    state = s.ChoiceField([state.value for state in openings.State])
    value = s.JSONField(allow_null=True)


class EntryShape(s.Serializer):
    index = s.IntegerField()
    kind = s.CharField()
    subject = s.CharField()
    actor = s.CharField()
    recorded_at = s.DateTimeField()
    body = s.JSONField()
    leaf = s.CharField()
    chain = s.CharField()
    opened = OpenedShape(many=True)


class EntriesShape(s.Serializer):
    entries = EntryShape(many=True)
    next = s.IntegerField(allow_null=True)


class PictureShape(s.Serializer):
    address = s.CharField()
    alt = s.CharField()


class StepShape(s.Serializer):
    """`times` and `last_at` where the same was done again: looks and downloads stand once for each person."""

    index = s.IntegerField(source="told.line.index")
    kind = s.CharField(source="told.line.kind")
    recorded_at = s.DateTimeField(source="told.line.recorded_at")
    sentence = s.CharField(source="told.sentence")
    detail = s.CharField()
    refused = s.BooleanField(source="told.refused")
    reasons = s.ListField(child=s.CharField(), source="told.reasons")
    in_full = Reason(many=True, source="reasons")
    gap = s.CharField()
    times = s.IntegerField()
    last_at = s.DateTimeField()
    pictures = PictureShape(many=True)


class StoryShape(s.Serializer):
    steps = StepShape(many=True)
    cut = s.BooleanField()


class PatternShape(s.Serializer):
    reason = s.CharField()
    performer = s.CharField()
    asker = s.CharField()
    room = s.CharField()
    sentence = s.CharField()
    withdrawn_at = s.DateTimeField(allow_null=True)
    count = s.IntegerField()
    first_at = s.DateTimeField()
    last_at = s.DateTimeField()
    entries = s.CharField()


class RefusalsShape(s.Serializer):
    patterns = PatternShape(many=True)
    attempts = s.IntegerField()
    more = s.BooleanField()
    first = s.DateField()
    last = s.DateField()


class AuditShape(s.Serializer):
    entries = s.IntegerField()
    head = s.CharField()
    intact = s.BooleanField()
    faults = s.ListField(child=s.CharField())


class StandsShape(s.Serializer):
    consent_id = s.CharField()
    part = s.CharField()
    known = s.BooleanField()
    stands = s.BooleanField()
    sentence = s.CharField()


class ActionShape(s.Serializer):
    name = s.CharField()
    source_type = s.CharField()
    software = s.CharField()
    description = s.CharField()


class VouchingShape(s.Serializer):
    name = s.CharField()
    at = s.DateTimeField()


class ProofShape(s.Serializer):
    origin = s.CharField(help_text="the name of the log")
    size = s.IntegerField(help_text="entries of the checkpoint in the file")
    decided = s.IntegerField(help_text="the entry of the decision")
    made = s.IntegerField(help_text="the entry of the frames")
    ours = s.BooleanField(help_text="whether it is the log of this site")
    witnesses = VouchingShape(many=True)


class VerdictShape(s.Serializer):
    integrity = s.CharField(source="verdict.integrity")
    sentence = s.CharField(source="verdict.sentence")
    signer = s.CharField(source="verdict.signer")
    signed_at = s.CharField(source="verdict.signed_at")
    title = s.CharField(source="verdict.title")
    generator = s.CharField(source="verdict.generator")
    actions = ActionShape(many=True, source="verdict.actions")
    ingredients = s.ListField(child=s.CharField(), source="verdict.ingredients")
    problems = s.ListField(child=s.CharField(), source="verdict.problems")
    consents = StandsShape(many=True)
    ledger_entry = EntryShape(allow_null=True)
    proof = ProofShape(allow_null=True)
