"""Run by a Python that has the official `openai` package: every way of /v1, as its users call it. Prints JSON.

Arguments: address, secret of a key (scopes models and ask), a file of sound; ``real``: a house with its models.
"""

import base64
import json
import struct
import sys
import time
from pathlib import Path

import openai

URL, SECRET, SOUND = sys.argv[1:4]
client = openai.OpenAI(base_url=f"{URL}/v1", api_key=SECRET, max_retries=0)
told: dict[str, object] = {"version": openai.__version__}

names = [one.id for one in client.models.list()]
assert {"demeure-base", "demeure-chat"} <= set(names), names
assert client.models.retrieve("demeure-chat").owned_by == "demeure"

hello = [{"role": "user", "content": "Dites bonjour, en une phrase."}]
whole = client.chat.completions.create(model="demeure-chat", messages=hello, max_tokens=24, temperature=0, seed=1)
told["whole"] = whole.choices[0].message.content
assert whole.choices[0].message.content and whole.usage.total_tokens > 0

pieces, usage, first, began = [], None, 0.0, time.perf_counter()
stream = client.chat.completions.create(
    model="demeure-chat",
    messages=hello,
    max_tokens=24,
    temperature=0,
    seed=1,
    stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    usage = chunk.usage or usage
    if chunk.choices and chunk.choices[0].delta.content:
        first = first or time.perf_counter() - began
        pieces.append(chunk.choices[0].delta.content)
assert "".join(pieces) == whole.choices[0].message.content, (pieces, whole)
assert usage.completion_tokens > 0
told["first_s"] = round(first, 3)

stopped = client.chat.completions.create(model="demeure-chat", messages=hello, max_tokens=24, stop=["zzz"], n=2)
assert [choice.index for choice in stopped.choices] == [0, 1]

schema = {
    "type": "object",
    "properties": {"reponse": {"type": "string", "enum": ["oui", "non"]}},
    "required": ["reponse"],
    "additionalProperties": False,
}
formed = client.chat.completions.create(
    model="demeure-chat",
    messages=[{"role": "user", "content": "Paris est-elle en France ? Répondez en JSON."}],
    max_tokens=40,
    response_format={"type": "json_schema", "json_schema": {"name": "r", "schema": schema, "strict": True}},
)
told["schema"] = json.loads(formed.choices[0].message.content)
assert told["schema"]["reponse"] in ("oui", "non")
free = client.chat.completions.create(
    model="demeure-chat",
    messages=[{"role": "user", "content": "Un objet JSON avec une clé « ville »."}],
    max_tokens=60,
    response_format={"type": "json_object"},
)
told["object"] = json.loads(free.choices[0].message.content)

tool = {
    "type": "function",
    "function": {
        "name": "meteo",
        "description": "Le temps qu'il fait dans une ville",
        "parameters": {"type": "object", "properties": {"lieu": {"type": "string"}}, "required": ["lieu"]},
    },
}
asked = [{"role": "user", "content": "Quel temps fait-il à Saint-Aubin ? Utilisez l'outil."}]
called = client.chat.completions.create(
    model="demeure-chat", messages=asked, tools=[tool], tool_choice="required", max_tokens=80
)
(call,) = called.choices[0].message.tool_calls
told["tool"] = {"name": call.function.name, "arguments": json.loads(call.function.arguments)}
assert called.choices[0].finish_reason == "tool_calls" and call.function.name == "meteo"
asked += [called.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "Il pleut."}]
after = client.chat.completions.create(model="demeure-chat", messages=asked, max_tokens=40)
told["after_tool"] = after.choices[0].message.content
calls = client.chat.completions.create(
    model="demeure-chat", messages=asked[:1], tools=[tool], tool_choice="required", max_tokens=80, stream=True
)
arguments = "".join(
    part.function.arguments or ""
    for chunk in calls
    for choice in chunk.choices
    for part in choice.delta.tool_calls or ()
)
assert json.loads(arguments)["lieu"], arguments

vectors = client.embeddings.create(model="demeure-embeddings", input=["salle des fêtes", "cantine"])
plain = client.embeddings.create(model="demeure-embeddings", input="salle des fêtes", encoding_format="float")
assert len(vectors.data) == 2 and len(vectors.data[0].embedding) == len(plain.data[0].embedding) == 384
packed = client.embeddings.with_raw_response.create(
    model="demeure-embeddings", input="salle des fêtes", encoding_format="base64"
)
raw = json.loads(packed.text)["data"][0]["embedding"]
assert len(struct.unpack("<384f", base64.b64decode(raw))) == 384

with Path(SOUND).open("rb") as sound:
    heard = client.audio.transcriptions.create(model="whisper-1", file=sound, language="fr")
with Path(SOUND).open("rb") as sound:
    timed = client.audio.transcriptions.create(
        model="whisper-1", file=sound, language="fr", response_format="verbose_json"
    )
assert heard.text and timed.segments[0].end > 0
told["heard"] = heard.text

based = client.chat.completions.create(
    model="demeure-base",
    messages=[{"role": "user", "content": "Quel est le tarif de la salle des fêtes ?"}],
    extra_body={"demeure": {"spaces": ["Mairie"]}},
)
told["base"] = based.choices[0].message.content
told["sources"] = [source["document"] for source in based.model_extra["demeure"]["sources"]]
streamed = client.chat.completions.create(
    model="demeure-base", messages=[{"role": "user", "content": "Quels horaires ?"}], stream=True
)
assert any("sources" in (chunk.model_extra or {}).get("demeure", {}) for chunk in streamed)

for wrong, error in (
    ({"model": "gpt-4", "messages": hello}, openai.NotFoundError),
    ({"model": "demeure-chat", "messages": []}, openai.BadRequestError),
    ({"model": "demeure-chat", "messages": hello, "extra_body": {"n": 50}}, openai.BadRequestError),
):
    try:
        client.chat.completions.create(**wrong)
    except error as problem:
        assert problem.body["message"] and problem.code
    else:
        raise AssertionError(wrong)
try:
    openai.OpenAI(base_url=f"{URL}/v1", api_key="demeure-fausse", max_retries=0).models.list()
except openai.AuthenticationError as problem:
    assert problem.code == "invalid_api_key"
else:
    raise AssertionError("a wrong key")
print(json.dumps(told, ensure_ascii=False))
