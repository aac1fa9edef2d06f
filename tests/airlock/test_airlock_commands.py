"""Routes by the commands of a house that is open: what runs, what is shown. The commands run in this process: it is
quicker."""

import json
import os
import time
from pathlib import Path

import pytest
from airlock_clocks import clock, told
from airlock_ends import Authority, relay
from click.testing import CliRunner
from people import Person

from demeure.cli.main import cli
from demeure.proof.route_facts import of_routes
from demeure.supervisor.health import read_status

ME = Person(os.geteuid())
DECLARED = [
    *("--kind", "relay", "--host", "relay.test", "--sender", "accueil@exemple.fr", "--address", "127.0.0.1"),
    *("--owner", "DSI", "--purpose", "essai", "--contract", "aucun", "--country", "France", "--law", "RGPD"),
    *("--class", "public", "--expires", "2099-01-01"),
]


def tell(instance: Path, *words: str) -> str:
    """What the command printed."""
    done = CliRunner().invoke(cli, ["--instance", str(instance), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.thorough
def test_a_route_is_opened_tried_shown_and_closed(tmp_path: Path) -> None:
    instance, authority = tmp_path / "instance", Authority()
    (tmp_path / "ca.pem").write_text(authority.pem)

    def roles() -> set[str]:
        status = read_status(instance)
        assert [(p["role"], p["differences"]) for p in status["processes"] if p["differences"]] == []
        return {process["role"] for process in status["processes"] if process["facts"]}

    with relay(authority.context("relay.test")) as end, ME.house(instance):
        assert not {"airlock", "airlock-door"} & roles()
        assert of_routes(instance, read_status(instance))[0] == "blocked"
        where = ["--port", str(end.port), "--authority", str(tmp_path / "ca.pem")]
        tell(instance, "routes", "add", "courrier", *where, *DECLARED)
        assert {"airlock", "airlock-door"} <= roles()
        assert end.seen == 0
        tried = json.loads(tell(instance, "routes", "test", "courrier", "--json"))
        assert tried["address"] == "127.0.0.1" and tried["tls"].startswith("TLSv1.")
        flows = json.loads(tell(instance, "flows", "--json"))
        assert flows["alarms"] == 0 and any(flow["how"] == "route" for flow in flows["flows"])
        state, _, english = of_routes(instance, read_status(instance))
        assert state == "inconclusive" and english.startswith("OPEN by the organisation, 1 route: courrier")
        tell(instance, "routes", "close", "courrier")
        for _ in range(50):
            if not {"airlock", "airlock-door"} & roles():
                break
            time.sleep(0.1)
        assert not {"airlock", "airlock-door"} & roles()
        assert of_routes(instance, read_status(instance))[0] == "blocked"


@pytest.mark.thorough
def test_a_clock_is_declared_asked_and_seen_and_the_policy_decides(tmp_path: Path) -> None:
    """Beside test_airlock_clock.py, which has no house around."""
    instance = tmp_path / "instance"
    with clock(lambda asking: [told(asking, 30.0)]) as far, ME.house(instance):
        named = ["--kind", "ntp", "--host", "heure.test", "--port", str(far.port), "--in-clear"]
        tell(instance, "routes", "add", "heure", *named, *DECLARED[6:])
        tried = json.loads(tell(instance, "routes", "test", "heure", "--json"))
        assert tried["address"] == "127.0.0.1" and 29 < tried["offset"] < 31
        status = read_status(instance)
        roles = {process["role"]: process for process in status["processes"] if process["facts"]}
        assert {"airlock", "airlock-door", "airlock-clock"} <= set(roles)
        assert [(p["role"], p["differences"]) for p in roles.values() if p["differences"]] == []
        flows = json.loads(tell(instance, "flows", "--json"))
        assert flows["alarms"] == 0
        assert [(flow["source"], flow["live"]) for flow in flows["flows"] if flow["how"] == "clock"] == [
            ("airlock-clock", 1)
        ]
        refused = CliRunner().invoke(cli, ["--instance", str(instance), "routes", "clock", "heure"])
        assert refused.exit_code != 0 and len(far.heard) == 1, "the policy of a new house lets nothing leave"
