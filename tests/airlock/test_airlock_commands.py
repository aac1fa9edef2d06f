"""Routes by the commands of a house that is open: what runs, what is shown. Few commands: each is a process."""

import json
import os
from pathlib import Path

from airlock_ends import Authority, relay
from people import Person

from demeure.proof.route_facts import of_routes
from demeure.supervisor.health import read_status

ME = Person(os.geteuid())
DECLARED = [
    *("--kind", "relay", "--host", "relay.test", "--sender", "accueil@exemple.fr", "--address", "127.0.0.1"),
    *("--owner", "DSI", "--purpose", "essai", "--contract", "aucun", "--country", "France", "--law", "RGPD"),
    *("--class", "public", "--expires", "2099-01-01"),
]


def test_a_route_is_opened_tried_shown_and_closed(tmp_path: Path) -> None:
    instance, authority = tmp_path / "instance", Authority()
    (tmp_path / "ca.pem").write_text(authority.pem)

    def roles() -> set[str]:
        status = read_status(instance)
        assert not any(process["differences"] for process in status["processes"])
        return {process["role"] for process in status["processes"] if process["facts"]}

    with relay(authority.context("relay.test")) as end, ME.house(instance):
        assert not {"airlock", "airlock-door"} & roles()
        assert of_routes(instance, read_status(instance))[0] == "blocked"
        where = ["--port", str(end.port), "--authority", str(tmp_path / "ca.pem")]
        ME.tell(instance, "routes", "add", "courrier", *where, *DECLARED)
        assert {"airlock", "airlock-door"} <= roles()
        assert end.seen == 0
        tried = json.loads(ME.output(instance, "routes", "test", "courrier", "--json"))
        assert tried["address"] == "127.0.0.1" and tried["tls"].startswith("TLSv1.")
        flows = json.loads(ME.output(instance, "flows", "--json"))
        assert flows["alarms"] == 0 and any(flow["how"] == "route" for flow in flows["flows"])
        state, _, english = of_routes(instance, read_status(instance))
        assert state == "inconclusive" and english.startswith("OPEN by the organisation, 1 route(s): courrier")
        ME.tell(instance, "routes", "close", "courrier")
        assert not {"airlock", "airlock-door"} & roles()
        assert of_routes(instance, read_status(instance))[0] == "blocked"
    assert of_routes(instance, {"processes": [{"role": "airlock", "facts": {"x": 1}}]})[0] == "open"
    (instance / "routes" / "courrier.toml").write_text("not a route")
    assert of_routes(instance, {"processes": []})[0] == "open"
