"""What needs no process: the route's file, its refusals, the counts, names given back as they come, the matrix."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from airlock_ends import Authority
from airlock_house import ME, OPEN, route
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.airlock import AirlockLine, RouteInvalid, RouteStream, RouteTarget, RouteUnreachable, tallies
from demeure.airlock import line as line_module
from demeure.airlock.chat import body_of, examples_of, texts_of
from demeure.airlock.declared import credential, credentials_key, find, keep, keep_credential, load, serving
from demeure.airlock.leaving import CHAINS, Asker, Leaving
from demeure.airlock.ledger import Ledger
from demeure.airlock.masking import Restoring, Told, look
from demeure.airlock.opening import places_of, until_tomorrow, version_of
from demeure.airlock.route import read, written
from demeure.gateway.flows import read_flows
from demeure.gateway.telling import about
from demeure.gateway.ways_out import WaysOut, listed, together
from demeure.journal import JournalUnavailable
from demeure.journal.entry import open_envelope
from demeure.policy import Actor, in_force, machine_actor, read_policy
from demeure.proof.route_facts import of_routes
from demeure.store.errors import SealBroken
from demeure.testing.clock import StillClock
from demeure.testing.journal import MemoryJournal
from demeure.wire import Channel, Reply, Request

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
PERSONAL = (
    "Mme Claire Durand (claire.durand@exemple.fr, 06 12 34 56 78) et M. Paul Martin, 3 rue des Lilas, 29200 Brest"
)


IN_CLEAR = {"tls": False, "addresses": ["10.1.2.3"], "networks": ["10.0.0.0/8"], "account": "client"}


def test_a_route_is_read_as_it_was_written(tmp_path: Path) -> None:
    whole = route(
        8443,
        Authority().pem,
        pin="sha256/" + "A" * 43 + "=",
        hours={"days": ["mon", "tue"], "start": "8:00", "end": "19:30"},
        quotas={"person": 3, "route": 9, "bytes": 10_000},
        groups={"état civil": 4},
        limits={"request": 1000, "silence": 5},
        contents=True,
        open=False,
        purpose='dire « bonjour » "ici" \\ là',
    )
    assert read(written(whole)) == whole
    keep(tmp_path, whole)
    assert load(tmp_path / "routes" / "far.toml") == whole
    assert (tmp_path / "routes" / "far.toml").stat().st_mode & 0o077 == 0
    assert not serving(tmp_path, date(2026, 11, 26)) and version_of(tmp_path) == ()
    (tmp_path / "routes" / "other.toml").write_text(written(whole))
    with pytest.raises(RouteInvalid, match="other"):
        load(tmp_path / "routes" / "other.toml")


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"addresses": ["192.0.2.9"]}, "no declared network"),
        ({"addresses": []}, "no address"),
        ({"addresses": ["engine.test"]}, "not an address"),
        ({"networks": ["0.0.0.0/0"]}, "declares nothing"),
        ({"networks": ["::/0"], "addresses": ["::1"]}, "declares nothing"),
        ({"tls": False, "addresses": ["93.184.216.34"], "networks": ["93.184.216.0/24"]}, "private network"),
        *(
            ({**IN_CLEAR, "kind": kind}, "passwords pass")
            for kind in ("directory", "postgresql", "openid", "webhook")
        ),
        ({**IN_CLEAR, "kind": "relay", "sender": "mairie@exemple.fr"}, "passwords pass"),
        ({"host": "evil.test/x"}, "host"),
        ({"host": "a\r\nX: y"}, "host"),
        ({"path": "/v1?x=y"}, "path"),
        ({"model": ""}, "model"),
        ({"pin": "sha1/x"}, "pin"),
        ({"authority": "a letter"}, "in PEM"),
        ({"authority": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "in PEM"),
        ({"port": 1}, "port"),
        ({"id": "../x"}, "name"),
        ({"classes": []}, "class"),
        ({"owner": " "}, "owner"),
        ({"kind": "ftp"}, "kind"),
        ({"kind": "relay", "sender": "x"}, "sender"),
        ({"surprise": 1}, "surprise"),
        ({"expiry": "2026"}, "date"),
        ({"hours": {"start": "25:00"}}, "hour"),
        ({"quotas": {"person": 0}}, "positive"),
        ({"quotas": {"nobody": 1}}, "nobody"),
        ({"kind": "ntp"}, "in clear"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_word(more: dict[str, Any], word: str) -> None:
    with pytest.raises(RouteInvalid) as refused:
        route(**{"port": 443, **more})
    assert word in refused.value.sentence("en")


PLAIN = {"kind": "postgresql", "id": "base", "host": "10.1.2.3", "addresses": ["10.1.2.3"], "model": "", "path": ""}


def former(instance: Path) -> Path:
    """The file of a route that could be declared before: a database of the private network, in clear."""
    (instance / "routes").mkdir(exist_ok=True)
    secured = written(route(5432, **PLAIN, networks=["10.0.0.0/8"]))
    path = instance / "routes" / "base.toml"
    path.write_text(f"tls = false\n{secured}")
    return path


def test_a_route_in_clear_of_before_is_read_closed_told_and_never_opened_again(tmp_path: Path) -> None:
    former(tmp_path)
    keep(tmp_path, route(443))
    assert [one.id for one in serving(tmp_path, NOW.date())] == ["far"], "the other one goes on"
    base, far = listed(tmp_path)
    assert (base["id"], base["open"], base["read"]) == ("base", False, True) and far["open"] and not far["wrong"]
    assert "passwords pass there" in base["wrong"]["en"] and "mots de passe" in base["wrong"]["fr"]
    assert of_routes(tmp_path, {"processes": []})[0] == "inconclusive", "no red: nothing passes by it"
    with pytest.raises(RouteInvalid, match="passwords pass"):
        keep(tmp_path, replace(find(tmp_path, "base"), open=True))
    keep(tmp_path, find(tmp_path, "base"))
    assert not find(tmp_path, "base").open


def test_a_route_past_its_last_day_says_when_and_what_to_do_wherever_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demeure.cli import routes_cmd
    from demeure.cli.main import cli

    told: list[tuple[str, str]] = []
    monkeypatch.setattr(routes_cmd, "_told", lambda _obj, act, name: told.append((act, name)))
    (tmp_path / "keys").mkdir()
    keep(tmp_path, route(443, expiry=date(2026, 1, 31)))
    (row,) = listed(tmp_path)
    assert (row["open"], row["closed"], row["read"]) == (False, False, True)
    assert (
        "le 31/01/2026," in row["wrong"]["fr"]
        and "2026-01-31" in row["wrong"]["en"]
        and "--expires AAAA-MM-JJ" in row["wrong"]["fr"]
    )
    assert "modèle local" not in row["wrong"]["fr"], "nobody asked a question"
    state, french, english = of_routes(tmp_path, {"processes": []})
    assert (
        state == "blocked"
        and french.endswith("Expirée\u00a0: far (31/01/2026).")
        and "far (2026-01-31)." in english
    )

    def tell(*words: str, language: str = "fr") -> Any:
        return CliRunner().invoke(cli, ["--instance", str(tmp_path), "--language", language, *words])

    for words in (("routes", "list"), ("routes", "show", "far"), ("flows",)):
        said = tell(*words).stdout
        assert "son dernier jour était le 31/01/2026" in said and "routes open far --expires" in said, words
    assert "expirée" in tell("routes", "list").stdout
    refused = tell("routes", "open", "far")
    assert isinstance(refused.exception, RouteInvalid)
    assert refused.exception.sentence("fr").endswith("est passé. Donnez-en un autre\u00a0: --expires AAAA-MM-JJ.")
    again = tell("routes", "open", "far", "--expires", "2020-01-01", language="en")
    assert again.exit_code and not told
    assert tell("routes", "open", "far", "--expires", "2099-12-31").exit_code == 0 and told == [("opened", "far")]
    assert (find(tmp_path, "far").terms.expiry, listed(tmp_path)[0]["open"]) == (date(2099, 12, 31), True)
    assert replace(find(tmp_path, "far"), open=False).expired(date(2100, 1, 1)) is None, "closed by hand is closed"


def test_an_airlock_is_looked_at_as_a_day_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that outlives its last route by some seconds is told as an alarm."""
    now = datetime.now(UTC)
    begins = (now + timedelta(seconds=until_tomorrow() + line_module.INTO)).astimezone()
    assert begins.date() == now.astimezone().date() + timedelta(days=1) and (begins.hour, begins.minute) == (0, 0)
    looks: list[float] = []

    async def slept(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            raise asyncio.CancelledError

    monkeypatch.setattr(line_module.asyncio, "sleep", slept)
    for left, wanted in ((3.0, 3.0 + line_module.INTO), (9000.0, line_module.LOOK)):
        looks.clear()
        monkeypatch.setattr(line_module, "until_tomorrow", lambda left=left: left)
        line = AirlockLine(tmp_path, nowhere, lambda *_: b"", lambda: in_force().policy)
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(line.keep())
        assert looks == [wanted, wanted]


async def nowhere() -> socket.socket:
    raise OSError


def test_a_route_opened_again_that_the_journal_does_not_take_keeps_its_former_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demeure.cli import routes_cmd
    from demeure.cli.main import cli

    def silent(*_: object) -> None:
        raise JournalUnavailable

    monkeypatch.setattr(routes_cmd, "_told", silent)
    (tmp_path / "keys").mkdir()
    keep(tmp_path, route(443, expiry=date(2026, 1, 31)))
    words = ["--instance", str(tmp_path), "routes", "open", "far", "--expires", "2099-12-31"]
    assert CliRunner().invoke(cli, words).exit_code != 0
    assert (find(tmp_path, "far").terms.expiry, find(tmp_path, "far").open) == (date(2026, 1, 31), False)


def test_a_class_that_the_policy_does_not_have_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    class Line:
        async def refresh(self) -> bool:
            return True

    keep(tmp_path, route(443, classes=["interne", "publique"]))
    keep(tmp_path, route(443, id="near", classes=["interne"]))
    journal = MemoryJournal()
    ways = WaysOut(tmp_path, Line(), journal, lambda _: [])  # type: ignore[arg-type]
    owner = machine_actor(1000, 1000, "Mairie")
    with pytest.raises(RouteInvalid) as refused:
        asyncio.run(ways.changed(owner, "added", "far"))
    known = ", ".join(one.id for one in in_force().policy.classes)
    assert f"« publique ». Ses classes : {known}." in refused.value.sentence("fr").replace("\u00a0", " ")
    assert f"no class “publique”. Its classes: {known}." in refused.value.sentence("en")
    assert not journal.entries, "nothing was added"
    for act, name in (("added", "near"), ("closed", "far"), ("removed", "far")):  # one of before can be left
        assert asyncio.run(ways.changed(owner, act, name))
    keep(tmp_path, route(443, id="near", classes=["interne"], expiry=date(2099, 12, 31)))
    asyncio.run(ways.changed(owner, "opened", "near"))
    last = journal.entries[-1]
    assert (last.name, last.object) == ("route-opened", "near last-day=2099-12-31"), "the day that it was given"
    assert about("fr", last.name, last.object) == "near, dernier jour\u00a0: 31/12/2099"


def test_a_file_that_cannot_be_read_is_a_row_and_hides_no_other(tmp_path: Path) -> None:
    keep(tmp_path, route(443))
    (tmp_path / "routes" / "broken.toml").write_text("tls = ")
    broken, far = listed(tmp_path)
    assert (broken["id"], broken["read"], broken["open"]) == ("broken", False, False) and far["open"]
    assert "« broken »" in broken["wrong"]["fr"].replace("\u00a0", " ") and set(broken) == set(far)
    state, french, _ = of_routes(tmp_path, {"processes": []})
    assert (state, french) == ("open", broken["wrong"]["fr"])


def test_the_commands_list_and_forget_a_route_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demeure.cli import routes_cmd
    from demeure.cli.main import cli

    told: list[tuple[str, str]] = []
    monkeypatch.setattr(routes_cmd, "_told", lambda _obj, act, name: told.append((act, name)))
    (tmp_path / "keys").mkdir()
    former(tmp_path)
    (tmp_path / "routes" / "broken.toml").write_text("tls = ")

    def tell(*words: str) -> str:
        done = CliRunner().invoke(cli, ["--instance", str(tmp_path), "--language", "en", "routes", *words])
        assert done.exit_code == 0, done.output
        return done.stdout

    said = tell("list")
    assert "unreadable" in said and "demeure routes remove broken" in said and "passwords pass there" in said
    assert "passwords pass there" in tell("show", "base")
    tell("close", "base")
    for name in ("broken", "base"):
        tell("remove", name, "--yes")
    assert told == [("closed", "base"), ("removed", "broken"), ("removed", "base")]
    assert json.loads(tell("list", "--json")) == []


def test_a_key_passes_in_clear_by_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demeure.cli import routes_cmd
    from demeure.cli.main import cli

    monkeypatch.setattr(routes_cmd, "_told", lambda *_: None)
    monkeypatch.setattr(routes_cmd, "_house_key", lambda _: bytes(32))
    (tmp_path / "keys").mkdir()
    told = ["--kind", "engine", "--host", "moteur.lan", "--port", "8000", "--model", "m", "--in-clear"]
    for name in ("owner", "purpose", "contract", "country", "law", "class"):
        told += [f"--{name}", "public"]
    told += ["--expires", "2099-01-01", "--hours", "8:00-19:00", "--days", "mon,tue", "--per-group", "7"]

    def tell(*words: str) -> Any:
        start = ["--instance", str(tmp_path), "--language", "en", "routes"]
        return CliRunner().invoke(cli, [*start, *words], input="secret\n")

    add = ["add", "far", *told, "--credential"]
    refused = tell(*add, "--address", "10.1.2.3")
    assert refused.exit_code != 0 and "passwords pass there" in str(refused.exception) + refused.output
    assert not listed(tmp_path)
    assert tell(*add, "--address", "127.0.0.1").exit_code == 0
    assert tell("remove", "far", "--yes").exit_code == 0
    assert tell("add", "far", *told, "--address", "10.1.2.3").exit_code == 0, "without a key it may"
    over = tell("add", "late", *told[:-8], "--expires", "2020-01-01", "--address", "127.0.0.1")
    assert over.exit_code != 0 and "its last day, 2020-01-01, is over" in str(over.exception) + over.output
    shown = tell("show", "far").output
    assert "hours: mon, tue, 8:00-19:00" in shown and "quotas a day: 7 requests a group" in shown
    assert "at most: 2097152 bytes out, 8388608 back, 600 s" in shown


def test_a_credential_opens_for_its_route_alone(tmp_path: Path) -> None:
    house = bytes(range(32))
    keep_credential(tmp_path, "far", house, "sésame")
    key = credentials_key(house)
    assert credential(tmp_path, "far", key) == "sésame"
    assert b"same" not in (tmp_path / "keys/routes/far.sealed").read_bytes()
    (tmp_path / "keys/routes/other.sealed").write_bytes((tmp_path / "keys/routes/far.sealed").read_bytes())
    for name, tried in (("other", key), ("far", credentials_key(bytes(32)))):
        with pytest.raises(SealBroken):
            credential(tmp_path, name, tried)
    assert credential(tmp_path, "none", key) == ""


def test_counts_are_shared_kept_and_survive_a_cut_line(tmp_path: Path) -> None:
    limited = route(443, quotas={"person": 2, "group": 3, "route": 4, "bytes": 1000}, person_bytes=500)
    one, two = Ledger(tmp_path), Ledger(tmp_path)
    assert one.book(limited, "ann", ["g"], 100, NOW) is None
    assert two.book(limited, "ann", ["g"], 100, NOW) is None
    over = one.book(limited, "ann", ["g"], 1, NOW)
    assert over is not None and over.rule == "quota-person"
    with (tmp_path / "2026-11-26.jsonl").open("a") as file:
        file.write('{"route": "far", "out')  # a power cut
    assert Ledger(tmp_path).book(limited, "bob", ["g"], 600, NOW).rule == "quota-person-bytes"  # type: ignore[union-attr]
    assert two.book(limited, "bob", ["g"], 400, NOW) is None
    assert one.book(limited, "eve", ["g"], 1, NOW).rule == "quota-group"  # type: ignore[union-attr]
    assert one.book(limited, "eve", [], 500, NOW).rule == "quota-bytes"  # type: ignore[union-attr]
    assert one.book(limited, "eve", [], 1, NOW) is None
    assert two.book(limited, "kim", [], 1, NOW).rule == "quota-route"  # type: ignore[union-attr]
    assert one.book(limited, "ann", ["g"], 1, NOW.replace(day=27)) is None
    two.answered("far", 70, NOW)
    told = tallies(tmp_path)["far"]
    assert (told.requests, told.out, told.back, told.refused) == (5, 602, 70, 5)
    assert tallies(tmp_path, date(2026, 11, 27))["far"].requests == 1


def test_what_stayed_after_all_is_not_counted_as_out_and_quotas_have_it_back(tmp_path: Path) -> None:
    limited, ledger = route(443, quotas={"person": 3, "bytes": 1000}), Ledger(tmp_path)
    assert ledger.book(limited, "ann", ["g"], 900, NOW) is None
    assert ledger.book(limited, "ann", ["g"], 200, NOW).rule == "quota-bytes"  # type: ignore[union-attr]
    ledger.stayed("far", "ann", ["g"], 900, NOW)
    ledger.tried(limited, 256, NOW)
    ledger.stayed("far", "", (), 256, NOW)
    assert tallies(tmp_path)["far"].out == 0 and tallies(tmp_path)["far"].requests == 2
    for one in (ledger, Ledger(tmp_path)):
        assert one.book(limited, "ann", ["g"], 400, NOW) is None
    assert Ledger(tmp_path).book(limited, "ann", ["g"], 1, NOW).rule == "quota-person"  # type: ignore[union-attr]
    assert Ledger(tmp_path).book(limited, "bob", ["g"], 201, NOW).rule == "quota-bytes"  # type: ignore[union-attr]
    assert (tallies(tmp_path)["far"].requests, tallies(tmp_path)["far"].out) == (4, 800)


def test_what_is_replaced_comes_back_however_it_is_cut() -> None:
    seen = look([PERSONAL, f"Et encore {PERSONAL}"], replace=True)
    assert not any(word in "".join(seen.texts) for word in ("Durand", "Martin", "exemple.fr", "06 12", "Lilas"))
    assert seen.texts[1].endswith(seen.texts[0])  # the same person, the same token

    @given(st.lists(st.integers(1, 12), min_size=1, max_size=60))
    @settings(max_examples=25, deadline=None)
    def cut(sizes: list[int]) -> None:
        restoring, told, at = Restoring(seen.table), "", 0
        answer = f"{seen.texts[0]} [1] tableau[0] [PERSONNE_99] {'x' * 60}"
        for size in sizes:
            told += restoring.feed(answer[at : at + size])
            at += size
        told += restoring.feed(answer[at:]) + restoring.finish()
        assert told == f"{PERSONAL} [1] tableau[0] [PERSONNE_99] {'x' * 60}"

    cut()
    assert look([PERSONAL], replace=False).texts == (PERSONAL,)
    leaving = look(["Demande de Mme Kervadour.", "Source : Kervadour.txt", "Et kervadour ?"], replace=True).texts
    assert not any("kervadour" in text.lower() for text in leaving), "a source, a question typed in haste"
    assert look([PERSONAL], replace=False).found["name"] == 2


def process(role: str, *rows: tuple[str, str], **more: Any) -> dict[str, Any]:
    held = [{"number": n, "kind": kind, "target": target} for n, (kind, target) in enumerate(rows, 3)]
    return {"role": role, "pid": 7, "facts": {"descriptors": held}, "differences": [], **more}


def test_a_socket_that_nobody_declared_is_an_alarm() -> None:
    place = "tcp 10.0.0.2 port 50000 to 127.0.0.1 port 8443"
    gateway = process("gateway", ("listener", "tcp 127.0.0.1 port 8420"), ("accepted", "x"), ("unix stream", ""))
    airlock = process("airlock", ("tcp", place))
    opened = {"id": "far", "host": "engine.test", "port": 8443, "addresses": ["127.0.0.1"]}

    def alarms(routes: list[Any], *processes: Any) -> list[str]:
        flows = read_flows("", "127.0.0.1:8420", routes, {"processes": list(processes)})
        return [f"{flow.source} {flow.target}" for flow in flows if flow.alarm]

    assert alarms([], gateway) == []
    assert alarms([opened], gateway, airlock) == []
    assert alarms([], gateway, airlock) == ["airlock 127.0.0.1 port 8443", "airlock ?"]
    for where, alarm in (
        ("tcp 127.0.0.1 port 8420", False),
        ("tcp 0.0.0.0 port 8420", True),
        ("tcp 127.0.0.1 port 9000", True),
        ("tcp 10.0.0.5 port 8420", True),
        ("tcp ::1 port 8420", True),
    ):
        listens = {"processes": [process("gateway", ("listener", where))]}
        flows = read_flows("", "127.0.0.1:8420", [], listens, ("127.0.0.1", 8420))
        assert any(flow.alarm for flow in flows) is alarm, where
        assert not any(flow.alarm for flow in read_flows("", "a", [], listens)), "nobody knows what is declared"
    for told, where in (
        ("localhost", "tcp 127.0.0.1 port 8420"),
        ("0:0:0:0:0:0:0:1", "tcp ::1 port 8420"),
        ("0.0.0.0", "tcp 0.0.0.0 port 8420"),
        ("::", "tcp :: port 8420"),
    ):
        listens = {"processes": [process("gateway", ("listener", where))]}
        assert not any(flow.alarm for flow in read_flows("", "a", [], listens, (told, 8420))), told
    elsewhere = process("airlock", ("tcp", place.replace("8443", "25")))
    assert alarms([opened], elsewhere) == ["airlock 127.0.0.1 port 25"]
    assert alarms([opened], process("worker", ("tcp", place))) == ["worker 127.0.0.1 port 8443"]
    assert alarms([], process("scribe", ("udp", "udp 0.0.0.0"))) == ["scribe udp 0.0.0.0"]
    declared = {flow.target for flow in read_flows("/run/clamd", "a", [opened], None)}
    assert {"antivirus", "engine.test", "airlock-door"} <= declared
    assert "airlock" not in {flow.target for flow in read_flows("", "a", [], None)}
    assert places_of(route(8443)) == [(2, "127.0.0.1", 8443)]


def test_the_proof_tells_what_is_open_and_what_should_not_run(tmp_path: Path) -> None:
    still: dict[str, Any] = {"processes": []}
    runs = {"processes": [{"role": "airlock", "facts": {"pid": 1}}]}
    assert of_routes(tmp_path, still)[0] == "blocked"
    assert of_routes(tmp_path, runs)[0] == "open"
    far = route(443, expiry=date(2099, 1, 1))
    keep(tmp_path, far)
    (tmp_path / "airlock").mkdir()
    assert Ledger(tmp_path / "airlock").book(far, "ann", [], 100, NOW) is None
    state, french, english = of_routes(tmp_path, runs)
    assert state == "inconclusive" and "OUVERTE" in french
    assert english.startswith("OPEN by the organisation, 1 route: far → engine.test:443 (127.0.0.1; France)")
    assert "; 1 request, 100 bytes out" in english and "; 1 demande, 100 octets" in french
    (tmp_path / "routes" / "far.toml").write_text("not a route")
    assert of_routes(tmp_path, still)[0] == "open"


def test_every_text_that_would_leave_is_looked_at() -> None:
    told = {"messages": [{"role": "user", "content": PERSONAL}], "stop": ["Claire Durand"], "max_tokens": 5}
    seen = look(texts_of(told), replace=True)
    body = json.loads(body_of(route(8443), told, seen.texts))
    assert "Durand" not in json.dumps(body) and body["stop"][0].startswith("[PERSONNE_1")
    assert "stop" not in json.loads(body_of(route(8443), {**told, "stop": [1]}, seen.texts[:1]))


def test_names_of_examples_are_masked_and_told_to_nobody_who_asks() -> None:
    roles = ("system", "user", "assistant", "user")
    told = {"messages": [{"role": role, "content": PERSONAL} for role in roles], "stop": ["Claire Durand"]}
    seen = look(texts_of(told), replace=True, examples=examples_of(told))
    assert not any(word in "".join(seen.texts) for word in ("Durand", "Martin", "exemple.fr"))
    once = look([PERSONAL], replace=True)
    (found, replaced), stop = seen.asked, look(["Claire Durand"], replace=True).replaced
    assert replaced == 2 * once.replaced + stop and seen.replaced == 4 * once.replaced + stop
    assert found["name"] == 2 * once.found["name"] + 1 and found["email"] == 2 * once.found["email"]
    assert look([PERSONAL], replace=False).asked == (once.found, 0)
    one = {"messages": [{"role": "system", "content": "Source : Mme Durand"}]}
    assert not examples_of(one) and look(texts_of(one), replace=True, examples=examples_of(one)).asked[1] == 1


@pytest.mark.parametrize("journal", ["contents", "acts"])
def test_contents_are_kept_where_the_class_lets_the_journal_keep_them(tmp_path: Path, journal: str) -> None:
    class Written:
        payload = b""

        async def intention_sealed(self, draft: Any, commitment: str, sealed: bytes) -> Any:
            Written.payload = open_envelope(sealed, commitment) or b""

    async def sealed(space: str | None, actor: str, clear: bytes) -> bytes:
        return clear

    async def go() -> None:
        leaving: Any = Leaving(Ledger(tmp_path), Written(), sealed, StillClock())  # type: ignore[arg-type]
        leaving.policy = read_policy(OPEN.replace('journal = "contents"', f'journal = "{journal}"'))
        one = route(8443, contents=True)
        decision = await leaving.decide(one, ME)
        await leaving.let_out(one, ME, decision, look(["Bonjour"], replace=False), b"Bonjour")
        assert ("content" in json.loads(Written.payload)) is (journal == "contents")

    asyncio.run(go())


def test_a_name_that_one_request_of_a_work_told_is_known_in_the_next(tmp_path: Path) -> None:
    async def go() -> None:
        leaving: Any = Leaving(Ledger(tmp_path), None, None, StillClock())  # type: ignore[arg-type]
        leaving.policy = read_policy(OPEN.replace('leaves = "yes"', 'leaves = "pseudonymised"'))
        one, first, other = route(8443), replace(ME, chain="a"), replace(ME, chain="b")
        decision = await leaving.decide(one, first)
        hidden = replace(decision, pseudonymise=True)

        async def said(asker: Asker, text: str) -> str:
            return (await leaving.look(one, asker, hidden, [text])).texts[0]

        assert "Quervalouette" not in await said(first, "Mme Quervalouette demande un congé.")
        assert "Quervalouette" not in await said(first, "- congé de Quervalouette accordé")
        assert "Quervalouette" in await said(other, "- congé de Quervalouette accordé"), "nothing says who that is"
        for number in range(CHAINS):
            await said(replace(ME, chain=str(number)), "Mme Durand")
        assert len(leaving._known) == CHAINS and "a" not in leaving._known

    asyncio.run(go())


def test_a_piece_of_what_is_whole_in_the_passage_does_not_leave_in_clear() -> None:
    """Of a passage the lines that matter are sent: half of a number tells nobody that it is one."""
    passage = (
        "Le versement se fait sur le compte FR76 3000 6000\n0112 3456 7890 189, au nom du trésor.\n"
        "Joindre la facture. Le siège est 12 rue des Lilas\n29200 Brest, au premier étage."
    )
    sent = ["[1] Marché, page 2\n0112 3456 7890 189, au nom du trésor.\n…\n29200 Brest, au premier étage."]
    blind = look(sent, replace=True)
    assert "3456" in blind.texts[0], "it could not be seen without the passage"
    looked = look(sent, replace=True, beside=[passage])
    assert len(looked.texts) == 1 and looked.replaced == 2 and looked.found == {"iban": 1, "address": 1}
    assert looked.texts[0] == "[1] Marché, page 2\n[IBAN_1], au nom du trésor.\n…\n[ADRESSE_1], au premier étage."
    assert looked.table is not None and looked.table.restore(looked.texts[0]) == sent[0]
    assert look([passage], replace=True, beside=[passage]).texts == look([passage], replace=True).texts


def test_texts_beside_are_looked_at_once_for_a_whole_work() -> None:
    whole, known = "À joindre au 06 12 55\n61 12 en semaine.", Told()
    first = look(["À joindre au 06 12 55"], replace=True, known=known, beside=[whole])
    then = look(["61 12 en semaine."], replace=True, known=known, beside=[whole])
    assert (first.texts[0], then.texts[0]) == ("À joindre au [TELEPHONE_1]", "[TELEPHONE_1] en semaine.")
    assert len(known.beside) == 1
    former = look(["(avant, à « sécu 1 85 05 78 00… »)"], replace=True, beside=["sécu 1 85 05 78 006 084 36"])
    assert former.texts[0] == "(avant, à « sécu [NIR_1]… »)"


def test_a_number_that_one_request_of_a_work_told_is_known_in_the_next(tmp_path: Path) -> None:
    async def go() -> None:
        leaving: Any = Leaving(Ledger(tmp_path), None, None, StillClock())  # type: ignore[arg-type]
        leaving.policy = read_policy(OPEN.replace('leaves = "yes"', 'leaves = "pseudonymised"'))
        one, asker = route(8443), replace(ME, chain="a")
        hidden = replace(await leaving.decide(one, asker), pseudonymise=True)
        first = await leaving.look(one, asker, hidden, ["Permis de conduire n° 12AB34567, né le 3 mai 1962."])
        assert "1962" not in first.texts[0]
        again = await leaving.look(one, asker, hidden, ["- réunion du 3 mai 1962, le 4 juin"])
        assert again.texts[0] == "- réunion du [NAISSANCE_1], le 4 juin" and again.replaced == 1

    asyncio.run(go())


def test_what_left_of_a_work_is_told_though_its_last_request_met_nobody(tmp_path: Path) -> None:
    class Line:
        said: ClassVar = [
            {"rule": "leaves-pseudonymised", "found": {"name": 2}, "replaced": 2},
            {"rule": "leaves-pseudonymised", "found": {"name": 1, "email": 1}, "replaced": 1},
            None,
        ]

        async def stream(self, op: str, args: Any, body: bytes) -> AsyncGenerator[Reply]:
            told = self.said.pop(0)
            yield Reply(told or {"rule": "leaves", "found": {"name": 9}, "replaced": 9})
            if told is None:
                raise RouteUnreachable(route="far", detail="ECONNREFUSED")
            yield Reply({"text": "Bonjour", "finish": "stop"})

    async def go() -> None:
        keep(tmp_path, route(8443))
        line: Any = Line()
        ways = WaysOut(tmp_path, line, MemoryJournal(), lambda actor: [])
        through = await ways.through(Actor("person", "p1", "Anne", frozenset()), "far")
        assert not through.told()
        for _ in range(2):
            async for _delta in through.engine("interne", None, "c1", []).chat([], max_tokens=9):
                pass
        with pytest.raises(RouteUnreachable):
            async for _delta in through.engine("interne", None, "c1", []).chat([], max_tokens=9):
                pass
        left = {"rule": "leaves-pseudonymised", "found": {"name": 3, "email": 1}, "replaced": 3}
        assert through.told() == left
        assert together([left, {"rule": "leaves", "found": {}, "replaced": 0}])["rule"] == "leaves"

    asyncio.run(go())


def test_an_airlock_that_could_not_be_told_the_policy_ends(tmp_path: Path) -> None:
    async def go() -> None:
        channels: list[Channel] = []

        async def refused(request: Request) -> Reply:
            raise RouteInvalid(route="?", detail="Non.", detail_en="No.")

        async def connect() -> socket.socket:
            mine, its = socket.socketpair()
            channels.append(await Channel(its, {"policy": refused}, peer="gateway").start())
            return mine

        keep(tmp_path, route(8443))
        line = AirlockLine(tmp_path, connect, lambda space, actor, clear: clear, lambda: read_policy(OPEN))
        for _ in range(2):
            with pytest.raises(RouteInvalid):
                await line.channel()
        async with asyncio.timeout(5):
            for channel in channels:
                await channel.closed.wait()
                await channel.close()

    asyncio.run(go())


async def _ends(made: list[Channel], **handlers: Any) -> socket.socket:
    """An airlock that only has ``handlers``; its channels are added to ``made``."""

    async def obeyed(_: Request) -> Reply:
        return Reply({})

    mine, its = socket.socketpair()
    every = {"policy": obeyed, "recover": obeyed, **handlers}
    made.append(await Channel(its, every, peer="gateway").start())
    return mine


def test_what_carries_bytes_says_nothing_of_the_local_model(tmp_path: Path) -> None:
    """Of a directory that did not answer, the page offered the local model."""

    async def refused(_: Request) -> Reply:
        raise RouteUnreachable(route="far", detail="ECONNREFUSED")

    async def empty() -> AsyncGenerator[bytes]:
        for piece in ():
            yield piece

    async def go() -> None:
        made: list[Channel] = []
        keep(tmp_path, route(8443))
        line = AirlockLine(
            tmp_path,
            lambda: _ends(made, stream=refused, put=refused),
            lambda space, actor, clear: clear,
            lambda: read_policy(OPEN),
        )
        works = (RouteStream(line, "far", ME).open(), RouteTarget(line, "far", ME).put("a", 0, "0", empty()))
        for work in works:
            with pytest.raises(RouteUnreachable) as told:
                await work
            assert told.value.sentence("en").endswith("Nothing left.")
            assert told.value.sentence("fr").endswith("Rien n’est sorti.")
        await line.aclose()

    asyncio.run(go())


def test_a_route_that_opens_cuts_no_stream_that_passes(tmp_path: Path) -> None:
    """Declaring a route in the middle of a directory's reading ended that reading."""

    async def stream(_: Request) -> AsyncGenerator[Reply]:
        yield Reply({"agreed": {"tls": "TLSv1.3"}})
        await held.wait()
        yield Reply(body=b"the end")

    async def go() -> None:
        made: list[Channel] = []
        keep(tmp_path, route(8443))
        line = AirlockLine(
            tmp_path,
            lambda: _ends(made, stream=stream),
            lambda space, actor, clear: clear,
            lambda: read_policy(OPEN),
        )
        passing = RouteStream(line, "far", ME)
        assert (await passing.open())["tls"] == "TLSv1.3"
        keep(tmp_path, route(8444, id="other"))
        await line.refresh()
        assert len(made) == 2, "another airlock, born for both"
        held.set()
        assert await passing.read() == b"the end" and await passing.read() == b""
        await passing.cut()
        async with asyncio.timeout(5):
            await made[0].closed.wait()
        await line.aclose()

    held = asyncio.Event()
    asyncio.run(go())
