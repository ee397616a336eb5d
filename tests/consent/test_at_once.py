"""Several people and workers at once, on connections of their own, in a database that really commits."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consent import seal, services
from consent.models import ConsentRecord, ConsentUse, GrantRedemption
from consent.types import ConsentState, Grant, Refusal
from provenance import ledger
from tests.consent.house import KEYRING, PRIVATE, PUBLIC, House
from tests.consent.test_amendment import amended


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act` gave in `count` threads that start together."""
    found: list[Any] = [None] * count
    gate = threading.Barrier(count)

    def go(number: int) -> None:
        try:
            gate.wait()
            found[number] = act(number)
        except Exception as error:
            found[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def here(own_database: str) -> House:
    return House.make()


def test_two_runs_cannot_spend_the_last_of_a_budget(here: House) -> None:
    here.active(here.idris, max_runs=3)
    here.active(here.anselm)
    answers = at_once(8, lambda _: here.ask())
    assert sum(isinstance(answer, str) for answer in answers) == 3, answers
    assert sum(isinstance(answer, Refusal) for answer in answers) == 5
    assert ConsentUse.objects.filter(part="likeness").count() == 3
    assert ledger.verify().faults == ()


def test_a_grant_redeemed_by_two_workers_is_taken_down_once(here: House) -> None:
    here.active(here.idris)
    here.active(here.anselm)
    token = here.ask()
    assert isinstance(token, str)
    run_id = seal.open(token, PUBLIC, timezone.now()).run_id
    answers = at_once(
        6, lambda _: services.redeem(token, public_pem=PUBLIC, run_id=run_id, step="train", now=timezone.now())
    )
    assert all(isinstance(answer, Grant) for answer in answers), answers
    assert GrantRedemption.objects.count() == 1
    finished = at_once(6, lambda _: services.finish(answers[0], step="train"))
    assert sorted(finished) == [False] * 5 + [True]


def test_a_withdrawal_and_a_decision_do_not_pass_each_other(here: House) -> None:
    """Whoever comes first: after the withdrawal is through, nothing more is granted."""
    here.active(here.anselm)
    for _ in range(4):
        row = here.active(here.idris)

        def act(number: int, row: Any = row) -> Any:
            return services.withdraw(row, by=here.lena, reason="") if number == 0 else here.ask()

        answers = at_once(5, act)
        assert not [answer for answer in answers if isinstance(answer, Exception)], answers
        assert isinstance(here.ask(), Refusal)
        row.refresh_from_db()
        late = ConsentUse.objects.filter(consent=row, at__gt=row.withdrawn_at)
        assert not late.exists()


def test_a_decision_waits_for_the_one_before_it(here: House) -> None:
    here.active(here.idris, max_runs=1)
    here.active(here.anselm)
    second: list[Any] = []
    waiting = threading.Thread(target=lambda: (second.append(here.ask()), connection.close()))
    with transaction.atomic():
        assert isinstance(services.decide(here.request(), by=here.petra, sealing_key=PRIVATE), str)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()  # it stands at the lock until this transaction ends
    waiting.join(20)
    assert isinstance(second[0], Refusal)


def test_one_key_is_made_however_many_ask_first(here: House) -> None:
    row = here.active(here.idris)
    sealed = at_once(5, lambda number: services.sealer(row.pk, keyring=KEYRING, context=b"")[0](bytes([number])))
    decrypt = services.sealer(row.pk, keyring=KEYRING, context=b"")[1]
    assert [decrypt(piece) for piece in sealed] == [bytes([number]) for number in range(5)]


def test_of_two_versions_approved_at_once_one_takes_the_place(here: House) -> None:
    old = here.active(here.idris)
    versions = [amended(here, old, max_runs=most) for most in (5, 7)]
    answers = at_once(2, lambda number: services.approve(versions[number], by=here.lena))
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert ConsentRecord.objects.filter(state=ConsentState.ACTIVE, amends=old).count() == 1
    assert ConsentRecord.objects.get(pk=old.pk).state == ConsentState.AMENDED
