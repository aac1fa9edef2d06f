"""What ``demeure prove`` tells the house of a proof, and the file it leaves to whoever wants evidence of it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from demeure.cli.errors import InstanceMissing
from demeure.cli.writing import place_for, write_new
from demeure.proof import Proof
from demeure.settings import Settings

if TYPE_CHECKING:
    from demeure.cli.door import Door


def can_be_written(target: Path, instance: Path) -> None:
    """Before minutes are spent. Raises FileExists, FolderUnusable, InstanceMissing (nobody would sign)."""
    place_for(target)
    if not (instance / "keys" / "journal.key").exists():
        raise InstanceMissing(instance=str(instance))


@dataclass(frozen=True)
class Told:
    """``began``: when the proof did. ``target``: the file wanted, or None; ``language``: of its page."""

    proof: Proof
    instance: Path
    settings: Settings
    began: datetime
    target: Path | None
    language: str

    async def to(self, door: "Door") -> None:
        """Close the proof that ``door`` began, with its statement; write the file. Raises as write_new."""
        from demeure.clock import SystemClock
        from demeure.proof.statement import made

        vkey = str((await door.call("journal.head")).data["vkey"])
        times = self.began, SystemClock().now()
        statement = made(self.proof, self.instance, self.settings, vkey, times)
        words = {"verdict": self.proof.verdict, "ladder": self.proof.ladder, "counts": self.proof.counts()}
        closed = (await door.call("prove.end", words, statement)).data
        if self.target is None:
            return
        asked = {"index": closed["index"], "language": self.language}
        packed = await door.call("prove.evidence", asked)
        write_new(self.target, packed.body)
