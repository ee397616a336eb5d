"""Footage, runs and what comes out of them. The database holds the truth of a run; queues carry reminders of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from consent.types import Band, KindOfUse, OutputClass
from countersign.runs import face_models, shot_models  # noqa: F401 - their rows belong to this app


class FootageState(models.TextChoices):
    RECEIVED = "received", "Waiting to be examined"
    EXAMINING = "examining", "Looking for faces"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"
    DESTROYED = "destroyed", "Destroyed"


class Footage(models.Model):
    """A clip as it was uploaded. The bytes stay even when the clip is refused, until a schedule ends them; the row and
    its digest stay after that.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    production = models.ForeignKey("accounts.Production", on_delete=models.PROTECT, related_name="footage")
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=60, default="video/mp4")
    state = models.CharField(max_length=16, choices=FootageState.choices, default=FootageState.RECEIVED)
    refusal = models.JSONField(default=list, blank=True)  # reasons, as consent.record.reasons_to_json
    progress = models.FloatField(default=0.0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    frames = models.PositiveIntegerField(default=0)
    rate = models.CharField(max_length=20, blank=True)  # "25/1"
    duration_s = models.FloatField(default=0.0)
    audio_streams = models.PositiveSmallIntegerField(default=0)
    poster = models.BinaryField(blank=True, default=b"")  # JPEG
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    destroyed_under = models.CharField(max_length=200, blank=True)  # the schedule, in words
    unlinked_at = models.DateTimeField(null=True, blank=True)  # the file went after the row said so

    class Meta:
        ordering = ("-uploaded_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("production", "sha256"), condition=Q(destroyed_at=None), name="one_footage_per_digest"
            ),
            models.CheckConstraint(
                condition=Q(state=FootageState.DESTROYED, destroyed_at__isnull=False, poster=b"")
                | (~Q(state=FootageState.DESTROYED) & Q(destroyed_at__isnull=True, unlinked_at__isnull=True)),
                name="destroyed_footage_is_gone",
            ),
            models.CheckConstraint(condition=Q(state__in=FootageState.values), name="footage_state_is_known"),
        )

    def __str__(self) -> str:
        return self.title


class FaceTrack(models.Model):
    """A face followed through a clip, and which enrolled performer it was found to be."""

    id = models.BigAutoField(primary_key=True)
    footage = models.ForeignKey(Footage, on_delete=models.CASCADE, related_name="tracks")
    number = models.PositiveIntegerField()
    first_frame = models.PositiveIntegerField()
    last_frame = models.PositiveIntegerField()
    frames_seen = models.PositiveIntegerField()
    median_face_px = models.FloatField()
    thumbnail = models.BinaryField()  # JPEG; empty once it was destroyed
    performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, null=True, blank=True)
    score = models.FloatField(default=0.0)
    threshold = models.FloatField(default=0.0)
    recogniser = models.CharField(max_length=120, blank=True)
    band = models.CharField(max_length=16, choices=[(b.value, b.value) for b in Band], default=Band.REFUSE.value)
    review = models.FloatField(default=0.0)  # from which people may look
    smallest_px = models.FloatField(default=0.0)
    # Whom it is nearest to, with a match or where people may look; and the next best, so that they see by how much.
    best = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    second = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    second_score = models.FloatField(default=-1.0)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("footage", "number"), name="one_track_per_number"),
            models.CheckConstraint(
                condition=Q(performer__isnull=True) | Q(band=Band.MATCH.value), name="named_only_on_a_match"
            ),
        )

    def __str__(self) -> str:
        return f"{self.footage} · face {self.number}"


class EnrolmentState(models.TextChoices):
    WAITING = "waiting", "Waiting for a worker"
    WORKING = "working", "Measuring the face"
    MEASURED = "measured", "Waiting to be confirmed"
    DONE = "done", "Enrolled"
    REFUSED = "refused", "Refused"


class Enrolment(models.Model):
    """Stills, or a clip, of a performer on their way to becoming a face template.

    A clip makes way for the frames taken from it once it is measured; the stills are deleted once the face is confirmed
    or rejected. `own` says that the
    performer sent them from their own session, with the passcode of the day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(max_length=16, choices=EnrolmentState.choices, default=EnrolmentState.WAITING)
    refusal = models.JSONField(default=list, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    own = models.BooleanField(default=False)
    way = models.CharField(max_length=8, choices=(("stills", "Pictures"), ("clip", "A clip")), default="stills")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("asked_by")) | Q(own=True),
                name="enrolment_confirmed_by_another",
            ),
            models.CheckConstraint(condition=Q(state__in=EnrolmentState.values), name="enrolment_state_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.performer} · {self.state}"


class Still(models.Model):
    """One picture of an enrolment, as uploaded or taken from its clip; or the clip itself, until it is measured."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="stills")
    picture = models.BinaryField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return str(self.enrolment)


class RunState(models.TextChoices):
    REFUSED = "refused", "Refused"
    GRANTED = "granted", "Granted, waiting for a worker"
    TRAINING = "training", "Training the likeness model"
    TRAINED = "trained", "Trained, waiting for a worker"
    CONVERTING = "converting", "Making the frames"
    CONVERTED = "converted", "Converted, waiting to be signed"
    SIGNING = "signing", "Writing credentials and signing"
    SIGNED = "signed", "Signed, waiting for the last check"
    PUBLISHING = "publishing", "Checking as a stranger would"
    PUBLISHED = "published", "Published"
    STOPPED = "stopped", "Stopped"
    FAILED = "failed", "Failed"
    WITHDRAWN = "withdrawn", "Consent withdrawn"


OPEN_STATES = (
    RunState.GRANTED,
    RunState.TRAINING,
    RunState.TRAINED,
    RunState.CONVERTING,
    RunState.CONVERTED,
    RunState.SIGNING,
    RunState.SIGNED,
    RunState.PUBLISHING,
)


class Run(models.Model):
    """One synthesis run: who asked for what, what the gate said, and how far it has come."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    production = models.ForeignKey("accounts.Production", on_delete=models.PROTECT, related_name="runs")
    title = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=32, choices=[(k.value, k.value) for k in KindOfUse], default=KindOfUse.SWAP.value
    )
    likeness = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="likeness_runs")
    plate_performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="plate_runs")
    footage = models.ForeignKey(Footage, on_delete=models.PROTECT, related_name="likeness_runs")
    plate = models.ForeignKey(Footage, on_delete=models.PROTECT, related_name="plate_runs")
    scene = models.CharField(max_length=120)
    medium = models.CharField(max_length=60)
    territories = models.JSONField(default=list)
    output_class = models.CharField(
        max_length=20, choices=[(one.value, one.value) for one in OutputClass], default=OutputClass.FEATURE.value
    )
    languages = models.JSONField(default=list, blank=True)  # this and the next: what was declared of the shot
    alterations = models.JSONField(default=list, blank=True)
    contexts = models.JSONField(default=list, blank=True)
    advertiser = models.CharField(max_length=200, blank=True)
    product_line = models.CharField(max_length=200, blank=True)
    script_sha256 = models.CharField(max_length=64, blank=True)
    reuses_model = models.BooleanField(default=False)
    parameters = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=RunState.choices)
    reasons = models.JSONField(default=list, blank=True)  # of a refusal, as consent.record.reasons_to_json
    sealed_grant = models.TextField(blank=True)
    stage = models.CharField(max_length=40, blank=True)
    progress = models.FloatField(default=0.0)
    note = models.CharField(max_length=300, blank=True)
    figures = models.JSONField(default=dict, blank=True)
    unsigned_sha256 = models.CharField(max_length=64, blank=True)  # of the frames as made; the signer checks it
    lineage_sha256 = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-requested_at",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="run_state_is_known"),
            models.CheckConstraint(condition=Q(state=RunState.REFUSED) | ~Q(sealed_grant=""), name="no_grant_no_run"),
            models.CheckConstraint(condition=~Q(footage=F("plate")), name="plate_is_another_clip"),
        )

    def __str__(self) -> str:
        return self.title


class LikenessModel(models.Model):
    """The weights trained in a run, encrypted under the likeness performer's consent key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="model")
    performer = models.ForeignKey("consent.Performer", on_delete=models.PROTECT, related_name="models")
    consent = models.ForeignKey("consent.ConsentRecord", on_delete=models.PROTECT, related_name="models")
    sha256 = models.CharField(max_length=64)
    trained_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.sha256[:12]


class OutputState(models.TextChoices):
    SIGNED = "signed", "Signed, not published"
    PUBLISHED = "published", "Published"
    FLAGGED = "flagged", "Published; consent since withdrawn"
    ENDED = "ended", "Published; consent has since ended"
    TAKEN_DOWN = "taken-down", "Taken down"


# The only states in which anybody may have the file.
OUT = (OutputState.PUBLISHED, OutputState.FLAGGED, OutputState.ENDED)


class Output(models.Model):
    """A signed clip. Only `published` and `flagged` may be downloaded, and only by those who may see the run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="output")
    state = models.CharField(max_length=16, choices=OutputState.choices, default=OutputState.SIGNED)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField()
    quality = models.JSONField(default=dict)
    signed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    poster = models.BinaryField(blank=True, default=b"")
    taken_down_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    destroyed_under = models.CharField(max_length=200, blank=True)  # the schedule, in words
    unlinked_at = models.DateTimeField(null=True, blank=True)  # the file went after the row said so

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=OutputState.values), name="output_state_is_known"),
            models.CheckConstraint(
                condition=Q(destroyed_at__isnull=False, state=OutputState.TAKEN_DOWN, poster=b"")
                | Q(destroyed_at__isnull=True, unlinked_at__isnull=True),
                name="destroyed_output_is_gone",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(OutputState.SIGNED, OutputState.TAKEN_DOWN)) | Q(published_at__isnull=False),
                name="published_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.sha256[:12]


class Dispatch(models.Model):
    """The outbox: a message that must reach a worker, written with the state change that calls for it."""

    id = models.BigAutoField(primary_key=True)
    task = models.CharField(max_length=40)
    subject = models.UUIDField()
    due_at = models.DateTimeField()
    sent = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("task", "subject"), condition=Q(done_at__isnull=True), name="one_open_dispatch_per_task"
            ),
        )
        indexes = (models.Index(fields=("due_at",), condition=Q(done_at__isnull=True), name="dispatches_due"),)

    def __str__(self) -> str:
        return f"{self.task} · {self.subject}"


from countersign.runs.models_of_appeals import Appeal as Appeal  # noqa: E402, PLC0414 - one list of tables
