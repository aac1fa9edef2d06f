"""Work in an instance is done by its owner, also when root asks: a forked child gives up everything else first.
Root would follow whatever links a folder of somebody else holds."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.confinement import kernel
from demeure.errors import DemeureError


@dataclass(frozen=True)
class Owner:
    """Of an instance folder."""

    uid: int
    gid: int

    @classmethod
    def of(cls, folder: Path) -> "Owner":
        facts = folder.stat()
        return cls(facts.st_uid, facts.st_gid)

    @property
    def ourselves(self) -> bool:
        return self.uid == os.geteuid()


class Failed(Exception):
    """What the child could not do: ``fr``, ``en``."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr, self.en = fr, en


def as_owner(owner: Owner, work: Callable[[], Any]) -> Any:
    """The JSON answer of ``work``, done by ``owner``: here, or in a forked child. Raises Failed; here what ``work``
    raises. One thread, or nobody else's locks."""
    if owner.ourselves:
        return work()
    reading, writing = os.pipe()
    asker = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 1
        try:
            _become(owner)
            kernel.die_with_parent(asker)  # a copy that went on alone would keep the house from opening
            _said(writing, {"answer": work()})
            code = 0
        except Failed as problem:
            _said(writing, {"fr": problem.fr, "en": problem.en})
        except DemeureError as problem:
            _said(writing, {"fr": problem.sentence("fr"), "en": problem.sentence("en")})
        except BaseException as problem:  # noqa: BLE001 - a child must end here, and say why
            _said(writing, {"fr": str(problem) or repr(problem), "en": str(problem) or repr(problem)})
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, "rb") as told:  # noqa: PTH123 - a descriptor
        text = told.read()
    os.waitpid(pid, 0)
    found = json.loads(text) if text else {"fr": "arrêté", "en": "stopped"}
    if "answer" not in found:
        raise Failed(found["fr"], found["en"])
    return found["answer"]


def _become(owner: Owner) -> None:
    os.setgroups([])
    os.setgid(owner.gid)
    os.setuid(owner.uid)
    os.umask(0o077)


def _said(writing: int, told: dict[str, Any]) -> None:
    with open(writing, "wb", closefd=False) as file:
        file.write(json.dumps(told, ensure_ascii=False).encode())
