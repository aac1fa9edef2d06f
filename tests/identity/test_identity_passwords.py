"""Passwords: what they must be, how they are kept, and that hashing them never takes more than it was given."""

import asyncio
import threading
import time

import pytest

from demeure.errors import DemeureError
from demeure.identity import PARAMETERS, Argon2, HashingBusy, HashingQueue, Parameters, check_password
from demeure.identity.errors import PasswordForeseen, PasswordLong, PasswordsDiffer, PasswordShort, PasswordWeak
from demeure.identity.password_rule import LEAST_BITS, bits
from demeure.testing.identity import CHEAP

OWN = ("Jeanne Martin", "jeanne.martin", "Mairie de Montfaucel")


@pytest.mark.parametrize(
    "password",
    [
        "cheval pluie tambour vélo ardoise",
        "ktqwxmrhvjzdba"[:13],
        "Vn7!tR2?xLq9",
        "Les tilleuls de la place sentent bon en juin",
        "8391746205271364",
        "горшок летит мимо окна",
        "été à Zürich, 3 valises",
        "Montfaucel fromage tracteur",
        "à Montfaucel en 2026, vive le cidre",
    ],
)
def test_these_do(password: str) -> None:
    check_password(password, password, OWN)


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordShort),
        ("Vn7!tR2?xLq", PasswordShort),
        ("x" * 201, PasswordLong),
        ("aaaaaaaaaaaaaaaaaaaa", PasswordWeak),
        ("abcabcabcabcabcabc", PasswordWeak),
        ("abcdefghijklmnop", PasswordWeak),
        ("azertyuiopqsdfghjklm", PasswordWeak),
        ("123456789012", PasswordWeak),
        ("493817264051", PasswordWeak),  # twelve digits are 40 bits
        ("MotDePasse2026", PasswordWeak),
        ("motdepassemotdepasse", PasswordWeak),
        ("bonjour bonjour!", PasswordWeak),
        ("JeanneMartin-Mairie", PasswordForeseen),
        ("jeanne.martin2026", PasswordForeseen),
        ("Montfaucel Montfaucel 1", PasswordForeseen),
        ("Mairie de Montfaucel 2026", PasswordForeseen),
        ("Montfaucel-2026!", PasswordForeseen),
        ("jeanne.martin@montfaucel", PasswordForeseen),
        ("Martin, Jeanne (mairie) 1987", PasswordForeseen),
    ],
)
def test_these_do_not_and_are_told_why(password: str, problem: type[DemeureError]) -> None:
    with pytest.raises(problem):
        check_password(password, password, OWN)


def test_both_must_be_the_same() -> None:
    with pytest.raises(PasswordsDiffer):
        check_password("cheval pluie tambour vélo", "cheval pluie tambour velo")


def test_fifty_bits_are_those_of_the_source() -> None:
    """Signs × log2 of the alphabet: eleven lower-case letters are 51.7 bits, sixteen digits 53.2."""
    assert bits("ktqwxmrhvjz") == pytest.approx(51.7, abs=0.1)
    assert bits("8391746205271364") == pytest.approx(53.2, abs=0.1)
    assert LEAST_BITS == 50


def test_a_password_is_known_again_and_only_it() -> None:
    hasher = Argon2(CHEAP)
    kept = hasher.hash("cheval pluie tambour")
    assert kept.startswith("$argon2id$")
    assert "cheval" not in kept
    assert hasher.hash("cheval pluie tambour") != kept, "salted"
    assert hasher.verify(kept, "cheval pluie tambour")
    assert not hasher.verify(kept, "cheval pluie tambou")
    assert not hasher.verify(None, "nobody has this account"), "the password nobody has opens nothing"
    assert not hasher.verify("garbage", "x")
    assert hasher.verify(hasher.hash("e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}"), "été")
    assert not hasher.verify(kept, "\ud800")


def test_changed_parameters_are_seen() -> None:
    old, new = Argon2(CHEAP), Argon2(Parameters(memory_kib=16, passes=1, lanes=1))
    kept = old.hash("x")
    assert not old.outdated(kept)
    assert new.outdated(kept)
    assert new.verify(kept, "x"), "and still open"


def test_the_parameters_are_those_of_the_source_they_name() -> None:
    assert (PARAMETERS.memory_kib, PARAMETERS.passes, PARAMETERS.lanes) == (46 * 1024, 1, 1)


def test_the_queue_runs_two_keeps_some_waiting_and_refuses_the_rest() -> None:
    running, most = 0, 0
    lock, go = threading.Lock(), threading.Event()

    def work() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        go.wait(10)
        with lock:
            running -= 1
        return 1

    async def crowd() -> list[object]:
        queue = HashingQueue(at_once=2, waiting=8)
        asked = [asyncio.create_task(queue.run(work)) for _ in range(1000)]
        while sum(task.done() for task in asked) < 990:  # noqa: ASYNC110 - others are being refused
            await asyncio.sleep(0)
        go.set()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert queue.most == 10
        assert await queue.run(lambda: 7) == 7, "afterwards there is room again"
        queue.close()
        return list(answers)

    answers = asyncio.run(crowd())
    assert most == 2
    assert answers.count(1) == 10
    refused = [a for a in answers if isinstance(a, HashingBusy)]
    assert len(refused) == 990
    assert refused[0].http_status == 429 and refused[0].params["seconds"] == 5


def test_leaving_does_not_free_the_place_of_a_hash_that_runs() -> None:
    go = threading.Event()

    async def crowd() -> None:
        queue = HashingQueue(at_once=1, waiting=0)
        first = asyncio.create_task(queue.run(lambda: go.wait(10)))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        with pytest.raises(HashingBusy):
            await queue.run(lambda: 1)
        go.set()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                assert await queue.run(lambda: 2) == 2
                break
            except HashingBusy:
                await asyncio.sleep(0.01)
        else:
            raise AssertionError("the place never came back")
        queue.close()

    asyncio.run(crowd())
