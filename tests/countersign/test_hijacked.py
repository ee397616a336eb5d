"""A hijacked process of the application puts false lines among the true: whoever reads takes the true ones."""

import pytest
from django.db import DatabaseError
from django.test import Client

from countersign import cosigning, log, witnesses
from provenance import checkpoint, cosigned, notary
from provenance.models import Opening
from provenance.note import Signature
from tests.countersign.guilds import Guild
from tests.countersign.test_pages import as_
from tests.countersign.test_witnesses import NAMES, ask, both, folder, of_keys, of_log, sign
from tests.people import People
from tests.provenance.test_hijacked import call
from tests.provenance.test_notary import fill

__all__ = ["both", "folder"]
pytestmark = pytest.mark.django_db


def lie(size: int, guild: Guild, number: int = 0) -> None:
    """A line in the name and with the key id of a witness, which did not write it."""
    made = Signature(name=guild.verifier.name, key_id=guild.verifier.key_id, value=bytes([number]) * 72)
    notary.keep_cosignature(size, witness=guild.verifier.name, line=str(made))


def test_false_cosignature_shuts_out_no_true_one(both: tuple[Guild, Guild]) -> None:
    fill(5)
    row = sign()
    for guild in both:
        lie(row.size, guild)
    policy = witnesses.policy(of_keys())
    assert cosigned.size_known_to(both[0].verifier) == 0, "it is still asked"
    assert not cosigned.standing(policy, covering=0).enough
    assert ask(row) == ["", ""]
    for guild in both:
        lie(row.size, guild, 1)
    assert cosigned.standing(policy, covering=0).enough
    assert cosigned.size_known_to(both[0].verifier) == row.size
    told = [fault.sentence for fault in log.audit().faults]
    assert len(told) == 4
    assert all("does not hold" in sentence for sentence in told), "each false line is told"


def test_false_cosignature_does_not_make_the_served_checkpoint_worthless(both: tuple[Guild, Guild]) -> None:
    """To whoever knows the witness's key, one false line of it would."""
    fill(5)
    row = sign()
    lie(row.size, both[0])
    assert cosigning.ask(row, witnesses.policy(of_keys()).witnesses[1]) == ""
    raw = Client().get("/log/checkpoint").content
    found = checkpoint.opened(raw, log=of_log(of_keys()), witnesses=[guild.verifier for guild in both])
    assert [voucher.verifier.name for voucher in found.witnesses] == [NAMES[1]]


def test_false_lines_on_many_checkpoints_hold_up_no_publication_for_good(both: tuple[Guild, Guild]) -> None:
    for _ in range(cosigned.LOOKED_AT + 1):
        fill(1)
        size = sign().size
        for guild in both:
            lie(size, guild)
            lie(size, guild, 1)
    fill(1)
    assert ask(sign()) == ["", ""]
    policy = witnesses.policy(of_keys())
    assert cosigned.standing(policy, covering=0).enough
    assert cosigned.newest_with_enough(policy)


@pytest.mark.parametrize(
    "line",
    ["hello", "— other.example/w AAAA", "— guild.example/w AAAA\n— guild.example/w AAAA", "— guild.example/w A A"],
)
def test_line_that_is_none_of_the_witness_is_not_kept(folder: object, line: str) -> None:
    fill(1)
    sign()
    with pytest.raises(DatabaseError, match="one line of the witness"):
        call("ledger_cosign", 1, "guild.example/w", line)


def test_checkpoint_that_the_log_did_not_sign_is_served_to_nobody(folder: object) -> None:
    fill(3)
    raw = sign().note
    fill(2)
    _, _, root, _ = raw.split("\n", 3)
    call("ledger_checkpoint", 5, bytes(32), f"testserver/log\n5\n{'A' * 43}=\n\n— testserver/log AAAA{root}\n")
    assert Client().get("/log/checkpoint").content.decode() == raw
    assert Client().get("/log/tile/0/000.p/5").status_code == 404
    assert log.proof(2).endswith(raw)
    fill(1)
    assert sign().size == 6
    assert log.proof(2).endswith(raw)
    assert "\n6\n" in log.proof(3), "not the false one of 5 entries"


@pytest.mark.parametrize(
    ("of", "value"), [("performer:nobody", '"x"'), ("production:{pk}", "{"), ("production:{pk}", "1")]
)
def test_false_opening_breaks_no_page(people: People, of: str, value: str) -> None:
    """Openings are rows that can be erased, hence also put there falsely."""
    subject = f"production:{people.production.pk}"
    call("ledger_append", '"person:1"', f'{{"sealed":{{"name":"{"a" * 64}"}}}}', '"hold:placed"', f'"{subject}"')
    whose = of.format(pk=people.production.pk)
    Opening.objects.create(commitment="a" * 64, of=whose, field="name", value=value, salt=bytes(32))
    assert as_(people.legal).get(f"/ledger?production={people.production.pk}").status_code == 200
