"""The house in the words of the OpenAI API: what each way gives, what it refuses, what the journal keeps of it."""

import asyncio
import base64
import json
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from demeure.engine import DIMENSIONS
from demeure.gateway import entitled
from demeure.gateway.applications import LOOKS_EACH_MINUTE
from demeure.identity import KeyLimits, Quotas
from demeure.policy.scopes import ASKS, MODELS
from demeure.testing.gateway import CLAIRE, FakeRooms

from .conftest import Live

HELLO = {"model": "demeure-chat", "messages": [{"role": "user", "content": "Bonjour à tous"}]}


def rooms_with_models() -> FakeRooms:
    rooms = FakeRooms()
    for process in rooms.porter.state["processes"]:
        if process["role"].startswith("engine-"):
            process["model"] = {"engine-chat": "petit-modele", "engine-embed": "e5"}[process["role"]]
    return rooms


@contextmanager
def program(live: Live, *scopes: str, limits: KeyLimits | None = None) -> Iterator[httpx.Client]:
    """A program that Claire gave a key to."""
    _, secret = asyncio.run(
        live.rooms.applications.give_own(CLAIRE, "essai", 30, scopes, (), limits or KeyLimits())
    )
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=live.url, headers=headers, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    return serve(rooms_with_models())


def chunks(answer: httpx.Response) -> list[dict[str, Any]]:
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]" and answer.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line) for line in lines[:-1]]


def test_a_supervisor_that_does_not_answer_is_no_house_without_models(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent() -> None:
        return None

    monkeypatch.setattr(live.house.pulse, "status", silent)
    hello = {"model": "demeure-chat", "messages": [{"role": "user", "content": "?"}]}
    with program(live, MODELS) as client:
        asked = (client.get("/v1/models"), client.post("/v1/chat/completions", json=hello))
    for answer in asked:
        assert answer.status_code == 503 and answer.json()["error"]["type"] == "server_error"


def test_models_are_listed_and_one_is_told(live: Live) -> None:
    with program(live, MODELS) as client:
        listed = client.get("/v1/models").json()
        names = {one["id"] for one in listed["data"]}
        assert {"demeure-chat", "petit-modele", "e5", "demeure-rerank", "fake-ears"} <= names
        assert "demeure-base" not in names, "asking it with this key is refused"
        assert client.get("/v1/models/demeure-base").status_code == 404
        assert "no cross-encoder" in client.get("/v1/models/demeure-rerank").json()["description"]
        absent = client.get("/v1/models/gpt-4")
        assert absent.status_code == 404
        assert absent.json()["error"]["code"] == "model_not_found"
    with program(live, ASKS) as client:
        assert [one["id"] for one in client.get("/v1/models").json()["data"]] == ["demeure-base"]
    with program(live, ASKS, MODELS) as client:
        assert {"demeure-base", "demeure-chat"} <= {one["id"] for one in client.get("/v1/models").json()["data"]}


def test_a_chat_whole_and_streamed(live: Live) -> None:
    with program(live, MODELS) as client:
        whole = client.post("/v1/chat/completions", json={**HELLO, "n": 2, "seed": 7, "stop": "fin"}).json()
        assert whole["object"] == "chat.completion" and whole["model"] == "demeure-chat"
        assert [c["message"]["content"] for c in whole["choices"]] == ["Bonjour de la maison."] * 2
        assert whole["usage"] == {"prompt_tokens": 3, "completion_tokens": 10, "total_tokens": 13}
        asked = {**HELLO, "stream": True, "stream_options": {"include_usage": True}, "max_tokens": 2}
        pieces = chunks(client.post("/v1/chat/completions", json=asked))
        assert "".join(c["delta"].get("content") or "" for p in pieces for c in p["choices"]) == "Bonjour de"
        assert [c["finish_reason"] for p in pieces for c in p["choices"]][-1] == "length"
        assert pieces[-1]["usage"]["completion_tokens"] == 2 and pieces[-1]["choices"] == []
        assert len({piece["id"] for piece in pieces}) == 1
    first, second, _ = live.rooms.completer.requests
    assert (first["seed"], second["seed"], first["stop"]) == (7, 8, ["fin"])
    journal = live.rooms.journal
    assert [e.outcome for e in journal.named("completion-asked-closed")] == ["done", "done"]
    opened = journal.named("completion-closed")
    assert len(opened) == 2 and {e.actor for e in opened} == {CLAIRE.id}
    assert [e.object for e in journal.named("model-called")] == [f"fake-chat sha256={'0' * 64}"] * 2
    assert "Bonjour à tous".encode() in b"".join(journal.payloads)


def test_tools_and_formats_are_passed_on(live: Live) -> None:
    schema = {"type": "object", "properties": {"reponse": {"enum": ["oui", "non"]}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "r", "schema": schema}}
    tool = {"type": "function", "function": {"name": "meteo", "parameters": {"type": "object"}}}
    with program(live, MODELS) as client:
        made = client.post("/v1/chat/completions", json={**HELLO, "response_format": wanted}).json()
        assert json.loads(made["choices"][0]["message"]["content"]) == {"reponse": "oui"}
        called = client.post("/v1/chat/completions", json={**HELLO, "tools": [tool]}).json()["choices"][0]
        (call,) = called["message"]["tool_calls"]
        assert called["finish_reason"] == "tool_calls" and call["function"]["name"] == "meteo"
        assert json.loads(call["function"]["arguments"]) == {"lieu": "Saint-Aubin"}
        for choice in ("required", {"type": "function", "function": {"name": "meteo"}}):
            asked = {**HELLO, "tools": [tool], "tool_choice": choice}
            made = client.post("/v1/chat/completions", json=asked).json()["choices"][0]
            assert made["finish_reason"] == "tool_calls" and made["message"]["content"] is None
            assert "Saint-Aubin" in made["message"]["tool_calls"][0]["function"]["arguments"]
            last = live.rooms.completer.requests[-1]
            assert "tools" not in last and "meteo" in last["messages"][0]["content"], "the grammar holds the model"
        said = [
            *HELLO["messages"],
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "soleil"},
        ]
        assert client.post("/v1/chat/completions", json={**HELLO, "messages": said}).status_code == 200
        pattern = {"type": "json_schema", "json_schema": {"schema": {"type": "string", "pattern": "^(a)$"}}}
        cannot = client.post("/v1/chat/completions", json={**HELLO, "response_format": pattern})
        assert cannot.status_code == 400 and "grammar" in cannot.json()["error"]["message"]
    assert live.rooms.completer.requests[0]["response_format"]["json_schema"]["schema"] == schema


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("messages", []),
        ("messages", [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]),
        ("messages", [{"role": "user", "content": "\ud800"}]),
        ("n", 9),
        ("temperature", "chaud"),
        ("max_tokens", 0),
        ("stop", ["a"] * 9),
        ("tools", [{"type": "function"}]),
        ("tool_choice", "peut-être"),
        ("response_format", {"type": "xml"}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"$ref": "https://ailleurs"}}}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"maxItems": 10**9}}}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"pattern": "[0-9]{3}"}}}),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": {"pattern": "^([a-z$"}}}),
        ("stream", "oui"),
    ],
)
def test_what_cannot_be_is_told_with_its_field(live: Live, field: str, value: Any) -> None:
    given = {"tools": [{"type": "function", "function": {"name": "f"}}]} if field == "tool_choice" else {}
    with program(live, MODELS) as client:
        answer = client.post("/v1/chat/completions", content=json.dumps({**HELLO, **given, field: value}))
    told = answer.json()["error"]
    assert (answer.status_code, told["type"]) == (400, "invalid_request_error")
    assert told["param"].startswith(field) and told["message"]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "f"}}])
def test_a_call_that_must_be_made_wants_its_tools(live: Live, choice: Any) -> None:
    with program(live, MODELS) as client:
        answer = client.post("/v1/chat/completions", json={**HELLO, "tool_choice": choice})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "tool_choice")


def test_the_base_answers_with_its_sources(live: Live) -> None:
    asked = {
        "model": "demeure-base",
        "messages": [{"role": "user", "content": "Quel tarif ?"}],
        "demeure": {"spaces": ["Mairie"]},
    }
    with program(live, ASKS) as client:
        whole = client.post("/v1/chat/completions", json=asked).json()
        assert "[1]" in whole["choices"][0]["message"]["content"]
        own = whole["demeure"]
        assert own["sources"][0]["url"].startswith(live.url) and own["citations"] == [1, 2]
        assert own["conversation"] and own["journal"] and own["found"] is True
        streamed = chunks(client.post("/v1/chat/completions", json={**asked, "stream": True}))
        assert any("sources" in piece.get("demeure", {}) for piece in streamed)
        cited = [piece["event"]["data"] for piece in streamed if "event" in piece]
        assert [one["source"]["url"] for one in cited] == [
            source["url"] for piece in streamed for source in piece.get("demeure", {}).get("sources", ())
        ]
        assert cited[0]["document"] == [own["sources"][0]["quote"]] and cited[0]["metadata"][0]["name"]
        raw = client.post("/v1/chat/completions", json=HELLO)
        assert raw.status_code == 403 and raw.json()["error"]["type"] == "permission_error"
        for wrong in ({"n": 2}, {"demeure": {"space": "x"}}, {"demeure": {"language": "de"}}):
            assert client.post("/v1/chat/completions", json={**asked, **wrong}).status_code == 400
    with program(live, MODELS) as client:
        assert client.post("/v1/chat/completions", json=asked).status_code == 403, "nothing of the house"
    assert live.rooms.assistant.asked[0][:2] == ("Quel tarif ?", ("mairie",))


def test_the_base_passes_over_tools_that_may_be_called_and_refuses_those_that_must(live: Live) -> None:
    tool = {"type": "function", "function": {"name": "meteo"}}
    asked = {"model": "demeure-base", "messages": [{"role": "user", "content": "Quel tarif ?"}], "tools": [tool]}
    with program(live, ASKS) as client:
        for choice in ({}, {"tool_choice": "auto"}, {"tool_choice": "none"}):
            whole = client.post("/v1/chat/completions", json=asked | choice).json()
            assert "[1]" in whole["choices"][0]["message"]["content"], whole
        for choice in ("required", {"type": "function", "function": {"name": "meteo"}}):
            refused = client.post("/v1/chat/completions", json=asked | {"tool_choice": choice})
            assert (refused.status_code, refused.json()["error"]["param"]) == (400, "tool_choice")


def test_embeddings_and_ranking(live: Live) -> None:
    with program(live, MODELS) as client:
        asked = {"model": "demeure-embeddings", "input": ["salle des fêtes", "cantine"]}
        plain = client.post("/v1/embeddings", json=asked).json()
        packed = client.post("/v1/embeddings", json={**asked, "encoding_format": "base64"}).json()
        first = plain["data"][0]["embedding"]
        decoded = struct.unpack(f"<{DIMENSIONS}f", base64.b64decode(packed["data"][0]["embedding"]))
        assert len(first) == DIMENSIONS and list(decoded) == pytest.approx(first)
        assert plain["usage"]["total_tokens"] == 4 and plain["model"] == "e5"
        for wrong in ({"input": []}, {"input": [[1, 2]]}, {"dimensions": 12}, {"encoding_format": "int8"}):
            assert client.post("/v1/embeddings", json={**asked, **wrong}).status_code == 400
        assert client.post("/v1/embeddings", json={**asked, "model": "demeure-base"}).status_code == 404
        ranked = client.post(
            "/v1/rerank",
            json={
                "model": "demeure-rerank",
                "query": "location de la salle des fêtes",
                "documents": ["menu de la cantine", {"text": "location de la salle des fêtes"}],
                "top_n": 1,
                "return_documents": True,
            },
        ).json()["results"]
        assert [one["index"] for one in ranked] == [1] and ranked[0]["document"]["text"].startswith("location")
    told = [e.object for e in live.rooms.journal.named("vectors-asked") if e.phase == "intention"]
    assert told == ["embeddings e5 count=2", "embeddings e5 count=2", "rerank e5 count=3"]


def test_a_recording_is_heard_whatever_the_order_of_the_form(live: Live) -> None:
    sound = ("conseil.wav", "Bonjour à tous.\n...\nLa séance est ouverte.".encode())
    with program(live, MODELS) as client:
        told = client.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": sound}).json()
        assert told["text"] == "Bonjour à tous. La séance est ouverte."
        body = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nOui.\r\n'
            b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\ndemeure-speech\r\n'
            b'--b\r\nContent-Disposition: form-data; name="response_format"\r\n\r\nsrt\r\n--b--\r\n'
        )
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        srt = client.post("/v1/audio/transcriptions", content=body, headers=kind)
        assert srt.text == "1\n00:00:00,000 --> 00:00:04,000\nOui.\n"
        long = client.post(
            "/v1/audio/transcriptions",
            data={"model": "demeure-speech", "response_format": "verbose_json"},
            files={"file": sound},
        ).json()
        assert [one["start"] for one in long["segments"]] == [0.0, 60.0] and long["duration"] == 90.0
        refused = client.post("/v1/audio/transcriptions", content=body.replace(b'"file"', b'"son"'), headers=kind)
        assert refused.status_code == 400 and refused.json()["error"]["param"] == "file"
        live.rooms.speech = None
        lacking = client.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": sound})
        told = lacking.json()["error"]
        assert (lacking.status_code, told["code"]) == (422, "SpeechModelMissing")
        assert told["type"] == "invalid_request_error", "the house did not break"


def test_a_quota_is_told_as_openai_does(live: Live) -> None:
    few = KeyLimits(quotas=Quotas(requests_minute=2))
    with program(live, MODELS, limits=few) as client:
        codes = [client.post("/v1/chat/completions", json=HELLO).status_code for _ in range(3)]
        late = client.post("/v1/chat/completions", json=HELLO)
        assert codes == [200, 200, 429] and 1 <= int(late.headers["retry-after"]) <= 61
        assert late.json()["error"]["type"] == "rate_limit_error"
        assert client.get("/v1/models").status_code == 200, "looking is counted in no quota"
        assert client.get("/api/search?q=tarif").status_code == 403, "not a scope of this key"
    with program(live, ASKS, limits=few) as client:
        codes = [client.get("/api/search?q=tarif").status_code for _ in range(3)]
        assert codes == [200, 200, 429], "to search is to ask, whatever the method"
    with program(live, MODELS, limits=KeyLimits(quotas=Quotas(tokens_day=8))) as client:
        assert [client.post("/v1/chat/completions", json=HELLO).status_code for _ in range(2)] == [200, 429]
        assert client.post("/v1/chat/completions", json=HELLO).json()["error"]["code"] == "insufficient_quota"


def test_looking_has_a_limit_of_its_own(live: Live) -> None:
    few = KeyLimits(quotas=Quotas(requests_day=1))
    with program(live, MODELS, limits=few) as client:
        assert {client.get("/v1/models").status_code for _ in range(LOOKS_EACH_MINUTE)} == {200}
        late = client.get("/v1/models/demeure-chat")
        assert late.status_code == 429 and 1 <= int(late.headers["retry-after"]) <= 61
        assert late.json()["error"]["type"] == "rate_limit_error"
        assert client.post("/v1/chat/completions", json=HELLO).status_code == 200, "its quota was left whole"


def test_an_engine_that_is_away_and_a_key_that_opens_nothing(live: Live) -> None:
    with program(live, MODELS) as client:
        live.rooms.completer.up = False
        for asked in (HELLO, {**HELLO, "stream": True}):
            away = client.post("/v1/chat/completions", json=asked)
            assert away.status_code == 503 and away.json()["error"]["type"] == "server_error"
        assert client.get("/v1/absent").json()["error"]["code"] == "PageUnknown"
        assert client.put("/v1/models").status_code == 405
    with httpx.Client(base_url=live.url, trust_env=False, headers={"Authorization": "Bearer x"}) as nobody:
        answer = nobody.post("/v1/chat/completions", json=HELLO)
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "invalid_api_key"
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_revoked_in_the_middle_hears_no_more(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entitled, "LOOK", 0.05)
    live.rooms.completer.words, live.rooms.completer.delay = ("mot ",) * 400, 0.02
    asked = {**HELLO, "stream": True}
    with program(live, MODELS) as client, client.stream("POST", "/v1/chat/completions", json=asked) as answer:
        lines = answer.iter_lines()
        next(lines)
        (key,) = live.rooms.applications.rows
        asyncio.run(live.rooms.applications.revoke_own(CLAIRE, key))
        told = [line for line in lines if line.startswith("data: ")]
    assert told[-1] == "data: [DONE]" and json.loads(told[-2][6:])["error"]["code"] == "invalid_api_key"
    assert len(told) < 100 and live.rooms.completer.left == 1 and live.rooms.completer.active == 0


def test_a_reader_who_leaves_stops_the_model(live: Live) -> None:
    live.rooms.completer.words, live.rooms.completer.delay = ("mot ",) * 400, 0.02
    with program(live, MODELS) as client:
        with client.stream("POST", "/v1/chat/completions", json={**HELLO, "stream": True}) as answer:
            next(answer.iter_lines())
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/chat/completions", json=HELLO, timeout=0.2)
        for _ in range(200):
            if len(live.rooms.journal.named("completion-closed")) == 2:
                break
            client.get("/v1/models")
    assert live.rooms.completer.left == 2 and live.rooms.completer.active == 0
    ended = [e.outcome for e in live.rooms.journal.named("completion-closed")]
    assert ended == ["interrupted"] * 2
