"""The schema that entries are held to, read by another implementation (jsonschema) as strangers would read it."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from django.db import transaction
from hypothesis import given, settings, strategies as st

from provenance import ledger, schema
from provenance.errors import LedgerError
from provenance.models import Pending
from provenance.types import EntryKind, Sealed
from tests import honest

READ = jsonschema.Draft202012Validator(schema.published())
ENVELOPE = {"actor": "person:1", "index": 0, "recorded_at": "2026-11-24T06:30:00.000000Z", "subject": "run:1"}


def test_every_kind_says_what_it_says_and_the_whole_is_a_schema() -> None:
    assert set(schema.BODIES) == set(EntryKind)
    jsonschema.Draft202012Validator.check_schema(schema.published())
    for body in schema.BODIES.values():
        assert body["additionalProperties"] is False


@pytest.mark.parametrize("kind", EntryKind)
def test_honest_body_is_taken_and_read_by_the_other_implementation(kind: EntryKind) -> None:
    body = honest.body(kind)
    schema.check(kind, body)
    READ.validate({**ENVELOPE, "kind": kind.value, "body": body})


def broken(kind: EntryKind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies that are almost of this kind, and the field that is wrong."""
    sound = honest.body(kind)
    yield "surprise", {**sound, "surprise": 1}
    for name in sound:
        yield name, {field: value for field, value in sound.items() if field != name}
    for name in schema.BODIES[kind]["properties"]:
        yield name, {**sound, name: [object]}
        yield name, {**sound, name: 1.5 if schema.BODIES[kind]["properties"][name] != schema.NUMBER else "1.5"}


@pytest.mark.parametrize("kind", EntryKind)
def test_body_that_is_none_of_its_kind_is_refused_by_both_and_the_field_is_named(kind: EntryKind) -> None:
    for field, body in broken(kind):
        with pytest.raises(LedgerError, match=field):
            schema.check(kind, body)
        assert not READ.is_valid({**ENVELOPE, "kind": kind.value, "body": body}), body


TEXTS = (honest.DIGEST, honest.SOMEBODY, "something", "")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-2, 2) | st.sampled_from(TEXTS),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["track", "performer", "band", "what"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(EntryKind)), st.data())
def test_both_implementations_agree_on_whatever_a_field_says(kind: EntryKind, data: st.DataObject) -> None:
    body = honest.body(kind)
    fields = list(schema.BODIES[kind]["properties"])
    if fields:
        body[data.draw(st.sampled_from(fields))] = data.draw(VALUES)
    taken = READ.is_valid({**ENVELOPE, "kind": kind.value, "body": body})
    try:
        schema.check(kind, body)
    except LedgerError:
        assert not taken
    else:
        assert taken


@pytest.mark.parametrize("name", [*ENVELOPE, "kind", "body"])
def test_envelope_is_whole(name: str) -> None:
    sound = {**ENVELOPE, "kind": "run:refused", "body": {"reasons": []}}
    READ.validate(sound)
    assert not READ.is_valid({field: value for field, value in sound.items() if field != name})
    assert not READ.is_valid({**sound, "more": 1})


@pytest.mark.django_db
def test_wrong_body_is_refused_in_words_and_the_transaction_cannot_commit() -> None:
    with transaction.atomic():
        honest.append(EntryKind.RUN_REFUSED, subject="run:1", actor="person:1")
        with pytest.raises(LedgerError, match=r"run:refused of run:1 .* reasons must be array .*schema\.py"):
            ledger.append(EntryKind.RUN_REFUSED, subject="run:1", actor="person:1", body={"reasons": "no-consent"})
    assert not Pending.objects.exists(), "nor anything else of that transaction"


@pytest.mark.django_db
def test_sealed_values_stand_only_where_the_schema_expects_some() -> None:
    name = Sealed(of="performer:1", values={"name": "Idris Vane"})
    honest.append(EntryKind.PERFORMER_ADDED, subject="performer:1", actor="person:1", sealed=name)
    entry = ledger.read(ledger.sequence() - 1)
    READ.validate(json.loads(entry.canonical))
    with pytest.raises(LedgerError, match="sealed"), transaction.atomic():
        honest.append(EntryKind.OUTPUT_VIEWED, subject="output:1", actor="person:1", sealed=name)
