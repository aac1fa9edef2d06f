"""A statement of the house about its walls, packed with what lets a stranger verify it (pure).

``verify_statement`` reads it without Demeure: a copy of that file travels in the pack, as verify.py.
"""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files

from demeure.journal.checkpoint import plain
from demeure.journal.errors import StatementOfAnother
from demeure.journal.proof import Proof
from demeure.journal.verify_statement import SUMS, archive, helpers, listed

PAGE = {"fr": "certificat.pdf", "en": "certificate.pdf"}
"""Language → name of the page in the pack."""


def program() -> dict[str, bytes]:
    """What the pack holds beside the statement, the same in every pack of this version: how to verify, and with
    what. Their SHA-256 belong to the statement."""
    source = (files("demeure.journal") / "verify_statement.py").read_bytes()
    return {"VERIFIER.txt": _HOW.encode(), "verify.py": source}


def program_digests() -> dict[str, str]:
    """File → SHA-256 (hexadecimal) of ``program``."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in program().items()}


def sums(statement: bytes, pages: dict[str, bytes]) -> bytes:
    """The list to sign: the statement, and the ``pages`` laid out from it (name → bytes)."""
    return listed({"statement.json": statement, **pages})


@dataclass(frozen=True)
class Signatures:
    """Of the statement's bytes, and of the list that ``sums`` makes, as ``ssh-keygen -Y verify`` reads them."""

    statement: str
    sums: str


def pack(statement: bytes, signatures: Signatures, proof: Proof, vkey: str, pages: dict[str, bytes]) -> bytes:
    """The zip. ``proof``: of the entry that speaks of the statement. Raises StatementOfAnother when the product has
    changed since it was made."""
    if json.loads(statement)["predicate"]["demeure"]["files"] != program_digests():
        raise StatementOfAnother()
    short = Proof(proof.index, proof.path, plain(proof.note), proof.extra)
    whole = {
        "statement.json": statement,
        "statement.json.sig": signatures.statement.encode(),
        "entry.tlog-proof": short.text().encode(),
        SUMS: sums(statement, pages),
        f"{SUMS}.sig": signatures.sums.encode(),
    }
    return archive(whole | pages | program() | helpers(vkey, short.note))


_SSH = "ssh-keygen -Y verify -f allowed_signers -I journal -n demeure-attestation"
COMMANDS = (
    f"{_SSH} -s statement.json.sig < statement.json",
    "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in checkpoint.txt -sigfile checkpoint.sig",
    'python3 -I -S verify.py . --vkey "$(cat vkey)"',
)
"""What a stranger types, from the folder of the pack."""
_HOW = f"""\
Vérifier cette déclaration sans Demeure, depuis ce dossier. Verify this statement without Demeure, from this folder.

1. La déclaration est signée par la clé du journal. The statement is signed by the journal's key.
   {COMMANDS[0]}

2. Le point de contrôle du journal est signé par la même clé. The journal's checkpoint is signed by the same key.
   {COMMANDS[1]}

3. Tout concorde, la page aussi, et elle vaut encore. Everything agrees, the page too, and it is still valid.
   {COMMANDS[2]}

La clé (vkey) doit être comparée à celle que vous tenez d'ailleurs : sur papier, chez un voisin, dans un courrier.
The key (vkey) must be compared with the one you hold from elsewhere: on paper, from a neighbour, in a letter.
Pour refuser plus ancien que la dernière que vous avez : --after AUTRE.zip (ou un point de contrôle).
To refuse a statement older than the last one you have: --after OTHER.zip (or a checkpoint).
Code de sortie : 0, rien n'est sorti ; 3, authentique, mais ouvert ou non concluant ; 1, ne tient pas.
Exit code: 0, nothing got out; 3, authentic, but something is open or nothing is concluded; 1, it does not hold.
verify.py vient avec la pièce, un faussaire y mettrait le sien : dans le doute, prenez celui d'un Demeure que vous
avez (demeure verify PIÈCE), ou comparez son SHA-256 à celui de journal/verify_statement.py d'une livraison.
verify.py comes with the piece, a forger would put theirs: when in doubt use that of a Demeure you have
(demeure verify PIECE), or compare its SHA-256 with journal/verify_statement.py of a delivery.
Dit en français ; ajoutez --language en pour l'anglais. Told in French; add --language en for English.
"""
