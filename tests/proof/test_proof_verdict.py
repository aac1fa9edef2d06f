"""What is said of what was heard: pure rules, each with the case that would break it."""

import contextlib
import os
import time
from types import SimpleNamespace

import pytest

from demeure.cli.proof_report import show
from demeure.confinement import PROFILES
from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, Fact, Proof, Result, surface
from demeure.proof.catalogue import CORE, PROBES
from demeure.proof.mutations import MUTATIONS
from demeure.proof.run import _Run
from demeure.proof.scene import FOUND, HELD, LEARNED
from demeure.proof.twin_facts import FACTS
from demeure.proof.verdict import exit_code, judged


def result(name: str = "tcp4", verdict: str = BLOCKED) -> Result:
    return Result(name, "gateway", "network", verdict, True, ("seccomp",), "EPERM")


@pytest.mark.parametrize(
    ("out", "control", "how", "verdict"),
    [
        (False, True, "EPERM", BLOCKED),
        (True, True, "worked", OPEN),
        (True, False, "worked", OPEN),
        (False, False, "EPERM", INCONCLUSIVE),
        (False, True, "", INCONCLUSIVE),
        (True, True, "EPERM", OPEN),
    ],
    ids=[
        "refused",
        "got out",
        "got out where the control did not",
        "the control failed",
        "it never answered",
        "its errno lies: the receiver heard it",
    ],
)
def test_the_outside_judges(out: bool, control: bool, how: str, verdict: str) -> None:
    assert judged(out, control, how)[0] == verdict


def test_exit_codes() -> None:
    every = [result(name) for name in CORE]
    assert exit_code(every, False) == 0
    assert exit_code([*every, result("can-bus", INCONCLUSIVE)], False) == 0
    assert exit_code([*every, result("tcp4", INCONCLUSIVE)], False) == 3
    assert exit_code(every[1:], False) == 3, "a core probe that was not tried proves nothing"
    assert exit_code([result("can-bus", OPEN)], False) == 1
    assert exit_code([result("tcp4", INCONCLUSIVE), result("udp4", OPEN)], False) == 1
    assert exit_code(every, True) == 1
    assert exit_code([], False) == 3, "no probe at all proves nothing"


def test_there_are_twenty_core_probes_that_every_role_must_stop() -> None:
    assert len(set(CORE)) == 20
    for name in CORE:
        assert all(PROBES[name].applies(profile) for profile in PROFILES.values()), name


def test_at_least_eighty_probes_each_with_its_own_way_to_be_seen() -> None:
    assert len(PROBES) >= 80
    for probe in PROBES.values():
        assert probe.layers, probe.name
        if probe.evidence in (FOUND, HELD):
            assert probe.look is not None, probe.name
        if probe.evidence == LEARNED:
            assert probe.learns, probe.name


def test_a_mutation_names_probes_that_exist_and_every_wall_has_one() -> None:
    assert {mutation.layer for mutation in MUTATIONS} == {
        *("namespaces", "capabilities", "landlock", "seccomp", "birth"),
    }
    for mutation in MUTATIONS:
        assert mutation.red and set(mutation.red) <= {*PROBES, *FACTS}, mutation.name


@pytest.mark.parametrize(("language", "words"), [("fr", "un réseau à part"), ("en", "no network of its own")])
def test_why_nothing_is_concluded_is_told_in_the_language_of_the_reader(
    language: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = Result("tcp4-address", "gateway", "network", INCONCLUSIVE, False, (), "", "no network of its own")
    show(Proof([unknown], "B", []), language)
    assert f"{words}" in capsys.readouterr().out


def test_the_verdict_that_concludes_nothing_says_which_probe_or_which_fact(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = [result(name) for name in CORE if name != "udp4"] + [result("udp4", INCONCLUSIVE)]
    show(Proof(told, "A", [Fact("same-ground", INCONCLUSIVE, "Ailleurs.", "Elsewhere.")]), "en")
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "VERDICT: inconclusive here. Core probes without a conclusion: udp4. Elsewhere."


def test_what_a_probe_forked_in_a_namespace_of_its_own_ends_with_it() -> None:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.write(writing, str(surface._clone(None)).encode())  # type: ignore[arg-type]
            time.sleep(0.1)  # it has begun
        os._exit(0)
    os.close(writing)
    began = time.monotonic()
    with os.fdopen(reading, "rb") as said:  # the other end is held by whatever is left
        made = said.read()
    os.waitpid(pid, 0)
    if not made:
        pytest.skip("no user namespace may be made here")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(("answers", "waited"), [(60, 240), (4, 30 * 4 + 45), (0, 45)])
def test_probes_are_waited_for_as_long_as_answers_come(
    monkeypatch: pytest.MonkeyPatch, answers: int, waited: int
) -> None:
    """A machine so busy that one answer takes half a minute."""
    now, child = [0.0], _Run.__new__(_Run)
    child._finished, child._how, child._progress = set(), {}, lambda done, whole: None

    class Receivers:
        def turn(self, seconds: float) -> None:
            now[0] += 1.0
            if now[0] % 30 == 0 and len(child._how) < answers:
                child._how[("gateway", str(now[0]))] = "EPERM"

    child._ground = SimpleNamespace(receivers=Receivers())
    child._ended = lambda pid: False
    monkeypatch.setattr("demeure.proof.run.time", SimpleNamespace(monotonic=lambda: now[0]))
    assert child._heard_out(1, {"gateway"}, 100) is False
    assert now[0] == waited
