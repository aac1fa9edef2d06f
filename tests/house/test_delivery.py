"""The list of the product's files: what differs from it is told by its name, compiled files included."""

import importlib.util
import marshal
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import pytest

from demeure import delivery
from demeure.delivery import LIST, RECORD, Delivery, compare, listing, renewed
from demeure.release import carried

LEVELS = (0, 1, 2)
FALSE = compile("told = 'no'", "a.py", "exec")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with two modules, one of them compiled at every level, and a page."""
    here = tmp_path / "src" / "demeure"
    (here / "inner").mkdir(parents=True)
    (here / "a.py").write_text("told = 'yes'\nassert told in {'yes', 'of course', 'always'}\n")
    (here / "inner" / "b.py").write_text("def b():\n    '''Told.'''\n    return 2\n")
    (here / "page.html").write_text("<p>")
    for level in LEVELS:
        py_compile.compile(str(here / "a.py"), optimize=level)
    return here


def listed(here: Path) -> dict[str, str]:
    rows = (line.split("  ") for line in listing(here).splitlines())
    return {name.removeprefix("demeure/"): told for told, name in rows}


def told(here: Path, kept: dict[str, str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    found = compare(here, LIST, kept)
    return found.changed, found.added, found.removed


def compiled(here: Path, level: int | str = "") -> Path:
    return Path(importlib.util.cache_from_source(str(here / "a.py"), optimization=level))


def test_what_was_installed_is_the_same_and_sha256sum_says_so_too(package: Path) -> None:
    kept = listed(package)
    assert len([name for name in kept if name.endswith(".pyc")]) == len(LEVELS)
    found = compare(package, LIST, kept)
    assert found.same and found.count == 3
    (package.parent / LIST).write_text(listing(package))
    run = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", LIST], cwd=package.parent, check=False)
    assert run.returncode == 0


def test_each_difference_is_told_by_its_path(package: Path) -> None:
    kept = listed(package)
    (package / "inner" / "b.py").write_text("def b(): return 3\n")
    (package / "page.html").unlink()
    (package / "a.cpython-311-x86_64-linux-gnu.so").touch()  # Python would read it before a.py
    (package / "inner" / "b.pyc").touch()  # a module without a source
    (package / "further").symlink_to("/tmp")
    added = "a.cpython-311-x86_64-linux-gnu.so", "further", "inner/b.pyc"
    assert told(package, kept) == (("inner/b.py",), added, ("page.html",))
    found = compare(package, LIST, kept)
    assert not found.same and "changé\u00a0: inner/b.py\u202f; ajouté\u00a0: a.cpython" in found.told("fr")
    assert found.told("en").endswith("removed: page.html")


@pytest.mark.parametrize("level", LEVELS)
def test_a_false_compiled_file_under_a_true_source_is_a_changed_one(package: Path, level: int) -> None:
    kept, at = listed(package), compiled(package, level or "")
    at.write_bytes(at.read_bytes()[:16] + marshal.dumps(FALSE))
    name = at.relative_to(package).as_posix()
    assert told(package, kept) == ((name,), (), ())
    assert told(package, {one: digest for one, digest in kept.items() if not one.endswith(".pyc")})[0] == (name,)
    assert compare(package, LIST, {n: d for n, d in kept.items() if n != name}, compiled=False).same


def test_a_list_made_again_does_not_take_a_false_compiled_file_for_good(package: Path) -> None:
    at = compiled(package)
    at.write_bytes(at.read_bytes()[:16] + marshal.dumps(FALSE))
    kept = listed(package)
    assert at.relative_to(package).as_posix() not in kept
    assert told(package, kept)[0] == (at.relative_to(package).as_posix(),)
    assert delivery.compile_again(package) == [at.relative_to(package).as_posix()]
    assert told(package, kept) == ((), (), ()) and delivery.compile_again(package) == []


@pytest.mark.parametrize("flags", [0b01, 0b11], ids=["never looked at", "by hash"])
def test_a_compiled_file_of_another_kind_is_judged_too(package: Path, flags: int) -> None:
    kept, at = listed(package), compiled(package)
    head = importlib.util.MAGIC_NUMBER + flags.to_bytes(4, "little")
    head += importlib.util.source_hash((package / "a.py").read_bytes())
    at.write_bytes(head + marshal.dumps(FALSE))
    assert told(package, kept)[0] == (at.relative_to(package).as_posix(),)
    py_compile.compile(str(package / "a.py"), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    assert told(package, kept) == ((), (), ())


def test_a_cut_compiled_file_is_no_code(package: Path) -> None:
    kept, at = listed(package), compiled(package)
    for size in (16, 17, 40):
        at.write_bytes(at.read_bytes()[:size])
        assert told(package, kept)[0] == (at.relative_to(package).as_posix(),)


def test_what_python_made_again_after_a_date_changed_is_the_same_code(package: Path) -> None:
    kept = listed(package)
    os.utime(package / "a.py", (1_000_000_000, 1_000_000_000))
    assert told(package, kept) == ((), (), ()), "it says itself that it is of another date: Python does not read it"
    script = "import sys; sys.path.insert(0, sys.argv[1]); import demeure.a"
    environment = {"PYTHONHASHSEED": "7", "PATH": os.environ["PATH"]}  # another order of the set
    subprocess.run([sys.executable, "-S", "-c", script, str(package.parent)], env=environment, check=True)
    assert compiled(package).read_bytes()[8:12] == (1_000_000_000).to_bytes(4, "little")
    assert told(package, kept) == ((), (), ())


def test_the_list_speaks_of_the_installed_folder_and_of_no_other(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    facts = packages / "demeure-0.1.0.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: demeure\nVersion: 0.1.0\n")
    (packages / "__editable__.demeure-0.1.0.pth").write_text(os.path.relpath(package.parent, packages) + "\n")
    monkeypatch.setattr(sys, "path", [str(packages)])
    monkeypatch.setattr(delivery, "_here", lambda: package)
    assert delivery.delivered() is None, "a development installation without a list"
    (facts / LIST).write_text(listing(package))
    found = delivery.delivered()
    assert found is not None and found.same and found.source == LIST
    (package / "page.html").write_text("<p>!")
    changed = delivery.delivered()
    assert changed is not None and changed.changed == ("page.html",)
    (tmp_path / "elsewhere" / "demeure").mkdir(parents=True)
    monkeypatch.setattr(delivery, "_here", lambda: tmp_path / "elsewhere" / "demeure")
    assert delivery.delivered() is None, "files that were not installed have no list"


def test_a_wheel_brings_its_own(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import base64
    import hashlib

    facts = package.parent / "demeure-0.1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: demeure\nVersion: 0.1.0\n")
    rows = ["demeure/__pycache__/a.cpython-311.pyc,,", "demeure-0.1.0.dist-info/RECORD,,"]
    for name in ("a.py", "inner/b.py", "page.html"):
        digest = base64.urlsafe_b64encode(hashlib.sha256((package / name).read_bytes()).digest()).rstrip(b"=")
        rows.append(f"demeure/{name},sha256={digest.decode()},1")
    (facts / "RECORD").write_text("\n".join(rows) + "\n")
    monkeypatch.setattr(sys, "path", [str(package.parent)])
    monkeypatch.setattr(delivery, "_here", lambda: package)
    found = delivery.delivered()
    assert found is not None and found.same and (found.source, found.count) == ("RECORD", 3)
    at = compiled(package)
    at.write_bytes(at.read_bytes()[:16] + marshal.dumps(FALSE))
    found = delivery.delivered()
    assert found is not None and found.changed == (at.relative_to(package).as_posix(),)


def test_what_to_type_after_a_change_is_of_how_it_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "make install" in renewed(Delivery(LIST, 1), "fr") and "make install" in renewed(Delivery(LIST, 1), "en")
    assert "livraison" in renewed(Delivery(RECORD, 1), "fr") and "make" not in renewed(Delivery(RECORD, 1), "en")
    assert delivery.BUILT == carried.COMPLETE
    (tmp_path / carried.COMPLETE).write_text("{}")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    for language in ("fr", "en"):
        told = renewed(Delivery(RECORD, 1), language)
        assert "demeure uninstall" in told and "install.py" in told and "make" not in told
