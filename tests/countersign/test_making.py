"""What can go wrong while a run is made is told under a code of its own, with what to do about it."""

import pytest

from consent.errors import KeyDestroyedError, KeyWithheldError, ReleaseError, SealError, TypesetError
from consent.types import ReasonCode
from countersign.runs import making
from provenance.errors import SigningError
from synthesis.errors import (
    CheckpointError,
    GrantDoesNotCoverError,
    InputsChangedError,
    LeftAloneError,
    NoFaceError,
    UnreadableClipError,
    WeightsError,
)

TOLD = "the clip came to nothing"
ERRORS = [
    (LeftAloneError(TOLD), ReasonCode.FACE_OVERLAPS),
    (InputsChangedError(TOLD), ReasonCode.INPUT_CHANGED),
    (GrantDoesNotCoverError(TOLD), ReasonCode.GRANT_EXPIRED),
    (SealError(ReasonCode.GRANT_EXPIRED, TOLD), ReasonCode.GRANT_EXPIRED),
    (KeyDestroyedError(TOLD), ReasonCode.CONSENT_WITHDRAWN),
    (KeyWithheldError(TOLD), ReasonCode.WORKER_FAILED),
    (UnreadableClipError(ReasonCode.FILE_TRUNCATED, TOLD), ReasonCode.WORKER_FAILED),
    (NoFaceError(TOLD), ReasonCode.WORKER_FAILED),
    (CheckpointError(TOLD), ReasonCode.WORKER_FAILED),
    (WeightsError(TOLD), ReasonCode.WORKER_FAILED),
    (SigningError(TOLD), ReasonCode.WORKER_FAILED),
    (TypesetError(TOLD), ReasonCode.WORKER_FAILED),
]


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=[type(error).__name__ for error, _ in ERRORS])
def test_an_error_is_told_under_its_code_in_a_sentence_with_a_remedy(error: Exception, code: ReasonCode) -> None:
    assert isinstance(error, making.FORESEEN)
    reason = making.in_words(error)
    assert (reason.code, reason.sentence) == (code, "The clip came to nothing.")
    assert reason.remedy


@pytest.mark.parametrize("code", [ReasonCode.KEY_ANSWER_FORGED, ReasonCode.KEYSTORE_UNREACHABLE])
def test_a_key_that_does_not_come_is_told_as_its_keeper_says(code: ReasonCode) -> None:
    assert making.in_words(ReleaseError(code, TOLD)).code is code


def test_an_error_without_words_is_told_by_its_name() -> None:
    assert making.in_words(NoFaceError()).sentence == "NoFaceError."
