"""Recordings decoded and heard in real boxed jobs: every kind, cut at pauses; hostile ones are named.

What needs the recognition model is skipped, aloud, without it (`make test-models` fetches it).
"""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sound_files as sounds

from demeure.engine.models import SpeechData
from demeure.errors import DemeureError
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import Said, SoundSummary, Window, hearing, sound, sound_asker
from demeure.workshop.answers import AnswerInvalid, checked_said
from demeure.workshop.loops import once, unlooped
from demeure.workshop.mel import FRAMES, log_mel, triangles
from demeure.workshop.recordings import RATE, announced

HERE = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("DEMEURE_TEST_MODELS") or HERE / "cache" / "test" / "models")
MODEL = SpeechData(MODELS)()
SPOKEN = HERE / "tests" / "data" / "parole.ogg"
"""Two sentences of our own, said by espeak-ng (voice fr, 140 words a minute)."""


@pytest.fixture(scope="module")
def shop() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True, data=MODELS) as workshop:
        yield workshop


async def stream(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 20):
        yield data[start : start + (1 << 20)]


def decoded(shop: LoneWorkshop, data: bytes, name: str) -> tuple[list[Window], SoundSummary]:
    async def go() -> list[Any]:
        return [answer async for answer in shop.ears().sound(stream(data), name=name)]

    *windows, summary = asyncio.run(go())
    return windows, summary


def code(shop: LoneWorkshop, data: bytes, name: str) -> str:
    try:
        decoded(shop, data, name)
    except DemeureError as problem:
        return f"{problem.code()} {problem.params.get('found', '')}".strip()
    return "decoded"


KINDS = {
    "wav": lambda said: sounds.wav(said),
    "mp3": lambda said: sounds.encoded(said, "mp3", "libmp3lame", 44_100),
    "m4a": lambda said: sounds.encoded(said, "ipod", "aac", 44_100),
    "ogg": lambda said: sounds.encoded(said, "ogg", "libopus"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_decoded_in_the_tightest_box(shop: LoneWorkshop, kind: str) -> None:
    said = np.concatenate([sounds.silence(3), sounds.tone(4), sounds.silence(8), sounds.tone(2)])
    windows, summary = decoded(shop, KINDS[kind](said), f"conseil.{kind}")
    assert abs(summary.milliseconds - 17_000) < 150 and not summary.damaged
    assert [round(one.at / 1000) for one in windows] == [3, 15] and len(windows[0].sound) % 2 == 0
    assert [round(one.milliseconds / 1000) for one in windows] == [4, 2]
    heard = np.frombuffer(windows[0].sound, np.int16)[RATE : 2 * RATE].astype(float)
    loudest = np.argmax(np.abs(np.fft.rfft(heard)))
    assert 430 <= loudest <= 450, "it is the same tone, at the rate it is said to have"


def test_long_speech_is_cut_at_its_quietest_moment_and_nothing_is_lost() -> None:
    quiet = np.concatenate([sounds.tone(24), sounds.tone(0.4, level=0.02), sounds.tone(20)])
    cutter = sound.Cutter()
    made = [*cutter.add(quiet.tobytes()), *cutter.end()]
    (first, _), (second, _) = made
    assert first["at"] == 0 and 24_000 <= second["at"] <= 24_450
    assert 2 * len(quiet) - sum(len(piece) for _, piece in made) < 2 * 480, "less than one look at the level"


HOSTILE = {
    "nothing": (lambda: b"", "a.mp3", {"DocumentEmpty"}),
    "silence": (lambda: sounds.wav(sounds.silence(5)), "a.wav", {"RecordingSilent"}),
    "cut in its head": (lambda: sounds.wav(sounds.tone(1))[:20], "a.wav", {"DocumentCorrupt"}),
    "cut in the middle": (
        lambda: KINDS["ogg"](sounds.tone(8))[:4000],
        "a.ogg",
        {"decoded", "DocumentCorrupt"},
    ),
    "cut before its table": (lambda: KINDS["m4a"](sounds.tone(8))[:9000], "a.m4a", {"DocumentCorrupt"}),
    "ten hours announced": (lambda: sounds.declared(36_000), "a.wav", {"decoded"}),
    "noise": (lambda: bytes(range(256)) * 400, "a.mp3", {"DocumentCorrupt"}),
    "a page": (lambda: b"%PDF-1.7\n" + bytes(99), "a.mp3", {"DocumentWrongFormat pdf"}),
    "text": (lambda: b"Bonjour, voici le compte rendu.", "a.wav", {"DocumentCorrupt"}),
    "another kind's name": (lambda: KINDS["mp3"](sounds.tone(2)), "a.wav", {"decoded"}),
    "a film": (
        lambda: sounds.encoded(sounds.tone(2), "mp4", "aac", 44_100, picture="mpeg4"),
        "a.m4a",
        {"RecordingUnsupported video"},
    ),
    "a matroska": (
        lambda: sounds.encoded(sounds.tone(2), "matroska", "libopus"),
        "a.webm",
        {"RecordingUnsupported video"},
    ),
    "flac": (
        lambda: sounds.encoded(sounds.tone(1), "flac", "flac", 16_000),
        "a.flac",
        {"RecordingUnsupported flac"},
    ),
    "a cover of 14 gigabytes": (
        lambda: sounds.with_cover(KINDS["mp3"](sounds.tone(2)), sounds.bomb_picture()),
        "a.mp3",
        {"decoded"},
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_recordings_are_named(shop: LoneWorkshop, case: str) -> None:
    made, name, allowed = HOSTILE[case]
    assert code(shop, made(), name) in allowed  # type: ignore[no-untyped-call]


def test_a_recording_that_goes_on_too_long_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "MOST_SECONDS", 3)
    with pytest.raises(DemeureError, match="too large"):
        list(sound.windows(bytearray(sounds.wav(sounds.tone(4))), "a.wav"))


def test_names_that_are_recordings() -> None:
    assert [announced(name) for name in ("a.MP3", "a.mov", "a.pdf", "mp3")] == ["mp3", "video", "", ""]


# --- what is heard


def test_the_spectrum_of_a_tone_is_in_its_band_and_silence_is_flat() -> None:
    heard = log_mel(sounds.tone(2, 1000).tobytes())
    assert heard.shape == (80, FRAMES) and heard.dtype == np.float32
    frequencies = np.fft.rfftfreq(400, 1 / RATE)
    band = triangles(80)[:, int(np.argmin(np.abs(frequencies - 1000)))].argmax()
    assert abs(int(heard[:, 100].argmax()) - int(band)) <= 1 and heard[:, 100].max() - heard[:, 2500].max() > 1.9
    assert np.ptp(log_mel(bytes(RATE))) == 0
    slope = triangles(80).sum(axis=1)
    assert np.allclose(slope * RATE / 400, 1, atol=0.35), "bands of equal area"


def test_what_is_said_again_and_again_is_said_once_but_not_a_telephone_number() -> None:
    assert once("Merci. Merci. Merci. Merci. Au revoir.") == "Merci. Au revoir."
    assert once("le 02 22 22 22 22 merci") == "le 02 22 22 22 22 merci" and once("Oui, oui.") == "Oui, oui."
    said = [Said(at * 1000, at * 1000 + 900, "Sous-titres.") for at in range(4)]
    assert unlooped([*said, Said(5000, 6000, "Bonjour.")]) == [
        Said(0, 3900, "Sous-titres."),
        Said(5000, 6000, "Bonjour."),
    ]


@pytest.mark.parametrize(
    "lie",
    [
        {"said": [[0, 31_000, "x"]]},
        {"said": [[5, 2, "x"]]},
        {"said": [[0, 1, "a\u202e"]]},
        {"said": [[0, 1, " "]]},
        {"said": [[500, 900, "x"], [0, 900, "x"]]},
        {"said": "x"},
        {"said": [], "more": 1},
    ],
)
def test_what_a_job_says_it_heard_is_checked(lie: Any) -> None:
    with pytest.raises(AnswerInvalid):
        checked_said(lie, 32_000, 200, 2000)


def test_windows_out_of_order_are_a_lie() -> None:
    with pytest.raises(AnswerInvalid):
        sound_asker._window({"at": 4}, b"xx", 4)


def hear(shop: LoneWorkshop, windows: list[bytes], **other: Any) -> list[list[Said]]:
    async def go() -> list[list[Said]]:
        asked = {"model": MODEL, "language": "fr", "threads": 2} | other
        return [said async for said in shop.ears().hear(windows, **asked)]

    return asyncio.run(go())


@pytest.mark.skipif(MODEL is None, reason="no recognition model: make test-models")
def test_words_are_heard_with_their_times_in_a_sealed_job(shop: LoneWorkshop) -> None:
    (window,), _ = decoded(shop, SPOKEN.read_bytes(), SPOKEN.name)
    (first,) = hear(shop, [window.sound])
    text = " ".join(one.text for one in first).lower()
    assert "conseil municipal" in text and "séance" in text, text
    assert first[0].start < first[-1].end <= window.milliseconds


@pytest.mark.skipif(MODEL is None, reason="no recognition model: make test-models")
def test_another_file_than_the_one_installed_is_refused(shop: LoneWorkshop) -> None:
    assert MODEL is not None
    for other in (replace(MODEL, sha256=hashlib.sha256(b"").hexdigest()), replace(MODEL, file="nowhere.tar")):
        with pytest.raises(DemeureError, match="not the file"):
            hear(shop, [bytes(32_000)], model=other)


def test_importing_what_hears_opens_no_connection_and_names_no_telemetry() -> None:
    program = """
import sys
seen = []
sys.addaudithook(lambda event, told: seen.append(event) if event.startswith(("socket.", "subprocess.")) else None)
import av, ctranslate2
assert not seen, seen
assert not {"huggingface_hub", "onnxruntime", "requests", "transformers", "torch"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_words_of_a_call_are_checked_before_a_model_is_opened() -> None:
    good = {"model": "a.tar", "sha256": "0" * 64, "language": "fr", "threads": 2, "windows": [32_000]}
    assert hearing.asked(good).lengths == (32_000,)
    assert hearing.asked(good | {"threads": 64}).threads == hearing.THREADS, "a machine with many cores hears too"
    for wrong in ({"model": "../a.tar"}, {"language": "xx"}, {"threads": 0}, {"windows": [3]}, {"windows": []}):
        with pytest.raises(DemeureError):
            hearing.asked(good | wrong)
