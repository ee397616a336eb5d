"""The plain words beside a document: nothing that is signed is left out, and a child of twelve can read them."""

import re

import pytest

from consent import plain
from consent.types import Terms
from tests.consent.test_typeset import CHANGED
from tests.consent.values import release, terms

UNSAID = {"nonce", "consent_id", "performer_name"}  # numbers, and the reader's own name


@pytest.mark.parametrize("field", sorted(set(CHANGED) - UNSAID))
def test_every_term_that_is_signed_is_said(field: str) -> None:
    assert plain.summary(terms()) != plain.summary(terms(**{field: CHANGED[field]}))


@pytest.mark.parametrize("agreed", [terms(), release(), terms(approval_per_shot=True, alterations=("age",))])
def test_sentences_are_short_and_words_are_everyday(agreed: Terms) -> None:
    sentences = [
        one for section in plain.summary(agreed) for said in section.sentences for one in re.split(r"[.;] ?", said)
    ]
    lengths = [len(one.split()) for one in sentences if one.strip()]
    words = [word for one in sentences for word in re.findall(r"[a-z]+", one.lower())]
    assert sum(lengths) / len(lengths) < 12
    assert max(lengths) <= 32
    assert sum(len(word) > 11 for word in words) / len(words) < 0.03
