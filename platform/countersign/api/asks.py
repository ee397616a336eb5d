"""What the API takes, field by field. Whether it is allowed is not decided here."""

from rest_framework import serializers as s

from consent import fields
from consent.types import Alteration, Context, OutputClass
from countersign.desk.kinds import GROUPS, Outcome
from countersign.keeping.schedule import MOST_DAYS, Since
from countersign.runs.requests import DEFAULT_PARAMETERS
from provenance.types import EntryKind

SOMEBODY = r"^(person|performer|worker|operator|system):?[0-9a-z-]*$"


class SignIn(s.Serializer):
    email = s.EmailField()
    password = s.CharField(trim_whitespace=False)


class NewPerformer(s.Serializer):
    name = s.CharField(max_length=200)


class Certificate(s.Serializer):
    certificate = s.FileField()


class Withdrawal(s.Serializer):
    reason = s.CharField(max_length=500, allow_blank=True, default="")


class NewFootage(s.Serializer):
    title = s.CharField(max_length=200)
    file = s.FileField(allow_empty_file=True)  # an empty clip is refused in words, with a row and a ledger entry


class Parameters(s.Serializer):
    seconds = s.IntegerField(min_value=1, max_value=3600, default=DEFAULT_PARAMETERS["seconds"])
    size = s.IntegerField(min_value=64, max_value=512, default=DEFAULT_PARAMETERS["size"])
    seed = s.IntegerField(min_value=0, max_value=2**31 - 1, default=DEFAULT_PARAMETERS["seed"])
    exclude = s.ListField(
        child=s.IntegerField(min_value=0, max_value=10**4),
        required=False,
        help_text="Faces of the plate that are left alone, by their numbers: not one of their pixels is altered.",
    )


class NewRun(s.Serializer):
    title = s.CharField(max_length=200)
    likeness = s.UUIDField()
    plate_performer = s.UUIDField()
    footage = s.UUIDField()
    plate = s.UUIDField()
    scene = s.CharField(max_length=120)
    medium = s.CharField(max_length=60)
    territories = s.ListField(child=s.RegexField(fields.TERRITORY), allow_empty=False)
    output_class = s.ChoiceField([c.value for c in OutputClass], default=OutputClass.FEATURE.value)
    languages = s.ListField(
        child=s.RegexField(fields.LANGUAGE), default=list, help_text="Spoken in the shot: BCP 47 tags."
    )
    alterations = s.ListField(
        child=s.ChoiceField([a.value for a in Alteration]), default=list, help_text="What is changed of the performers."
    )
    contexts = s.ListField(
        child=s.ChoiceField([c.value for c in Context]),
        default=list,
        help_text="What the shot shows. What is declared here is signed into the ledger under your name.",
    )
    advertiser = s.CharField(max_length=200, allow_blank=True, default="")
    product_line = s.CharField(max_length=200, allow_blank=True, default="")
    script_sha256 = s.RegexField(
        fields.DIGEST, allow_blank=True, default="", help_text="Of the script that new words are from."
    )
    parameters = Parameters(default=lambda: dict(DEFAULT_PARAMETERS))


class Evidence(s.Serializer):
    redacted = s.BooleanField(default=False)
    film = s.BooleanField(default=False)


class FileToVerify(s.Serializer):
    file = s.FileField(allow_empty_file=True)


class NewHold(s.Serializer):
    subject = s.RegexField(r"^(performer|production|run|output|footage):[0-9a-f-]{36}$")
    reason = s.CharField(max_length=500)


class NewSchedule(s.Serializer):
    since = s.ChoiceField(Since.choices)
    days = s.IntegerField(min_value=0, max_value=MOST_DAYS)
    law = s.CharField(max_length=200, allow_blank=True, default="")


class Erasure(s.Serializer):
    plan = s.RegexField(fields.DIGEST, help_text="The digest of the plan that was read and is confirmed.")


class LedgerFilters(s.Serializer):
    text = s.CharField(default="", max_length=200, help_text="Part of any name or title, or a number.")
    person = s.RegexField(SOMEBODY, default="", help_text="Whom it is about: person:<id> or performer:<id>.")
    by = s.RegexField(SOMEBODY, default="", help_text="Who stands behind it: person:<id>.")
    production = s.UUIDField(default=None, allow_null=True)
    title = s.CharField(default="", max_length=200, help_text="Part of the title of a run; finds its output, too.")
    kind = s.ChoiceField(
        [*GROUPS, *(kind.value for kind in EntryKind)], default="", help_text="A kind, or a group of kinds."
    )
    outcome = s.ChoiceField([outcome.value for outcome in Outcome], default="")
    reason = s.SlugField(default="", max_length=64, help_text="The code of a refusal's reason.")
    since = s.DateTimeField(default=None, allow_null=True)
    until = s.DateTimeField(default=None, allow_null=True)


class LedgerQuery(LedgerFilters):
    before = s.IntegerField(default=None, allow_null=True, min_value=0)


class ExportQuery(LedgerFilters):
    form = s.ChoiceField(["csv", "json"], default="json")


class Period(s.Serializer):
    since = s.DateField(default=None, allow_null=True)
    until = s.DateField(default=None, allow_null=True)
