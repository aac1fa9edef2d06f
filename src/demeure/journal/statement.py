"""A statement of the house about its walls, packed with what lets a stranger verify it (pure).

``verify_statement`` reads it without Demeure: a copy of that file travels in the pack, as verify.py.
"""

import hashlib
from importlib.resources import files

from demeure.journal.checkpoint import plain
from demeure.journal.errors import StatementOfAnother
from demeure.journal.proof import Proof
from demeure.journal.verify_statement import archive, helpers


def program() -> dict[str, bytes]:
    """What the pack holds beside the statement, the same in every pack of this version: how to verify, and with
    what. Their SHA-256 belong to the statement."""
    source = (files("demeure.journal") / "verify_statement.py").read_bytes()
    return {"VERIFIER.txt": _HOW.encode(), "verify.py": source}


def program_digests() -> dict[str, str]:
    """File → SHA-256 (hexadecimal) of ``program``."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in program().items()}


def pack(statement: bytes, told: dict[str, str], signature: str, proof: Proof, vkey: str) -> bytes:
    """The zip. ``told``: the digests of ``program`` that the statement holds; ``proof``: of the entry that
    speaks of it. Raises StatementOfAnother when the product has changed since."""
    if told != program_digests():
        raise StatementOfAnother()
    short = Proof(proof.index, proof.path, plain(proof.note), proof.extra)
    whole = {
        "statement.json": statement,
        "statement.json.sig": signature.encode(),
        "entry.tlog-proof": short.text().encode(),
    }
    return archive(whole | program() | helpers(vkey, short.note))


_HOW = """\
Vérifier cette déclaration sans Demeure, depuis ce dossier. Verify this statement without Demeure, from this folder.

1. La déclaration est signée par la clé du journal. The statement is signed by the journal's key.
   ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation -s statement.json.sig < statement.json

2. Le point de contrôle du journal est signé par la même clé. The journal's checkpoint is signed by the same key.
   openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in checkpoint.txt -sigfile checkpoint.sig

3. Tout concorde, et la déclaration est encore valable. Everything agrees, and the statement is still valid.
   python3 -I -S verify.py . --vkey "$(cat vkey)"

La clé (vkey) doit être comparée à celle que vous tenez d'ailleurs : sur papier, chez un voisin, dans un courrier.
The key (vkey) must be compared with the one you hold from elsewhere: on paper, from a neighbour, in a letter.
Pour refuser plus ancien que la dernière que vous avez : --after AUTRE.zip (ou un point de contrôle).
To refuse a statement older than the last one you have: --after OTHER.zip (or a checkpoint).
"""
