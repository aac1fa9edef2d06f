"""Recordings: word error rate and times real time, through real boxed jobs of the workshop.

    python benchmarks/speech.py [--dir FOLDER] [--minutes 10] [--threads 2]

``--dir``: a folder of recordings (WAV, MP3, M4A, OGG), each with its words beside it (same name, .txt). Without
one, Debian's espeak-ng says texts of the sample base aloud: that measures the machinery and the time it takes,
**and is no evidence of quality**: a robot does not speak as people do.
"""

import asyncio
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.assistant.grounding import figures
from demeure.engine.models import SpeechData
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import TOGETHER, SoundSummary, SpeechModel, Window
from measure import absent, finish, models_folder, parser, say, spread

SAMPLES = Path(__file__).resolve().parents[1] / "sample" / "documents"
ROBOT = "robot speech (espeak-ng): no evidence of quality; bring recordings of people with --dir"
KINDS = (".wav", ".mp3", ".m4a", ".ogg")


@dataclass(frozen=True)
class Case:
    """A recording and the words that are said in it."""

    path: Path
    words: str


def given(folder: Path) -> list[Case]:
    """The recordings of ``folder`` that have their words beside them."""
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in KINDS]
    cases = [
        Case(path, beside.read_text(encoding="utf-8"))
        for path in found
        if (beside := path.with_suffix(".txt")).exists()
    ]
    if not cases:
        absent(f"{folder}: no recording with its words beside it (same name, .txt).")
    return cases


def spoken(folder: Path, minutes: float) -> list[Case]:
    """Texts of the sample base said by espeak-ng in three voices, until they last ``minutes``."""
    program = shutil.which("espeak-ng")
    if program is None:
        absent("espeak-ng is not installed (Debian: apt install espeak-ng), and no --dir was given.")
    cases: list[Case] = []
    length, voices = 0.0, ("fr", "fr+f2", "fr+m3")
    while length < minutes * 60:
        for at, words in enumerate(texts()):
            path = folder / f"{len(cases):03}.wav"
            command = [program, "-v", voices[at % 3], "-s", "150", "-w", str(path), words]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            length += path.stat().st_size / (22_050 * 2)
            cases.append(Case(path, words))
            if length >= minutes * 60:
                break
    return cases


def texts() -> list[str]:
    """Prose of the sample base, without signs that are not said."""
    found: list[str] = []
    for path in sorted(SAMPLES.rglob("*")):
        if path.suffix not in (".txt", ".md"):
            continue
        words = re.sub(r"[#*_`|>-]+", " ", path.read_text(encoding="utf-8"))
        sentences = re.split(r"(?<=[.!?])\s+", " ".join(words.split()))
        found += [" ".join(sentences[start : start + 8]) for start in range(0, len(sentences), 8)]
    return [one for one in found if len(one) > 200]


def bare(text: str) -> list[str]:
    """Words without case, punctuation nor elision."""
    text = unicodedata.normalize("NFC", text.lower()).replace("’", "'")
    return re.findall(r"[^\W_]+", text)


def distance(truth: Sequence[str], heard: Sequence[str]) -> int:
    """Words to change, add or take away."""
    row = list(range(len(heard) + 1))
    for at, word in enumerate(truth, 1):
        before, row[0] = row[0], at
        for other, found in enumerate(heard, 1):
            before, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, before + (word != found))
    return row[-1]


async def pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            yield piece


async def heard(
    shop: LoneWorkshop, case: Case, model: SpeechModel, threads: int, language: str
) -> tuple[str, dict[str, float]]:
    """The words of a recording, and how long it and each half of the work lasted."""
    ears, windows, length = shop.ears(), [], 0.0
    began = time.perf_counter()
    async for answer in ears.sound(pieces(case.path), name=case.path.name):
        if isinstance(answer, Window):
            windows.append(answer.sound)
        elif isinstance(answer, SoundSummary):
            length = answer.milliseconds / 1000
    decoded = time.perf_counter()
    said: list[str] = []
    done = 0
    while done < len(windows):
        batch = windows[done : done + TOGETHER]
        async for words in ears.hear(batch, model=model, language=language, threads=threads):
            said += [one.text for one in words]
            done += 1
    ended = time.perf_counter()
    times = {"length": length, "decoding": decoded - began, "hearing": ended - decoded, "windows": len(windows)}
    return " ".join(said), times


def measured(shop: LoneWorkshop, cases: Sequence[Case], model: SpeechModel, options: Any) -> list[dict[str, Any]]:
    rows = []
    for case in cases:
        said, times = asyncio.run(heard(shop, case, model, options.threads, options.language))
        truth, found = bare(case.words), bare(said)
        wanted = set(figures(case.words))
        row = {
            "words": len(truth),
            "wrong": distance(truth, found),
            "figures": len(wanted),
            "figures_heard": len(wanted & set(figures(said))),
            **times,
        }
        rows.append(row)
        rate = row["wrong"] / max(row["words"], 1)
        speed = times["length"] / max(times["hearing"] + times["decoding"], 1e-9)
        say(options, f"{case.path.name:24} {times['length']:6.1f} s  wrong {rate:.3f}  {speed:5.1f} x")
    return rows


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--dir", type=Path, help="recordings with their words beside them")
    options.add_argument("--minutes", type=float, default=10.0, help="of robot speech, without --dir")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--language", choices=("fr", "en"), default="fr")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as place, models_folder() as folder:
        cases = given(asked.dir) if asked.dir else spoken(Path(place), asked.minutes)
        model = SpeechData(folder)()
        if model is None:
            absent("No recognition model: `demeure models pull whisper-base`.")
        if not asked.dir:
            say(asked, ROBOT)
        with LoneWorkshop(tight=True, data=folder) as shop:
            rows = measured(shop, cases, model, asked)
    total = {name: sum(row[name] for row in rows) for name in rows[0]}
    seconds = total["decoding"] + total["hearing"]
    finish(
        "speech",
        {
            "model": model.id,
            "speech": "people" if asked.dir else ROBOT,
            "recordings": len(rows),
            "minutes": round(total["length"] / 60, 1),
            "word_error_rate": round(total["wrong"] / max(total["words"], 1), 4),
            "word_error_rate_by_recording": spread([row["wrong"] / max(row["words"], 1) for row in rows], 3),
            "figures_heard": round(total["figures_heard"] / max(total["figures"], 1), 3),
            "times_real_time": round(total["length"] / seconds, 2),
            "seconds_a_window": round(total["hearing"] / max(total["windows"], 1), 2),
            "decoding_times_real_time": round(total["length"] / max(total["decoding"], 1e-9), 1),
            "threads": asked.threads,
        },
    )


if __name__ == "__main__":
    main()
