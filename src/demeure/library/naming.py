"""Names and paths of files, as people gave them and as the house keeps them: visible characters only. Pure."""

import unicodedata

from demeure.library.errors import DocumentNameInvalid

_PATH_CHARACTERS = 1000


def file_name(name: str) -> str:
    """The last step of a path, visible characters only. Raises DocumentNameInvalid."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    clean = " ".join(visible(last).split())
    if not 1 <= len(clean) <= 200 or clean in (".", ".."):
        raise DocumentNameInvalid()
    return clean


def shortened(name: str) -> str:
    """A file's name as a document's: its middle left out when it is too long, never refused; « ? » when nothing of
    it can be shown."""
    clean = " ".join(visible(name).split()) or "?"
    clean = "?" if clean in (".", "..") else clean
    if len(clean) <= 200:
        return clean
    stem, dot, kind = clean.rpartition(".")
    tail = f"{dot}{kind}" if stem and len(kind) <= 10 else ""
    return f"{clean[: 190 - len(tail)]}…{clean[-5:] if not tail else ''}{tail}"


def message_name(subject: str, sender: str, day: str) -> str:
    """« Devis de la chaudière (Léa Morin, 2026-06-25).eml »: what a message of a mail folder is called once it is
    read; empty when it says nothing of itself."""
    told = ", ".join(part for part in (sender, day) if part)
    name = " ".join(part for part in (subject, f"({told})" if told else "") if part)
    return shortened(f"{name.replace('/', '∕').replace(chr(92), '∕')}.eml") if name else ""


def folder_path(path: str) -> str:
    """« Marchés/2026/lot 1.pdf »: where a file stood in the folder that was brought; empty when it came alone.
    Steps that lead elsewhere (« .. », the machine's root) are dropped."""
    steps = [" ".join(visible(step).split()) for step in path.replace("\\", "/").split("/")]
    kept = [step for step in steps if step not in ("", ".", "..")]
    return "/".join(kept)[-_PATH_CHARACTERS:] if len(kept) > 1 else ""


def visible(text: str) -> str:
    """``text`` in composed form, without control, format or unpaired characters."""
    normal = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    return "".join(c for c in normal if unicodedata.category(c)[0] != "C")
