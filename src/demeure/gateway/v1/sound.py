"""``/v1/audio/transcriptions``: a form with a recording; what is said in it, with its times when they are asked."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import PlainTextResponse, Response

from demeure.gateway.errors import BodyTooLarge, ModelNotServed
from demeure.gateway.hearing import Heard
from demeure.gateway.locale import size
from demeure.gateway.upload import FileForm
from demeure.gateway.v1.models import SOUND, served
from demeure.gateway.v1.shapes import invalid
from demeure.gateway.visit import Visit
from demeure.workshop import SpeechModelMissing

MOST_BYTES = 64 << 20
_LANGUAGES = ("fr", "en")


async def transcriptions(came: Visit) -> Response:
    """POST /v1/audio/transcriptions: fields ``file``, ``model``; ``language`` (fr, en), ``response_format`` (json,
    text, verbose_json, srt, vtt). ``prompt`` and ``temperature`` change nothing."""
    form = FileForm(came.request.headers.get("content-type", ""), came.request.stream())
    limit = min(MOST_BYTES, came.house.settings.upload_megabytes << 20)
    fields, files = await form.everything(limit, _too_large(limit))
    if "file" not in files:
        raise invalid("file", "a recording", "un enregistrement")
    kind = fields.get("response_format") or "json"
    if kind not in FORMATS:
        raise invalid("response_format", ", ".join(FORMATS), ", ".join(FORMATS))
    language = (fields.get("language") or came.house.settings.language).lower()
    if language not in _LANGUAGES:
        raise invalid("language", "fr or en", "fr ou en")
    there = await served(came)
    name = fields.get("model", "")
    if name not in (SOUND, there.sound, "whisper-1") or not name:
        raise ModelNotServed(model=name[:80])
    if not there.sound:
        raise SpeechModelMissing()
    file, data = files["file"]
    heard = await came.house.model_room.hear(came.actor, file, data, language)
    told = FORMATS[kind](heard)
    return PlainTextResponse(told) if isinstance(told, str) else came.json(told)


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(limit=size("fr", limit), limit_en=size("en", limit))


def _json(heard: Heard) -> dict[str, Any]:
    usage = {"type": "duration", "seconds": heard.milliseconds // 1000}
    return {"text": heard.text, "usage": usage}


def _verbose(heard: Heard) -> dict[str, Any]:
    segments = [
        {"id": at, "start": one.start / 1000, "end": one.end / 1000, "text": one.text}
        for at, one in enumerate(heard.segments)
    ]
    about = {"task": "transcribe", "language": heard.language, "duration": heard.milliseconds / 1000}
    return {**about, "text": heard.text, "segments": segments, "model": heard.model, "unheard": heard.unheard}


def _srt(heard: Heard) -> str:
    lines = [
        f"{at}\n{_clock(one.start, ',')} --> {_clock(one.end, ',')}\n{one.text.strip()}\n"
        for at, one in enumerate(heard.segments, 1)
    ]
    return "\n".join(lines)


def _vtt(heard: Heard) -> str:
    lines = [f"{_clock(one.start, '.')} --> {_clock(one.end, '.')}\n{one.text.strip()}\n" for one in heard.segments]
    return "\n".join(["WEBVTT\n", *lines])


def _clock(milliseconds: int, mark: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{rest:03}"


FORMATS: Mapping[str, Callable[[Heard], str | dict[str, Any]]] = {
    "json": _json,
    "text": lambda heard: heard.text + "\n",
    "verbose_json": _verbose,
    "srt": _srt,
    "vtt": _vtt,
}
"""``response_format`` → how it is told."""
