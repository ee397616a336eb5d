"""A consent for other systems: nothing of the terms is lost, and every name it uses is explained in itself."""

import json
import re
from typing import Any

import pytest

from consent import export, record
from consent.errors import TermsError
from consent.export import CONTEXT, Form
from consent.types import Capacity, ConsentState, Terms
from tests.consent.test_typeset import CHANGED
from tests.consent.values import NOW, release, terms

STANDING = export.Standing(
    state=ConsentState.ACTIVE,
    way="pades",
    level=3,
    document_sha256="d" * 64,
    signed_at=NOW,
    approved_at=NOW,
    withdrawn_at=None,
)


def terms_of(said: dict[str, Any]) -> Terms:
    """The terms that `export.document` wrote, held against their digest. Raises TermsError."""
    held = said.get("terms")
    if not isinstance(held, dict):
        raise TermsError("terms", "is missing")
    terms = record.from_json(held)
    if record.digest(terms) != said.get("terms_sha256"):
        raise TermsError("terms_sha256", "is not that of the terms")
    return terms


def exported(agreed: Terms, form: Form = Form.RECORD, **changes: Any) -> dict[str, Any]:
    standing = export.Standing(**{**{name: getattr(STANDING, name) for name in STANDING.__slots__}, **changes})
    return json.loads(json.dumps(export.document(agreed, standing=standing, form=form)))


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("agreed", [terms(), release(), terms(**CHANGED)], ids=["replica", "release", "changed"])
def test_terms_come_back_as_they_went(agreed: Terms, form: Form) -> None:
    said = exported(agreed, form)
    assert terms_of(said) == agreed
    assert said["terms_sha256"] == record.digest(agreed)


def test_terms_that_were_changed_on_the_way_are_not_read() -> None:
    said = exported(terms())
    said["terms"]["max_runs"] = 999
    with pytest.raises(TermsError, match="terms_sha256"):
        terms_of(said)
    with pytest.raises(TermsError, match="is missing"):
        terms_of({})


def names(value: Any) -> set[str]:
    """Every key that stands anywhere, but not in the terms, which are one literal."""
    if isinstance(value, list):
        return set().union(*map(names, value))
    if isinstance(value, dict):
        return set(value).union(*(names(one) for name, one in value.items() if name not in ("terms", "@context")))
    return set()


@pytest.mark.parametrize("form", Form)
def test_every_name_is_explained_by_its_own_context(form: Form) -> None:
    used = {name for name in names(exported(terms(**CHANGED), form)) if not name.startswith("@")}
    unknown = {name for name in used if name not in CONTEXT and name.split(":")[0] not in CONTEXT}
    assert unknown == set()
    targets = [one["@id"] if isinstance(one, dict) else one for one in CONTEXT.values() if one != 1.1]
    prefixed = [str(target).split(":")[0] for target in targets if not re.match(r"@|https?:|urn:", str(target))]
    assert set(prefixed) <= set(CONTEXT)


@pytest.mark.parametrize("state", ConsentState)
def test_every_state_has_its_name_in_dpv(state: ConsentState) -> None:
    assert exported(terms(), state=state)["event_state"].startswith("dpv:Consent")


def test_who_said_what_when_stands_in_the_events() -> None:
    said = exported(terms(signer_capacity=Capacity.GUARDIAN, signer_name="Una Vane"), withdrawn_at=NOW)
    assert [event["event_state"] for event in said["event"]] == [
        "dpv:ConsentGiven", "dpv:ConsentGiven", "dpv:ConsentWithdrawn",
    ]  # fmt: skip
    assert {event["entity_id"] for event in said["event"]} == {"_:signer", "_:controller"}
    assert "Una Vane" in {party["party_name"] for party in said["party_identification"]}
    assert not exported(terms(), signed_at=None, approved_at=None)["event"]
