"""Started by the tests: run_house.py INSTANCE JSON. Prints one JSON line when ready; errors as their code."""

import dataclasses
import json
import sys
from pathlib import Path

from demeure.confinement import PROFILES, Profile
from demeure.errors import DemeureError
from demeure.settings import Settings
from demeure.supervisor import start

HERE = Path(__file__).parent / "fake_roles"
READ = (*PROFILES["scribe"].read, str(HERE))
KINDS = PROFILES["gateway"].descriptors


def table(names: list[str]) -> dict[str, Profile]:
    rows = {
        "front": Profile(
            role="front",
            module="fake_front",
            peers=("echo", "forker", "dying", "engine-chat"),
            listeners=("public", "control"),
            secrets=("house",),
            read=READ,
            write=("house",),
            descriptors=KINDS,
            front=True,
            administers=True,
            nice=3,
            sacrifice=150,
        ),
        "echo": Profile(
            role="echo", module="fake_echo", secrets=("journal", "house"), read=READ, descriptors=KINDS
        ),
        "dying": Profile(role="dying", module="fake_dying", read=READ),
        "forker": Profile(role="forker", module="fake_forker", read=READ),
        "engine-chat": dataclasses.replace(
            PROFILES["engine-chat"], module="fake_engine", read=(*PROFILES["engine-chat"].read, str(HERE))
        ),
    }
    return {name: rows[name] for name in names}


def main() -> int:
    sys.path.insert(0, str(HERE))
    instance, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    profiles = table(options.get("roles", ["front", "echo"]))
    if options.get("real_engines"):
        profiles |= {name: row for name, row in PROFILES.items() if row.engine}
        profiles["front"] = dataclasses.replace(profiles["front"], peers=("engine-chat", "engine-embed"))
    for role, layers in options.get("layers", {}).items():
        profiles[role] = dataclasses.replace(profiles[role], layers=frozenset(layers))
    if options.get("leaky"):
        from demeure.confinement import kernel

        kernel.close_others = lambda keep: 0

    def ready(address: tuple[str, int] | None) -> int | None:
        print(json.dumps({"ready": address}), flush=True)
        if options.get("raises"):
            raise KeyError("on purpose")
        return options.get("answer")

    try:
        return start(
            instance,
            Settings(
                port=options.get("port", 0), engine_command=options.get("command", ""), **options.get("more", {})
            ),
            public=options.get("public", True),
            accept_unconfined=options.get("accept", False),
            on_ready=ready,
            profiles=profiles,
        )
    except DemeureError as problem:
        print(json.dumps({"error": problem.code(), "fr": problem.sentence(), **problem.params}), flush=True)
        return problem.exit_code


if __name__ == "__main__":
    sys.exit(main())
