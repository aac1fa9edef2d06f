"""What the scribe does beside writing: proofs, signatures, cosignatures, pruning. The log stays its only state."""

import asyncio
import base64
import hashlib
from datetime import datetime
from functools import partial
from typing import Any

from demeure.clock import Clock
from demeure.journal import attestation
from demeure.journal.checkpoint import Signer, invalid, parse, verify
from demeure.journal.disk import Disk
from demeure.journal.entry import Draft, entry_from
from demeure.journal.errors import EntryInvalid, NoteInvalid, PruningRefused
from demeure.journal.log import Log
from demeure.journal.scribe import Scribe
from demeure.journal.timestamp import FILE as STAMPED
from demeure.journal.timestamp import REPLY_LIMIT, Stamped, read_stamped
from demeure.journal.tree import WIDTH
from demeure.journal.verify import Fault, check_signature
from demeure.journal.witness import Witness, check_cosignature
from demeure.wire import Handler, Reply, Request

PROOFS = 512
"""Most entries of one question."""
TEXT_LIMIT = 1 << 20
_KEPT = ("un travail ouvert à l’entrée {index} doit d’abord finir", "work opened at entry {index} must end first")
_NOTHING = ("aucune entrée n’est aussi ancienne", "no entry is that old")


class Duties:
    """One per journal. What signs or erases is for the gateway alone, where people ask for it."""

    def __init__(
        self, log: Log, scribe: Scribe, signer: Signer, witness: Witness, clock: Clock, disk: Disk
    ) -> None:
        self._log, self._scribe, self._signer, self._witness = log, scribe, signer, witness
        self._clock, self._disk = clock, disk
        self._one = asyncio.Lock()

    def handlers(self, role: str) -> dict[str, Handler]:
        """Operation → handler, for a peer of this ``role``."""
        offered: dict[str, Handler] = {"prove": self.prove, "consistency": self.consistency}
        if role == "gateway":
            offered |= {"attest": self.attest, "cosign": self.cosign, "prune": self.prune}
            offered |= {"cosigned": self.cosigned, "keep-cosigned": self.keep_cosigned}
            offered |= {"stamped": self.stamped, "keep-stamped": self.keep_stamped}
        return offered

    async def prove(self, request: Request) -> Reply:
        """{indexes, size} → {size, checkpoint, proofs: [{index, leaf, path}]}. ``size`` null: the newest
        checkpoint, made for the occasion when an entry has none yet; a number: under that older size, no
        checkpoint."""
        indexes, size = request.args.get("indexes"), request.args.get("size")
        if type(indexes) is not list or len(indexes) > PROOFS or not all(type(i) is int for i in indexes):
            raise EntryInvalid(detail="indexes")
        if size is not None and type(size) is not int:
            raise EntryInvalid(detail="size")
        if size is None and indexes and max(indexes) >= self._log.published.tree.size:
            await self._scribe.head(fresh=True)
        return Reply(await asyncio.to_thread(self._prove, indexes, size))

    def _prove(self, indexes: list[int], size: int | None) -> dict[str, Any]:
        published = self._log.published
        under = published.tree.size if size is None else size
        proofs = [
            {
                "index": index,
                "leaf": leaf.decode(),
                "path": [base64.b64encode(one).decode() for one in path],
            }
            for index, (leaf, path) in zip(indexes, self._log.proven(indexes, under), strict=True)
        ]
        return {"size": under, "checkpoint": published.note if size is None else "", "proofs": proofs}

    async def consistency(self, request: Request) -> Reply:
        """{old} → {size, checkpoint, path}."""
        old = request.args.get("old")
        if type(old) is not int:
            raise EntryInvalid(detail="old")
        await self._scribe.head(fresh=True)
        published = self._log.published
        path = await asyncio.to_thread(self._log.consistency, old)
        told = [base64.b64encode(one).decode() for one in path]
        return Reply({"size": published.tree.size, "checkpoint": published.note, "path": told})

    async def attest(self, request: Request) -> Reply:
        """{digest, about, actor, chain} → {signature}: the SSHSIG of a file, from its SHA-512; an entry first."""
        digest = _text(request.args, "digest", 128)
        try:
            raw = bytes.fromhex(digest)
        except ValueError as problem:
            raise EntryInvalid(detail="digest") from problem
        if len(raw) != hashlib.sha512().digest_size:
            raise EntryInvalid(detail="digest")
        about = _text(request.args, "about", 512)
        await self._write(request, "attested", f"{about} sha512={raw.hex()}")
        return Reply({"signature": attestation.sign(self._signer, raw)})

    async def cosign(self, request: Request) -> Reply:
        """{request, vkey, actor, chain} → {note, vkey}: a neighbour's checkpoint, cosigned; an entry first."""
        asked, vkey = _text(request.args, "request", TEXT_LIMIT), _text(request.args, "vkey", 4096).strip()
        async with self._one:
            digest = hashlib.sha256(asked.encode()).hexdigest()
            await self._write(request, "witness-asked", f"sha256={digest}")
            seconds = int(self._clock.now().timestamp())
            cosigned = partial(self._witness.cosign, asked, vkey, seconds)
            note = await asyncio.to_thread(self._log.reserve.with_room, cosigned)
        return Reply({"note": note, "vkey": self._witness.vkey})

    async def keep_cosigned(self, request: Request) -> Reply:
        """{note, vkey, actor, chain} → {size, time}: our checkpoint, cosigned by the witness ``vkey``, is kept."""
        note, vkey = _text(request.args, "note", TEXT_LIMIT), _text(request.args, "vkey", 4096).strip()
        verify(note, self._log.vkey)
        checkpoint, seconds = check_cosignature(note, vkey)
        await asyncio.to_thread(self._log.check_held, note)
        await asyncio.to_thread(self._check_whole, note, vkey)
        async with self._one:
            self._forward((checkpoint.size, seconds), await asyncio.to_thread(self._cosigned_at))
            await self._write(request, "checkpoint-cosigned", f"size={checkpoint.size} time={seconds}")
            await asyncio.to_thread(self._keep, "cosigned", f"{vkey}\n{note}")
        return Reply({"size": checkpoint.size, "time": seconds})

    async def keep_stamped(self, request: Request) -> Reply:
        """{note, reply, actor, chain} → {size, time, authority}: an authority's reply (RFC 3161, base64) for our
        checkpoint is kept. Its signature is for whoever brings it to verify."""
        note = _text(request.args, "note", TEXT_LIMIT)
        try:
            reply = base64.b64decode(_text(request.args, "reply", 2 * REPLY_LIMIT), validate=True)
        except ValueError as problem:
            raise EntryInvalid(detail="reply") from problem
        checkpoint, kept = verify(note, self._log.vkey), Stamped(note, reply)
        stamp = kept.stamp()
        await asyncio.to_thread(self._log.check_held, note)
        seconds = int(stamp.moment.timestamp())
        about = f"size={checkpoint.size} time={seconds} sha256={hashlib.sha256(reply).hexdigest()}"
        async with self._one:
            self._forward((checkpoint.size, seconds), await asyncio.to_thread(self._stamped_at))
            await self._write(request, "checkpoint-stamped", about)
            await asyncio.to_thread(self._keep, STAMPED, kept.text(self._signer))
        return Reply({"size": checkpoint.size, "time": seconds, "authority": stamp.authority})

    async def stamped(self, request: Request) -> Reply:
        """{} → {note, reply}: the last checkpoint that an authority stamped (empty: none)."""
        del request
        kept = await asyncio.to_thread(self._stamped)
        return Reply({"note": kept.note, "reply": base64.b64encode(kept.reply).decode()})

    def _stamped(self) -> Stamped:
        try:
            return read_stamped(self._kept(STAMPED), self._log.vkey)
        except NoteInvalid:
            return Stamped("", b"")

    def _kept(self, name: str) -> str:
        """Empty when there is none; what was altered holds nothing, and ``demeure journal verify`` tells where."""
        try:
            return (self._log.folder / name).read_text(encoding="utf-8")
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    @staticmethod
    def _forward(brought: tuple[int, int], kept: tuple[int, int]) -> None:
        """What others answer for only moves forward. Both: (size, seconds since 1970); ``kept`` is what they answer
        for already. Raises NoteInvalid."""
        if brought < kept:
            raise invalid("older")

    def _check_whole(self, note: str, witness: str) -> None:
        """Every line of ``note`` holds, ours and then the one of ``witness``, and nothing else is in it: as
        ``demeure journal verify`` reads what is kept. Raises NoteInvalid."""
        ours = [self._log.vkey, *filter(None, [self._signer.second])][: note.count("\n— ") - 1]
        try:
            check_signature(note.encode(), *ours, witness, whole=True)
        except Fault as problem:
            raise invalid("signature") from problem

    def _keep(self, name: str, text: str) -> None:
        folder = self._log.folder
        self._log.reserve.with_room(lambda: self._disk.write_file(folder / name, text.encode()))
        self._disk.sync_folder(folder)

    async def cosigned(self, request: Request) -> Reply:
        """{} → {vkey, note, witness}: the last checkpoint cosigned by a witness (empty: none), our witness key."""
        del request
        vkey, note = await asyncio.to_thread(self._cosigned)
        return Reply({"vkey": vkey, "note": note, "witness": self._witness.vkey})

    def _cosigned(self) -> tuple[str, str]:
        """(key of the witness, note)."""
        vkey, _, note = self._kept("cosigned").partition("\n")
        try:
            check_cosignature(note, vkey)
        except NoteInvalid:
            return "", ""
        return vkey, note

    def _cosigned_at(self) -> tuple[int, int]:
        """(size, seconds since 1970) of what is kept; zeros: nothing."""
        vkey, note = self._cosigned()
        if not note:
            return 0, 0
        checkpoint, seconds = check_cosignature(note, vkey)
        return checkpoint.size, seconds

    def _stamped_at(self) -> tuple[int, int]:
        """As ``_cosigned_at``."""
        kept = self._stamped()
        if not kept.note:
            return 0, 0
        return parse(kept.note)[0].size, int(kept.stamp().moment.timestamp())

    async def prune(self, request: Request) -> Reply:
        """{before, actor, chain} → {minimum}: forget what was written before that moment; an entry first. Raises
        PruningRefused."""
        before = _text(request.args, "before", 32)
        async with self._one:
            minimum = await asyncio.to_thread(self._due, before)
            opened = min(self._log.ledger.open, default=minimum)
            if opened < minimum:
                raise _refused(_KEPT, minimum, opened)
            if minimum <= self._log.minimum:
                raise _refused(_NOTHING, minimum, 0)
            await self._write(request, "journal-pruned", f"minimum={minimum} before={before}")
            await self._scribe.head(fresh=True)
            await self._scribe.in_writer(lambda: self._log.prune(minimum))
        return Reply({"minimum": minimum})

    def _due(self, before: str) -> int:
        """First published index, a multiple of WIDTH, that comes before an entry of ``before`` or later."""
        minimum, size = self._log.minimum, self._log.published.tree.size
        while minimum + WIDTH <= size:
            last = entry_from(minimum, self._log.leaf(minimum + WIDTH - 1))
            if datetime.fromisoformat(last.time) >= datetime.fromisoformat(before):
                break
            minimum += WIDTH
        return minimum

    async def _write(self, request: Request, name: str, about: str) -> None:
        actor, chain = _text(request.args, "actor", 128), _text(request.args, "chain", 128)
        draft = Draft("administration", name, chain=chain, actor=actor, object=about)
        await self._scribe.own(draft)


def _text(args: dict[str, Any], name: str, limit: int) -> str:
    value = args.get(name)
    if type(value) is not str or len(value) > limit:
        raise EntryInvalid(detail=name)
    return value


def _refused(words: tuple[str, str], minimum: int, index: int) -> PruningRefused:
    fr, en = (text.format(index=index) for text in words)
    return PruningRefused(minimum=minimum, detail=fr, detail_en=en)
