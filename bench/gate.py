"""How long the gate takes to decide with 1,000 consents of one production before it, a yes and a no with every reason;
what documents and sealed grants cost; and how long work goes on after a withdrawal.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[1]
CONSENTS, PERFORMERS, ROUNDS = 1000, 100, 400


def main() -> None:
    from bench import report, withdrawal

    figures = {"consents": CONSENTS, **_decisions(), **_opening(), **withdrawal.stops()}
    report.write("gate", figures)


def _decisions() -> dict[str, float]:
    from consent import gate, policy
    from consent.types import Grant, Refusal
    from tests.consent.values import NOW

    rules, consents = policy.load(), _consents()
    yes, no = _request(scene="12A"), _request(scene="99")

    def grant() -> None:
        assert isinstance(gate.decide(yes, consents=consents, now=NOW, rules=rules), Grant)

    def refuse() -> None:
        assert isinstance(gate.decide(no, consents=consents, now=NOW, rules=rules), Refusal)

    granted, refused = _times(grant), _times(refuse)
    return {
        "decide_p50_ms": _ms(granted, 50),
        "decide_p99_ms": _ms(granted, 99),
        "decide_cpu_p99_ms": _ms(_times(grant, clock=time.thread_time), 99),  # without what others on the machine take
        "decisions_per_s": round(1 / statistics.mean(granted)),
        "refuse_p50_ms": _ms(refused, 50),
        "refuse_p99_ms": _ms(refused, 99),
        "policies_load_ms": _ms(_times(_load_afresh, rounds=20), 50),
    }


def _load_afresh() -> None:
    """As in a process that has just started: parsed, and checked against the schema."""
    from consent import policy

    policy._parsed.cache_clear()
    policy.parse(policy.files())


def _opening() -> dict[str, float]:
    """What a signed document and a sealed grant cost."""
    from consent import gate, pades, pki, policy, seal, typeset
    from consent.pins import Pins
    from consent.types import Grant
    from tests.consent.house import PRIVATE, PUBLIC
    from tests.consent.values import ANSELM, IDRIS, NOW, request, standing, terms

    authority = pki.Authority.make("Registry", now=NOW)
    who, trust = authority.issue("Idris Vane", now=NOW), authority.trust(now=NOW)
    offered = pades.prepare(typeset.document(terms()))
    signed = pades.sign(offered, key=who.key, certificate=who.certificate, chain=who.chain)
    grant = gate.decide(request(), consents=[standing(IDRIS), standing(ANSELM)], now=NOW, rules=policy.load())
    assert isinstance(grant, Grant)
    token = seal.seal(grant, PRIVATE)
    return {
        "typeset_p50_ms": _ms(_times(lambda: typeset.document(terms()), rounds=30), 50),
        "verify_document_p50_ms": _ms(
            _times(lambda: pades.verify(signed, pins=Pins(roots=trust), now=NOW, offered=offered), rounds=30), 50
        ),
        "open_grant_p50_ms": _ms(_times(lambda: seal.open(token, PUBLIC, NOW)), 50),
    }


def _consents() -> list[object]:
    """Ten consents for each of 100 performers, one of the ten covering the request; in no order."""
    from tests.consent import values

    made = []
    for number in range(CONSENTS):
        who = UUID(int=11 + number % PERFORMERS)
        values.NAMES.setdefault(who, f"Performer {who.int}")
        covers = number < PERFORMERS
        made.append(values.standing(who, consent_id=UUID(int=10_000 + number), scenes=("12A",) if covers else ("7",)))
    random.Random(7).shuffle(made)
    return list(made)


def _request(*, scene: str) -> object:
    from tests.consent.values import request

    return request(scene=scene)


def _times(
    act: Callable[[], object], *, rounds: int = ROUNDS, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    for _ in range(3):
        act()
    found = []
    for _ in range(rounds):
        start = clock()
        act()
        found.append(clock() - start)
    return sorted(found)


def _ms(times: list[float], percent: int) -> float:
    return round(1000 * times[min(len(times) - 1, len(times) * percent // 100)], 3)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="countersign-bench-") as folder:
        # The house of the tests reads the settings; no database is started.
        os.environ |= {"COUNTERSIGN_DATA": folder, "DJANGO_SETTINGS_MODULE": "countersign.settings"}
        import django

        django.setup()
        main()
