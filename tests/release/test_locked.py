"""The bill of an installation from the sources: what the locks list, and whatever is not so differs from it."""

import json
from pathlib import Path

from demeure.release.installed import bill_of, bill_of_locks, differences, from_locks

RUNTIME = """\
alpha-kit==1.0 \\
    --hash=sha256:00
beta==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:00
gamma==3.0 ; python_full_version < '3.12' \\
    --hash=sha256:00
gamma==3.1 ; python_full_version >= '3.12' \\
    --hash=sha256:00
"""
DEV = RUNTIME + "tester==9.0 \\\n    --hash=sha256:00\n"


def installed(site: Path, name: str, version: str) -> None:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_what_the_locks_do_not_list_so_is_told(tmp_path: Path) -> None:
    locks, site = tmp_path / "locks", tmp_path / "lib/python3.11/site-packages"
    locks.mkdir()
    (locks / "runtime.lock").write_text(RUNTIME)
    (locks / "dev.lock").write_text(DEV)
    for name, version in (("demeure", "0.1"), ("Alpha_Kit", "1.0"), ("gamma", "3.1"), ("tester", "9.0")):
        installed(site, name, version)
    prefix, place = str(tmp_path), site / "demeure-0.1.dist-info" / "sbom.cdx.json"
    assert differences(prefix) is None and not from_locks(prefix) and bill_of(prefix) is None

    def left() -> int | None:
        place.write_text(bill_of_locks(prefix, locks))
        return differences(prefix)

    assert left() == 0 and from_locks(prefix) and bill_of(prefix) == place
    told = json.loads(place.read_text())
    assert {(one["name"], one["version"]) for one in told["components"]} == {
        ("alpha-kit", "1.0"),
        ("gamma", "3.1"),
        ("tester", "9.0"),
    }, "neither what is for another machine, nor anything that is not there"
    installed(site, "stranger", "1.0")
    assert differences(prefix) == 1 == left(), "no lock names it"
    (site / "Alpha_Kit-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Alpha_Kit\nVersion: 1.1\n"
    )
    assert differences(prefix) == 2 == left(), "another version than the lock's, whenever the list is made"
    (site / "Alpha_Kit-1.0.dist-info" / "METADATA").unlink()
    (site / "Alpha_Kit-1.0.dist-info").rmdir()
    assert differences(prefix) == 2 == left(), "what the product needs and is not there"


def test_a_bill_of_a_delivery_is_not_one_of_the_locks(tmp_path: Path) -> None:
    (tmp_path / "sbom.cdx.json").write_text(json.dumps({"metadata": {"component": {}}, "components": []}))
    assert not from_locks(str(tmp_path)) and differences(str(tmp_path)) == 0
