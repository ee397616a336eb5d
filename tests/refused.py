"""Why something was refused, taken out of the answer that says so."""

from consent.types import ReasonCode, Refusal


def codes(answer: object) -> list[ReasonCode]:
    assert isinstance(answer, Refusal), answer
    return [reason.code for reason in answer.reasons]


def only(answer: object) -> ReasonCode:
    (code,) = codes(answer)
    return code
