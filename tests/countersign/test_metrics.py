"""The log's figures, read by the parser of Prometheus' own client; and who may read them."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from countersign import keys, log
from countersign.watch import memory, watcher
from countersign.watch.metrics import Figure
from countersign.watch.watcher import Watcher
from provenance import ledger
from provenance.errors import LedgerError
from provenance.types import EntryKind
from tests import honest, people as setup
from tests.countersign.watched import HOUR
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import ENTRIES, fill

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA = tmp_path
    settings.KEYS = tmp_path / "keys"
    keys.prepare(settings.KEYS)
    keys.make_log_key(settings.KEYS, "testserver/log")
    return tmp_path / "keys"


def exposition() -> str:
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def figures() -> dict[str, float]:
    families = text_string_to_metric_families(exposition())
    samples = [sample for family in families for sample in family.samples]
    named = [" ".join((sample.name.removeprefix("countersign_log_"), *sample.labels.values())) for sample in samples]
    return dict(zip(named, (sample.value for sample in samples), strict=True))


def test_figures_say_how_the_log_stands() -> None:
    fill(300)
    holder = log.holder()
    assert holder
    log.signed(holder)
    write(2)
    honest.append(EntryKind.RUN_GRANTED, subject="run:1", actor="person:1")
    said = figures()
    assert said["entries_total"] == 302
    assert (said["pending_entries"], said["checkpoint_size"], said["uncovered_entries"]) == (1, 300, 2)
    for age in ("pending_oldest_seconds", "uncovered_oldest_seconds", "checkpoint_age_seconds"):
        assert 0 < said[age] < 60
    assert said["alarms_open ledger-broken"] == 0


def test_figures_say_what_the_watch_found() -> None:
    write(6)
    forge(f"UPDATE {ENTRIES} SET actor = 'x' WHERE index = 3")
    Watcher(observer=watcher.SITE, file=memory.place(), say=str).look(at=datetime.now(UTC) + HOUR)
    said = figures()
    assert (said["verified_entries site"], said["verification_faults site"]) == (0, 1)
    assert said["alarms_open ledger-broken"] == 1


def test_refused_entries_are_counted_though_their_transactions_are_undone() -> None:
    before = figures()["appends_refused_total"]
    for body in ({"reasons": [], "n": 1}, {"reasons": ["\x00"]}):
        with pytest.raises(LedgerError), transaction.atomic():
            ledger.append(EntryKind.RUN_REFUSED, subject="run:1", actor="person:1", body={**body})
    assert figures()["appends_refused_total"] == before + 2


def test_figures_name_nobody_and_nothing() -> None:
    people = setup.make()
    setup.entry(EntryKind.PERSON_SIGNED_IN, f"person:{people.legal.pk}", f"person:{people.legal.pk}", way="page")
    text = exposition()
    for name in (people.legal.name, people.legal.email, str(people.legal.pk), people.production.title):
        assert name not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


def test_no_table_is_counted() -> None:
    fill(300)
    with CaptureQueriesContext(connection) as asked:
        exposition()
    counted = [query["sql"] for query in asked if "COUNT(" in query["sql"].upper()]
    assert all("pending" in sql or "contradiction" in sql for sql in counted), counted
    assert all("LIMIT" in sql for sql in counted if "pending" in sql)


@pytest.mark.parametrize(
    ("meta", "token", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, "", 200),
        ({"REMOTE_ADDR": "::1"}, "", 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, "", 404),
        ({"REMOTE_ADDR": ""}, "", 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, "", 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"}, "", 404),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer s3cret"}, "s3cret", 200),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer wrong"}, "s3cret", 404),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer "}, "", 404),
        ({"REMOTE_ADDR": "192.0.2.7", "HTTP_AUTHORIZATION": "Bearer ü"}, "s3cret", 404),
    ],
)
def test_figures_are_for_this_machine_or_for_who_knows_the_token(
    settings: Any, meta: dict[str, str], token: str, status: int
) -> None:
    settings.METRICS_TOKEN = token
    assert Client().get("/metrics", **meta).status_code == status


def test_behind_a_proxy_everybody_seems_to_be_beside_us_and_only_the_token_counts(settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.METRICS_TOKEN = "s3cret"
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_names_that_others_chose_cannot_break_a_line() -> None:
    line = Figure(name="n", help="h", value=1.5, labels=(("witness", 'a"b\\c\nd'),)).line
    (family,) = text_string_to_metric_families(line)
    assert family.samples[0].labels == {"witness": 'a"b\\c\nd'}
