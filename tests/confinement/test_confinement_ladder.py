"""What this machine can enforce is found by trying, and named honestly where something is refused."""

import json
import subprocess
import sys

import pytest

from demeure.confinement import Enforced, expected_ladder, ladder, probe

ASK = """
import json
from demeure.confinement import probe
found = probe()
print(json.dumps([found.level, found.nested, found.reasons]))
"""
NO_NAMESPACES = """
import ctypes, os, sys
uid, gid = os.getuid(), os.getgid()
assert ctypes.CDLL(None).unshare(0x10000000) == 0
for name, value in (("setgroups", "deny"), ("uid_map", f"{inside} {uid} 1"), ("gid_map", f"{inside} {gid} 1")):
    open("/proc/self/" + name, "w").write(value)
open("/proc/sys/user/max_user_namespaces", "w").write("0")
"""
NO_LANDLOCK = """
from demeure.confinement import kernel, seccomp
from demeure.confinement.seccomp import Policy
import errno
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
names = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
seccomp.install(Policy(default=None, deny=dict.fromkeys(names, errno.ENOSYS)))
"""
NO_UNSHARE = NO_LANDLOCK.replace(
    'names = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")', 'names = ("unshare",)'
).replace("ENOSYS", "EPERM")
NO_FILTER = """
from demeure.confinement import kernel, seccomp
from demeure.confinement.seccomp import Policy
import errno
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install(Policy(default=None, deny={"seccomp": errno.EINVAL, "landlock_create_ruleset": errno.ENOSYS}))
"""


def ground(before: str) -> tuple[str, bool, list[str]]:
    done = subprocess.run([sys.executable, "-c", before + ASK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    level, nested, reasons = json.loads(done.stdout)
    return level, nested, reasons


def test_here_everything_is_available() -> None:
    found = probe()
    assert (found.level, found.nested, found.reasons) == ("A", True, ())
    assert expected_ladder() == "A"


@pytest.mark.parametrize("inside", [0, 1000], ids=["as root of the container", "as an ordinary user"])
def test_user_namespaces_refused_by_the_kernel_is_b(inside: int) -> None:
    drop = "" if inside == 0 else "from demeure.confinement import kernel; kernel.drop_capabilities()\n"
    level, nested, reasons = ground(NO_NAMESPACES.replace("{inside}", str(inside)) + drop)
    assert level == "B"
    assert not nested
    assert any("user namespace" in reason for reason in reasons)


def test_a_container_that_refuses_unshare_is_b() -> None:
    assert ground(NO_UNSHARE)[0] == "B"


def test_a_kernel_without_landlock_is_c() -> None:
    level, nested, reasons = ground(NO_LANDLOCK)
    assert level == "C"
    assert nested
    assert any("Landlock" in reason for reason in reasons)


def test_a_kernel_that_filters_nothing_is_d() -> None:
    assert ground(NO_FILTER)[0] == "D"


def test_user_namespaces_without_an_identity_map_are_still_a() -> None:
    """Ubuntu's restriction: unshare passes, writing the map does not; children then share the supervisor's."""
    without_map = """
from demeure.confinement import namespaces
def refused(uid, gid): raise PermissionError(1, "Operation not permitted")
namespaces._identity_map = refused
"""
    level, nested, reasons = ground(without_map)
    assert level == "A"
    assert not nested
    assert any("identity map" in reason for reason in reasons)


def test_the_level_of_what_was_enforced() -> None:
    whole = Enforced(user=True, net=True, ipc=True, capabilities=True, no_new_privs=True, landlock=7, seccomp=100)
    assert ladder(whole) == "A"
    assert ladder(Enforced(**{**whole.as_json(), "user": False})) == "B"
    assert ladder(Enforced(**{**whole.as_json(), "net": False, "user": False})) == "B"
    assert ladder(Enforced(**{**whole.as_json(), "landlock": 0})) == "C"
    assert ladder(Enforced(**{**whole.as_json(), "landlock": 0, "net": False})) == "D"
    for lost in ("seccomp", "no_new_privs", "capabilities"):
        assert ladder(Enforced(**{**whole.as_json(), lost: 0})) == "D"
    assert ladder(Enforced()) == "D"


ITSELF = """
import os
from pathlib import Path
from demeure.confinement import probe
def itself():
    descriptors = sorted(entry.name for entry in Path("/proc/self/fd").iterdir())
    return os.readlink("/proc/self/ns/net"), descriptors, os.getuid()
before = itself()
probe()
after = itself()
print("as it was" if after == before else (before, after))
"""


def test_probing_leaves_the_process_as_it_was() -> None:
    """In a process of its own: what earlier tests left behind is closed whenever it is collected."""
    command = [sys.executable, "-c", ITSELF]
    asked = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert asked.stdout == "as it was\n"
