"""Guessing passwords is slow, however many processes answer and however many guesses come at once."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import RequestFactory

from countersign.accounts import signing_in
from countersign.accounts.models import Person, Tries
from tests import people as setup
from tests.people import People
from tests.provenance.conftest import own_database  # noqa: F401 - a fixture

MAIL = "anna@example.org"


def guess(password: str = "wrong", *, came_from: str = "192.0.2.1", forwarded: str = "") -> Person:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().post("/sign-in", REMOTE_ADDR=came_from, headers=headers)
    return signing_in.check(request, email=MAIL, password=password)


def guess_wrong(times: int, **how: Any) -> None:
    for _ in range(times):
        with pytest.raises(signing_in.WrongPasswordError):
            guess(**how)


def test_nothing_that_others_may_write_is_unpickled(settings: Any) -> None:
    assert settings.CACHES["default"]["BACKEND"].endswith("LocMemCache")
    assert settings.SESSION_SERIALIZER.endswith("JSONSerializer")


@pytest.mark.django_db
def test_another_process_counts_on() -> None:
    guess_wrong(signing_in.TRIES)
    cache.clear()  # what one process remembers for itself
    with pytest.raises(signing_in.TooManyTriesError):
        guess()


@pytest.mark.django_db
def test_tries_are_forgotten_after_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "PAUSE_S", 0)
    guess_wrong(signing_in.TRIES + 1)
    assert Tries.objects.count() == 1


def test_right_password_ends_the_counting(people: People) -> None:
    setup.give_password(people.producer)
    Person.objects.filter(pk=people.producer.pk).update(email=MAIL)
    guess_wrong(signing_in.TRIES - 1)
    assert guess(setup.PASSWORD).pk == people.producer.pk
    assert not Tries.objects.exists()


@pytest.mark.django_db
def test_stranger_behind_the_same_proxy_locks_nobody_out(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    guess_wrong(signing_in.TRIES, forwarded="198.51.100.7")
    with pytest.raises(signing_in.TooManyTriesError):
        guess(forwarded="203.0.113.9, 198.51.100.7")  # the first is the stranger's own word
    guess_wrong(1, forwarded="203.0.113.9")


@pytest.mark.django_db
def test_nobody_names_their_own_address_where_there_is_no_proxy() -> None:
    guess_wrong(signing_in.TRIES, forwarded="198.51.100.7")
    with pytest.raises(signing_in.TooManyTriesError):
        guess(forwarded="198.51.100.8")


def test_guesses_at_once_are_counted_each(own_database: str) -> None:  # noqa: F811 - the fixture
    told: list[str] = []
    together = Barrier(3 * signing_in.TRIES)

    def one() -> None:
        together.wait()
        try:
            guess()
        except signing_in.SigningInError as error:
            told.append(type(error).__name__)
        finally:
            connection.close()

    guesses = [Thread(target=one) for _ in range(3 * signing_in.TRIES)]
    for thread in guesses:
        thread.start()
    for thread in guesses:
        thread.join()
    assert told.count("WrongPasswordError") == signing_in.TRIES
    assert told.count("TooManyTriesError") == 2 * signing_in.TRIES
