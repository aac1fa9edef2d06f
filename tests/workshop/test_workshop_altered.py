"""Files altered at random, names and texts made of anything: a named state, or an answer that passes for honest."""

import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import format_files as formats
import pytest
import workshop_files as files
from hypothesis import given, settings
from hypothesis import strategies as st
from test_workshop_nesting import RTF
from test_workshop_tables import HIDDEN, ODS, saved, tariffs

from demeure.workshop import DocumentUnreadable, ReadLimits, jobs
from demeure.workshop.answers import checked_part, checked_summary
from demeure.workshop.parts import Facts

LIMITS = ReadLimits(characters=2_000_000)
ROUNDS = 120
LETTER = formats.with_file(formats.letter(), "t.xlsx", formats.good_xlsx()).as_bytes()
GOOD: dict[str, bytes] = {
    "a.xlsx": saved(tariffs()),
    "a.ods": formats.ods(ODS, automatic=HIDDEN),
    "a.pptx": formats.pptx([formats.shape("Titre", role="title") + formats.shape("Texte")]),
    "a.odp": formats.odp(
        "<draw:page><draw:frame><draw:text-box><text:p>x</text:p></draw:text-box></draw:frame></draw:page>"
    ),
    "a.eml": LETTER,
    "a.mbox": b"From a@b Thu Jan  1 00:00:00 2026\n" + LETTER,
    "a.msg": formats.ole(formats.msg(attachments={"t.xlsx": formats.good_xlsx()}, embedded=formats.msg(top=False))),
    "a.epub": formats.epub({"a.xhtml": formats.chapter("Un", "Deux")}),
    "a.rtf": RTF,
    "a.csv": b'Nom;Prix\n"a;b";2\n3;4\n',
    "a.zip": formats.archived({"a.txt": b"x", "d.docx": files.good_docx(), "e.eml": LETTER}),
}
NASTY = (
    "\u202e",
    "\0",
    "\ufeff",
    "e\u0301",
    "\U000e0041",
    "\x0b",
    "\u2028",
    "\r\n",
    "|",
    "\t",
    "ﬁ",
    "\x85",
    "\uf0b7",
)


def outcome(name: str, made: bytes) -> str:
    """``read`` when every item would pass the asker's checks, or the name of the state."""
    characters = parts = 0
    try:
        for kind, data in jobs.read(bytearray(made), name, "", LIMITS, Facts()):
            data = json.loads(json.dumps(data))
            if kind == "item":
                characters, parts = characters + len(checked_part(data, LIMITS).text), parts + 1
            else:
                checked_summary(data, LIMITS, characters, parts)
    except DocumentUnreadable as problem:
        return problem.code()
    return "read"


def altered(made: bytes, chance: random.Random) -> bytes:
    data = bytearray(made)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(data)) if data else 0
        other = chance.randrange(len(data)) if data else 0
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                del data[at : at + chance.choice((1, 5, 100, 1000))]
            case 2:
                data[at:at] = chance.randbytes(chance.choice((1, 4, 40)))
            case 3:
                data[at:at] = data[other : other + chance.choice((4, 64, 600))]
            case 4:
                data[at:at] = chance.choice(NASTY).encode()
            case _:
                data[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
    return bytes(data)


def altered_inside(made: bytes, chance: random.Random) -> bytes:
    """An archive, one entry of which is altered before it is packed again."""
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(entries))
    return formats.zipped({**entries, name: altered(entries[name], chance)}, stored=("mimetype",))


@pytest.mark.parametrize("name", GOOD)
def test_altered_files_end_in_a_named_state(name: str) -> None:
    chance = random.Random(name)
    ways: list[Callable[[bytes, random.Random], bytes]] = [altered]
    if GOOD[name].startswith(b"PK"):
        ways.append(altered_inside)
    assert outcome(name, GOOD[name]) == "read"
    seen = {outcome(name, way(GOOD[name], chance)) for way in ways for _ in range(ROUNDS)}
    assert "read" in seen


READ_ALL = """
import sys
from pathlib import Path
from demeure.workshop import jobs
from demeure.workshop.parts import Facts, ReadLimits
from demeure.workshop.zygote import import_everything, refuse_threads
import_everything()
refuse_threads()
before = set(sys.modules)
for path in sorted(Path(sys.argv[1]).iterdir()):
    for _ in jobs.read(bytearray(path.read_bytes()), path.name, "", ReadLimits(), Facts()):
        pass
print(sorted(set(sys.modules) - before))
"""


def test_no_reader_imports_anything_at_its_first_file(tmp_path: Path) -> None:
    """What a job would import is paid once, in the zygote, and the box of a job need not open a single file."""
    for name, made in GOOD.items():
        (tmp_path / name).write_bytes(made)
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


PIECES = st.one_of(st.sampled_from(NASTY), st.text(max_size=8))
WORDS = st.lists(PIECES, max_size=6).map("".join)


@settings(max_examples=60, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_names_and_texts_of_anything_pass_for_honest(first: str, second: str, third: str) -> None:
    clean = [
        "".join(c for c in word if c in "\t\n" or 0x20 <= ord(c) < 0xFFFE)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        for word in (first, second, third)
    ]
    name, cell, other = (word.replace('"', "&quot;") for word in clean)
    assert outcome("a.xlsx", formats.xlsx({name or "x": formats.rows((cell, other), (other, cell), ("fin", 1))}))
    assert (
        outcome("a.pptx", formats.pptx([formats.shape(name, role="title") + formats.shape(cell, "fin")])) == "read"
    )
    table = f'<table:table table:name="{name}">{formats.ods_rows((cell, other), ("fin", other))}</table:table>'
    assert outcome("a.ods", formats.ods(table)) == "read"
    raw = f"From: {first}\nTo: {second}\nDate: {third}\nSubject: {second}\nMIME-Version: 1.0\n\n{third}\nfin"
    assert outcome("a.eml", raw.encode()) in ("read", "DocumentWrongFormat")
    assert outcome("a.csv", f"{first};{second}\n{third};1\nfin;2\n".encode()) in ("read", "DocumentWrongFormat")
    assert outcome("a.zip", formats.archived({f"a{first}/b{second}": third.encode(), "fin.txt": b"fin"}))
