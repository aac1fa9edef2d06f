"""Run by a Python that has the official `openai` package: seconds to the first word and to the last of streams.

Arguments: address of /v1, secret, model, rounds, words. Prints JSON: [[first, last], …].
"""

import json
import sys
import time

import openai

url, secret, model, rounds, words = sys.argv[1:6]
client = openai.OpenAI(base_url=url, api_key=secret, max_retries=0)
found = []
for _ in range(int(rounds) + 2):
    began, first, count = time.perf_counter(), 0.0, 0
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Bonjour"}], stream=True, max_tokens=int(words)
    )
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            first, count = first or time.perf_counter() - began, count + 1
    assert count == int(words), count
    found.append([first, time.perf_counter() - began])
print(json.dumps(found[2:]))
