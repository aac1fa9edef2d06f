"""The airlock: milliseconds it adds to a request, and what the look at personal data adds to the first token.

    python benchmarks/airlock.py [--requests 200] [--characters 600] [--json]

The same short question is asked of the same TLS engine of this machine (tests/airlock), in turns: by a TLS client
of this process, and through the airlock in its two boxes, with a scribe that syncs each entry to the disk. Both
keep their connection. Then the look alone at a prompt of 2,000 tokens (8,000 characters of French letters), with
and without replacement, against the time that an engine takes to read it at each of PREFILLS
(``benchmarks/engine.py`` measures that of this machine; what is at the end of a route may be quicker).
"""

import asyncio
import contextlib
import json
import os
import ssl
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpcore

from measure import finish, parser, say, spread

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "airlock"))

from airlock_ends import Authority, engine, words
from airlock_house import ME, House, house, route

from demeure.airlock import Asker, RouteEngine
from demeure.airlock.masking import look

PREFILLS = (100, 1000, 5000)
"""Tokens of a prompt read a second: processors of an office, a large server, an accelerator."""
TOKENS, LETTERS_A_TOKEN = 2000, 4
LETTER = (
    "Madame Claire Durand, 12 rue des Lilas, 29200 Brest, demande une dérogation à la carte scolaire pour son "
    "fils. Elle peut être jointe au 06 12 34 56 78 ou à claire.durand@exemple.fr avant la commission du 3 mai. "
    "Le service propose d’accepter la demande, sous réserve de l’avis de la directrice de l’école des Tilleuls. "
)
FILLER = (
    "Le conseil prend acte du rapport et autorise le maire à signer la convention dans les conditions prévues "
    "par la délibération du mois précédent, les crédits étant inscrits au budget de la commune. "
)


def prompt(characters: int) -> str:
    """French letters, one passage in three with personal data."""
    made = ""
    while len(made) < characters:
        made += LETTER + FILLER * 4
    return made[:characters]


async def direct(port: int, context: ssl.SSLContext, text: str, count: int) -> list[float]:
    """Milliseconds to the whole answer, by a client that verifies the same certificate and keeps its connection."""
    body = json.dumps({"model": "big", "messages": [{"role": "user", "content": text}], "stream": True}).encode()
    headers = [("Host", f"engine.test:{port}"), ("Content-Length", str(len(body)))]
    taken = []
    async with httpcore.AsyncConnectionPool(ssl_context=context) as pool:
        for _ in range(count):
            began = time.perf_counter()
            extensions: dict[str, Any] = {"sni_hostname": "engine.test"}
            answer = await pool.request(
                "POST",
                f"https://127.0.0.1:{port}/v1/chat/completions",
                headers=headers,
                content=body,
                extensions=extensions,
            )
            assert answer.status == 200
            taken.append(1000 * (time.perf_counter() - began))
    return taken


async def through(home: House, asker: Asker, text: str, count: int) -> list[float]:
    """The same, by the airlock."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        asked = RouteEngine(home.line, "far", asker)
        async for _ in asked.chat([{"role": "user", "content": text}], max_tokens=50):
            pass
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def processor(home: House) -> float:
    """Seconds of processor that the airlock has taken."""
    fields = Path(f"/proc/{home.alive()[0]}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def synced(home: House, file: int) -> None:
    """Every entry is on the disk before its receipt, as the journal's."""
    record = home.scribe.record

    async def written(request: Any) -> Any:
        os.write(file, b"x" * 600)
        await asyncio.to_thread(os.fdatasync, file)
        return await record(request)

    home.scribe.record = written  # type: ignore[method-assign]


async def measured(folder: Path, count: int, text: str) -> dict[str, list[float]]:
    """In turns, twenty by twenty."""
    authority = Authority()
    context = ssl.create_default_context(cadata=authority.pem)
    taken: dict[str, list[float]] = {"direct": [], "airlock": [], "replaced": []}
    # the processor's share is told apart: on a busy machine the wall mostly tells who else works
    file = os.open(folder / "entries", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with engine(authority.context(), words("Oui, ", "c’est accepté.")) as far, contextlib.ExitStack() as held:
        held.callback(os.close, file)
        async with house(folder) as home:
            synced(home, file)
            home.declare(route(far.port, authority.pem))
            masked = Asker(ME.person, ME.groups, "confidentiel", None, "c")
            for asker in (ME, masked):
                await through(home, asker, text, 3)
            worked, ours = processor(home), time.process_time()
            await through(home, ME, text, count)
            ticks, mine = processor(home) - worked, time.process_time() - ours
            taken["processor"] = [1000 * ticks / count]
            ours = time.process_time()
            await direct(far.port, context, text, count)
            taken["processor_more_here"] = [1000 * (mine - (time.process_time() - ours)) / count]
            for _ in range(count // 20):
                taken["direct"] += await direct(far.port, context, text, 20)
                taken["airlock"] += await through(home, ME, text, 20)
                taken["replaced"] += await through(home, masked, text, 20)
    return taken


def looked(characters: int, replace: bool) -> list[float]:
    """Milliseconds of the look at one prompt, ten times."""
    text, taken = prompt(characters), []
    for _ in range(11):
        began = time.perf_counter()
        look([text], replace=replace)
        taken.append(1000 * (time.perf_counter() - began))
    return taken[1:]


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--requests", type=int, default=200)
    options.add_argument("--characters", type=int, default=600)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        taken = asyncio.run(measured(Path(folder), asked.requests, prompt(asked.characters)))
    found: dict[str, Any] = {"processor_ms": {name: round(taken.pop(name)[0], 2) for name in list(taken)[-2:]}}
    found |= {name: spread(values) for name, values in taken.items()}
    found["added_ms"] = {
        name: round(found[name]["p50"] - found["direct"]["p50"], 2) for name in ("airlock", "replaced")
    }
    for name, replace in (("look", False), ("look_and_replace", True)):
        found[name] = spread(looked(TOKENS * LETTERS_A_TOKEN, replace))
        shares = {str(speed): found[name]["p50"] * speed / (1000 * TOKENS) for speed in PREFILLS}
        found[name]["share_of_first_token"] = {speed: round(share, 4) for speed, share in shares.items()}
    say(asked, f"direct {found['direct']['p50']} ms; added {found['added_ms']}; look {found['look']}")
    finish("airlock", found)


if __name__ == "__main__":
    main()
