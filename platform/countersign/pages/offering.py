"""Which terms of an offer stand together, in what order, and which are folded away until somebody needs them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Fields in rows; a row of several stands side by side where there is room."""

    legend: str
    rows: tuple[tuple[str, ...], ...]
    hint: str = ""
    folded: bool = False


GROUPS = (
    Group("Who", (("performer",), ("parts",), ("signer_capacity",))),
    Group(
        "Signed for somebody else",
        (("signer_name", "performer_born"), ("performer_deceased",), ("survives_death",)),
        "For a minor, for somebody who has died, or where a union signs.",
        folded=True,
    ),
    Group("Who stands beside them", (("representation",), ("union", "agreement"))),
    Group("What", (("kinds_of_use",), ("output_classes",), ("description",), ("scenes",))),
    Group(
        "Script, reason and languages",
        (
            ("replica_type",), ("replaces_in_person_work",), ("business_reason",), ("script",),
            ("script_sha256", "script_date"), ("languages",),
        ),
        "What the replica keeps to, and why it is needed.",
        folded=True,
    ),
    Group(
        "What may be altered, and what they are never shown with",
        (("alterations",), ("prohibited_contexts",)),
        "Nothing is altered that is not ticked.",
        folded=True,
    ),
    Group("Where and until when", (("media",), ("territories",), ("valid_from", "valid_until"))),
    Group("How much", (("max_runs", "max_screen_seconds"), ("notice_hours",), ("approval_per_shot",))),
    Group("Permissions asked for separately", (("training_allowed",), ("biometric_release",))),
    Group(
        "What is kept and used again",
        (("reuse_allowed",), ("retention_days",)),
        "By default nothing is.",
        folded=True,
    ),
    Group(
        "Advertiser",
        (("advertiser", "product_line"),),
        "Only for advertisements.",
        folded=True,
    ),
    Group("Afterwards", (("disclosure",), ("after_withdrawal",), ("credit", "compensation_reference"))),
)  # fmt: skip
