"""The pack of a proof, as it leaves the house: its signed statement, the page made from it, what verifies both."""

import json
from dataclasses import dataclass

from demeure.gateway.errors import NothingProven
from demeure.gateway.house import House
from demeure.gateway.proving import PROVED, sha512
from demeure.journal import By, EntryUnknown, Proof
from demeure.journal.statement import PAGE, Signatures, pack, sums
from demeure.policy import Actor


@dataclass(frozen=True)
class Proven:
    """A statement of the journal, and the entry that sealed it."""

    statement: bytes
    proof: Proof


async def packed(house: House, actor: Actor, index: int, language: str) -> bytes:
    """The zip of the proof that entry ``index`` closed. Raises Denied, written too; EntryUnknown, NothingProven,
    StatementOfAnother, the typesetter's errors, and the key's when the statement was erased."""
    by = await house.records.keep(actor, "evidence-asked", f"entry={index}")
    found = await _proven(house, index)
    pages = {PAGE[language]: await page(house, found.statement, index, language)}
    about = f"{PROVED} entry={index}"
    signatures = Signatures(
        await _signed(house, found.statement, about, by),
        await _signed(house, sums(found.statement, pages), f"{about} pages", by),
    )
    return pack(found.statement, signatures, found.proof, (await house.journal.head()).vkey, pages)


async def page(house: House, statement: bytes, index: int, language: str) -> bytes:
    """The page alone. Raises NothingProven when the statement can no longer be read, the typesetter's errors."""
    try:
        return await house.papers.proof(language, statement, index)
    except (ValueError, KeyError, TypeError) as problem:  # of a version that said it otherwise
        raise NothingProven() from problem


async def statement_of(house: House, index: int) -> bytes:
    """What entry ``index`` sealed. Raises EntryUnknown when it closed no proof."""
    return (await _proven(house, index)).statement


async def _proven(house: House, index: int) -> Proven:
    statement = await house.journal.payload(index)
    proof = (await house.journal.prove([index])).proofs[0]
    told = json.loads(proof.extra)
    if told["name"] != f"{PROVED}-closed" or f"statement={sha512(statement)}" not in told["object"].split():
        raise EntryUnknown(index=index)
    return Proven(statement, proof)


async def _signed(house: House, content: bytes, about: str, by: By) -> str:
    return await house.journal.attest(sha512(content), about, by)
