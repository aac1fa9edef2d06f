"""The page Supervision, its banner, /metrics behind a key; one sample of a house; who is told; never a content."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from demeure.backup import GOOD, LATE, UNDECLARED, Standing
from demeure.backup.plan import Plan
from demeure.engine import FairQueue
from demeure.errors import DemeureError
from demeure.gateway.composing import supervising
from demeure.gateway.supervising import HeldOpen, Sources, Supervising
from demeure.identity import Person
from demeure.policy import Action, Actor, Resource, Role, decide
from demeure.policy.scopes import METRICS
from demeure.settings import Settings
from demeure.supervision import ALERTS, MEASURES, Kept, Supervision, open_alarms
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms, make_house

from .conftest import TOKEN, Live

PAGE = "/administration/supervision"
CANARY = "canari-Durand-4821"


def filled(clock: StillClock, hours: int = 30) -> Supervision:
    seen = Supervision(clock)
    clock.forward(hours=-hours)
    for minute in range(hours * 60):
        seen.count("requests", minute % 7)
        seen.observe("first_token", 2 + minute % 5)
        levels = {"memory": 2e9, "disk_used": 5e11 + minute * 1e6, "disk_size": 1e12, "temperature": 53.0}
        seen.take(
            levels | {"certificate_days": 80.0, "waiting": float(minute % 3), "disk_left": 0.5, "disk_days": 40.0}
        )
        clock.forward(minutes=1)
    return seen


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


def test_the_page_draws_each_measure_with_its_table(serve: Callable[..., Live], clock: StillClock) -> None:
    seen = filled(clock)
    live = serve(FakeRooms(), clock=clock, supervision=seen)
    with live.client() as claire:
        day, month = claire.get(PAGE).text, claire.get(PAGE, params={"duree": "mois"}).text
        english = claire.get(PAGE, headers={"Accept-Language": "en"}).text
    shown = [one for one in MEASURES.values() if one.shown]
    assert [one.fr for one in shown if one.fr.replace("’", "’") not in day] == []
    assert [one.en for one in shown if one.en not in english] == []
    for text in (day, month):
        drawn = sum(seen.series[one.name].last is not None for one in shown)
        assert text.count('class="chart"') == text.count("<table") == drawn >= 7, "a table behind each plot"
        assert "style=" not in text and 'class="limit"' in text
    assert "Plein dans" in day and "53\u00a0°C" in day and "2,0\u00a0Go" in day
    assert "Aucune alerte ne part d’ici" in day


def test_beside_a_line_of_a_plot_there_is_one_number(serve: Callable[..., Live], clock: StillClock) -> None:
    """« 1 min 40 s » is wider than the margin: its beginning would be cut."""
    seen = filled(clock)
    seen.take({"backup_age": 86.0})
    with serve(FakeRooms(), clock=clock, supervision=seen).client() as claire:
        page = claire.get(PAGE).text
    assert ">100\u00a0s<" in page and "1\u00a0min\u00a040\u00a0s" not in page and "1 min 40" not in page


def test_whoever_does_not_administer_sees_neither_page_nor_banner(
    serve: Callable[..., Live], clock: StillClock
) -> None:
    seen = filled(clock, 1)
    seen.take({"proof_red": 1.0})
    rooms = FakeRooms()
    rooms.register.put(Person("p2", "Paul Le Gall", "paul", Role.AGENT))
    rooms.register.sessions["paul"] = Actor("person", "p2", "Paul Le Gall", frozenset({Role.AGENT}))
    live = serve(rooms, clock=clock, supervision=seen)
    with live.client() as claire, live.client("paul") as paul:
        assert "1\u00a0alerte demande" in claire.get("/").text.replace("1 alerte", "1\u00a0alerte")
        assert "La dernière preuve est rouge" in claire.get(PAGE).text
        assert "alerte demande" not in paul.get("/").text
        assert paul.get(PAGE).status_code == 403 and paul.get("/metrics").status_code == 403


def test_metrics_want_a_key_with_that_scope(serve: Callable[..., Live], clock: StillClock) -> None:
    rooms = FakeRooms()
    live = serve(rooms, clock=clock, supervision=filled(clock, 1))

    def program(*scopes: str) -> httpx.Response:
        key, secret = asyncio.run(rooms.applications.give_own(rooms.register.people["p1"].actor, "prom", 30))
        rooms.applications.rows[key.name] = replace(key, scopes=scopes)
        return httpx.get(f"{live.url}/metrics", headers={"Authorization": f"Bearer {secret}"}, trust_env=False)

    assert httpx.get(f"{live.url}/metrics", trust_env=False).status_code == 401
    assert program("ask").status_code == 403
    assert program(METRICS).status_code == 403, "the owner of this key (an agent, for the fakes) does not see them"
    with live.client() as claire:
        answer = claire.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "demeure_requests_total" in answer.text


@pytest.mark.parametrize(("role", "scopes", "allowed"), [
    (Role.ADMINISTRATOR, {METRICS}, True),
    (Role.ADMINISTRATOR, {"documents.add"}, False),
    (Role.AGENT, {METRICS}, False),
])  # fmt: skip
def test_a_key_reads_measures_within_its_scope_and_as_far_as_its_owner(
    role: Role, scopes: set[str], allowed: bool
) -> None:
    actor = Actor("application", "application:prom", "prom", frozenset({role}), "p", frozenset(scopes), key="prom")
    assert decide(actor, Action.HOUSE_WATCH, Resource("house")).allowed is allowed


class Machine:
    """What ``Sources`` looks at, from made files."""

    def __init__(self, folder: Path, rooms: FakeRooms, clock: StillClock, serve: Callable[..., Live]) -> None:
        self.seen = Supervision(clock)
        self.house = serve(rooms, clock=clock, supervision=self.seen).house
        self.states = {"ready": 4, "received": 2, "failed": 1}
        self.standing = Standing(Plan(), GOOD, LATE, (), ())
        self.late: list[str] = []
        self.reports = 0
        self.sockets: list[str] | None = []
        (folder / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 10 kB\nMemAvailable:    250 kB\n")
        zone = folder / "sys" / "devices" / "virtual" / "thermal" / "thermal_zone0"
        zone.mkdir(parents=True)
        (zone / "temp").write_text("61500\n")
        (folder / "kept").mkdir()
        self.sources = Sources(
            folder=folder,
            pulse=self.house.pulse,
            queue=FairQueue(2),
            proofs=self.house.proofs,
            backups=lambda: self.standing,
            documents=lambda: self.states,
            directories=lambda: self.late,
            reports=lambda: self.reports,
            undeclared=self.undeclared,
            meminfo=folder / "meminfo",
            sys=folder / "sys",
        )

    async def undeclared(self) -> list[str]:
        if self.sockets is None:
            raise OSError(5, "Input/output error")
        return self.sockets


@pytest.fixture
def machine(tmp_path: Path, clock: StillClock, serve: Callable[..., Live]) -> Machine:
    return Machine(tmp_path, FakeRooms(), clock, serve)


def turns(machine: Machine, clock: StillClock, count: int, send: Any = None, at: Path | None = None) -> None:
    """``count`` samples, a minute apart."""
    left = [count]

    async def pause(_seconds: float) -> None:
        left[0] -= 1
        if not left[0]:
            raise asyncio.CancelledError
        clock.forward(minutes=1)

    kept = Kept(at) if at else None
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(Supervising(machine.seen, machine.sources, kept, send).keep(pause))


def test_one_sample_reads_the_machine_and_the_house(machine: Machine, clock: StillClock) -> None:
    turns(machine, clock, 2)
    levels = machine.seen.levels
    assert (levels["memory_left"], levels["temperature"]) == (0.25, 61.5)
    assert (levels["documents_waiting"], levels["documents_failed"]) == (2.0, 1.0)
    assert levels["memory"] and levels["memory"] > 2e9 and levels["roles_down"] == 0.0
    assert 0 < (levels["disk_left"] or 0) < 1 and levels["journal_silent"] == 0.0
    assert (levels["backup_late"], levels["drill_late"], levels["places_late"]) == (0.0, 1.0, 0.0)
    machine.standing = replace(
        machine.standing, late=("coffre",), late_disks=("disque-a", "disque-b"), drill_early=True
    )
    turns(machine, clock, 1)
    assert machine.seen.levels["drill_late"] == 0.0, "not made yet is not late"
    assert (machine.seen.levels["places_late"], machine.seen.levels["disks_late"]) == (1.0, 2.0)
    turns(machine, clock, 181)
    alarm = next(one for one in machine.seen.alarms.open() if one.rule == "disk-late")
    assert alarm.value == 2.0 and "Branchez le disque" in machine.seen.alarms.rules["disk-late"].do_fr


def test_a_socket_that_nobody_declared_is_an_alert_and_what_is_not_known_ends_none(
    machine: Machine, clock: StillClock
) -> None:
    machine.standing = replace(machine.standing, drill=UNDECLARED)
    turns(machine, clock, 2)
    assert machine.seen.levels["undeclared"] == 0.0 and not machine.seen.alarms.open()
    machine.sockets = ["worker"]
    turns(machine, clock, 1)
    clock.forward(minutes=1)
    turns(machine, clock, 1)
    assert [one.rule for one in machine.seen.alarms.open()] == ["flow-undeclared"]
    machine.sockets = None
    clock.forward(minutes=1)
    turns(machine, clock, 3)
    assert [one.rule for one in machine.seen.alarms.open()] == ["flow-undeclared"]
    assert machine.seen.levels["memory_left"] == 0.25, "the rest of the sample is read"


def test_a_report_that_nobody_took_is_told_and_mailed(machine: Machine, clock: StillClock) -> None:
    sent: list[str] = []

    async def send(_subject: str, text: str) -> None:
        sent.append(text)

    machine.standing = replace(machine.standing, drill=UNDECLARED)
    machine.reports = 1
    turns(machine, clock, 2, send)
    assert [one.rule for one in machine.seen.alarms.open()] == ["report-waiting"]
    assert len(sent) == 1 and "Rapports signés à prendre" in sent[0] and "demeure contractor report" in sent[0]
    machine.reports = 0
    turns(machine, clock, 1)
    assert not machine.seen.alarms.open()


def test_a_directory_that_is_late_raises_an_alarm(machine: Machine, clock: StillClock) -> None:
    turns(machine, clock, 2)
    assert "directory-late" not in [one.rule for one in machine.seen.alarms.open()]
    machine.late = ["mairie"]
    turns(machine, clock, 1)
    assert "directory-late" in [one.rule for one in machine.seen.alarms.open()]
    machine.late = []
    turns(machine, clock, 1)
    assert "directory-late" not in [one.rule for one in machine.seen.alarms.open()]


def test_what_the_kernel_tells_is_read_from_the_file_that_was_opened_first(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemAvailable: 250 kB\n")
    held = HeldOpen(tmp_path / "meminfo")
    assert held.text() == "MemAvailable: 250 kB\n"
    (tmp_path / "meminfo").rename(tmp_path / "former")  # another inode takes the name, which a wall refuses
    (tmp_path / "meminfo").mkdir()
    (tmp_path / "former").write_text("MemAvailable: 500 kB\n")
    assert held.text() == "MemAvailable: 500 kB\n"


def test_what_cannot_be_read_stops_nothing_else(machine: Machine, clock: StillClock, tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("")
    machine.house.porter.failure = DemeureError()  # type: ignore[attr-defined] # the fake's
    turns(machine, clock, 2)
    assert "memory_left" not in machine.seen.levels and machine.seen.levels["temperature"] == 61.5


def test_alerts_go_to_the_file_drop_and_by_mail_only_when_asked(
    machine: Machine, clock: StillClock, tmp_path: Path
) -> None:
    sent: list[tuple[str, str]] = []

    async def send(subject: str, text: str) -> None:
        sent.append((subject, text))

    turns(machine, clock, 3, send, tmp_path / "kept")
    dropped = json.loads((tmp_path / "kept" / ALERTS).read_bytes())["alerts"]
    assert [one["rule"] for one in dropped] == ["drill-late"]
    assert len(sent) == 1 and "exercice de restauration" in sent[0][1] and "restore drill" in sent[0][1]
    machine.standing = replace(machine.standing, drill=UNDECLARED)
    turns(machine, clock, 3, send, tmp_path / "kept")
    told = json.loads((tmp_path / "kept" / ALERTS).read_bytes())
    assert told == {"at": clock.now().isoformat(), "alerts": []} or told["alerts"] == []
    lines = [json.loads(line) for line in (tmp_path / "kept" / "alerts.jsonl").read_text().splitlines()]
    assert [(one["rule"], one["raised"]) for one in lines] == [("drill-late", True), ("drill-late", False)]
    assert len(sent) == 2 and sent[1][0].endswith("1 levée")


def test_a_mail_that_does_not_leave_leaves_the_file_and_the_page(
    machine: Machine, clock: StillClock, tmp_path: Path
) -> None:
    async def send(_subject: str, _text: str) -> None:
        raise DemeureError()

    turns(machine, clock, 2, send, tmp_path / "kept")
    assert (tmp_path / "kept" / ALERTS).exists() and machine.seen.alarms.open()


def test_a_mail_that_fails_is_tried_again_less_and_less_and_told_once(
    machine: Machine, clock: StillClock, tmp_path: Path
) -> None:
    tries: list[tuple[str, str]] = []

    async def send(subject: str, text: str) -> None:
        tries.append((subject, text))
        if len(tries) < 4:
            raise DemeureError()

    turns(machine, clock, 60, send, tmp_path / "kept")
    assert len(tries) == 4 and len(set(tries)) == 1, "after 1, 2 and 4 minutes"


def test_a_mail_that_never_left_is_told_by_the_next_life_of_the_gateway(
    machine: Machine, clock: StillClock, tmp_path: Path
) -> None:
    sent: list[tuple[str, str]] = []

    async def no(_subject: str, _text: str) -> None:
        raise DemeureError()

    async def send(subject: str, text: str) -> None:
        sent.append((subject, text))

    turns(machine, clock, 2, no, tmp_path / "kept")
    machine.seen = Supervision(clock)
    turns(machine, clock, 3, send, tmp_path / "kept")
    assert len(sent) == 1 and "restore drill" in sent[0][1]


def test_a_full_disk_delays_the_file_and_not_the_mail(machine: Machine, clock: StillClock, tmp_path: Path) -> None:
    sent: list[str] = []
    at = tmp_path / "kept"

    async def send(subject: str, _text: str) -> None:
        sent.append(subject)
        (at / f".{ALERTS}.new").rmdir()

    (at / f".{ALERTS}.new").mkdir()  # nothing can be written there until the mail has left
    turns(machine, clock, 2, send, at)
    assert len(sent) == 1
    assert [one["rule"] for one in json.loads((at / ALERTS).read_bytes())["alerts"]] == ["drill-late"]
    assert len((at / "alerts.jsonl").read_text().splitlines()) == 1


def test_what_happened_while_the_gateway_was_down_is_counted_and_told(
    machine: Machine, clock: StillClock, tmp_path: Path
) -> None:
    rows = machine.house.porter.state["processes"]  # type: ignore[attr-defined] # the fake's
    launcher = {**rows[0], "role": "launcher", "facts": {"pid": 12, "started": 345}}
    rows.insert(0, launcher)
    at = tmp_path / "kept"
    turns(machine, clock, 2, at=at)
    assert machine.seen.totals["restarts"] == 0
    rows[-1]["restarts"] += 1
    machine.seen = Supervision(clock)  # another life of the gateway, of the same launcher
    clock.forward(minutes=1)
    turns(machine, clock, 2, at=at)
    assert machine.seen.totals["restarts"] == 1
    assert "restarts" in [one.rule for one in machine.seen.alarms.open()]
    launcher["facts"] = {"pid": 13, "started": 999}  # the house was opened again: sums begin from nothing
    machine.seen = Supervision(clock)
    clock.forward(minutes=1)
    turns(machine, clock, 2, at=at)
    assert machine.seen.totals["restarts"] == sum(row["restarts"] for row in rows)


def test_a_full_disk_stops_no_sample(machine: Machine, clock: StillClock) -> None:
    turns(machine, clock, 3, at=Path("/dev/full"))
    assert machine.seen.levels["temperature"] == 61.5


def test_no_content_and_no_name_is_ever_in_what_is_measured_told_or_kept(
    serve: Callable[..., Live], clock: StillClock, tmp_path: Path
) -> None:
    """A canary in a question, a document's name, an address and an answer; then everything that supervision
    says."""
    from demeure.testing.gateway import FakeAssistant

    rooms = FakeRooms(assistant=FakeAssistant())
    machine = Machine(tmp_path, rooms, clock, serve)
    live_url = machine.house.address
    rooms.shelves.put(f"{CANARY}.pdf")
    with httpx.Client(
        base_url=live_url, cookies={f"demeure-session-{machine.house.port}": "claire"}, trust_env=False
    ) as claire:
        asked = {"question": f"Qui est {CANARY} ?", "spaces": []}
        answer = claire.post("/api/ask", json=asked, headers={"X-Demeure-Token": TOKEN})
        assert answer.status_code == 200 and "x-demeure-trace" in answer.headers
        claire.get(f"/{CANARY}")
        claire.get("/recherche", params={"q": CANARY})
        machine.states = {"ready": 4}
        turns(machine, clock, 3, at=tmp_path / "kept")
        assert machine.seen.totals["questions"] == 0, "the fake assistant is not observed: composed in the role"
        assert machine.seen.totals["requests"] >= 3
        told = claire.get(PAGE).text + claire.get("/metrics").text
    kept = "".join(path.read_text() for path in (tmp_path / "kept").iterdir())
    assert CANARY not in told.split("<main", 1)[1] and CANARY not in kept


def test_open_alarms_of_a_house_that_never_wrote_are_unknown(tmp_path: Path) -> None:
    assert open_alarms(tmp_path) is None


def test_nothing_leaves_by_default() -> None:
    assert (Settings().alert_route, Settings().alert_to) == ("", "")


def test_an_alert_leaves_as_the_class_that_the_settings_say(tmp_path: Path) -> None:
    sent: list[tuple[object, ...]] = []

    class Ways:
        async def alert(self, *told: object) -> None:
            sent.append(told)

    house = make_house(FakeRooms(), ways_out=Ways())
    for named in ("", "interne"):
        settings = Settings(alert_route="mail", alert_to="dsi@exemple.fr", alert_class=named)
        birth = SimpleNamespace(settings=settings, instance=tmp_path)
        made = supervising(house, birth, SimpleNamespace(states=dict))  # type: ignore[arg-type]
        assert made._send is not None
        asyncio.run(made._send("Demeure", "Un rapport attend."))
    assert [one[-1] for one in sent] == ["", "interne"] and sent[0][:2] == ("mail", ["dsi@exemple.fr"])
