"""One client process of `benchmarks.orchestration`: asks so many questions and says what it took.

`python -m benchmarks.caller tutelage|aiohttp URL ROWS IN_FLIGHT FOLDER`. Tutelage calls as stages
do, with the journal on; `aiohttp` is what one writes by hand: a session, a semaphore, a task for
each question, nothing kept.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PROMPT = "Write a short reply to customer {}. " + "The customer asks about the delivery. " * 8


def main() -> None:
    """Call, then print the figures as JSON."""
    who, url, rows, in_flight, folder = sys.argv[1:]
    call = {"tutelage": tutelage, "aiohttp": aiohttp_by_hand}[who]
    answered, started_cpu = call(url, int(rows), int(in_flight), Path(folder))
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures = {
        "answered": answered,
        "last_answer": time.time(),
        "cpu_seconds": time.process_time(),
        "cpu_after_start": time.process_time() - started_cpu,
        "peak_mb": used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024),
    }
    print(json.dumps(figures))


def tutelage(url: str, rows: int, in_flight: int, folder: Path) -> tuple[int, float]:
    """Through a client, as a stage calls; the answers' rows go to `rows.jsonl`."""
    from tutelage.accounting.ledger import Ledger
    from tutelage.models.chat import Request, Sampling
    from tutelage.models.client import Client
    from tutelage.models.engines.endpoint import Endpoint
    from tutelage.models.journal import Journal
    from tutelage.models.model import Model, ModelConfig
    from tutelage.models.reference import parse_reference

    reference = parse_reference(f"{url}#benchmark", folder)
    config = ModelConfig(ref=reference.text, in_flight=in_flight)
    model = Model("teacher", reference, config, "benchmark")
    engine = Endpoint(model)
    journal = Journal(folder / "journal.sqlite")
    client = Client(model, lambda: engine, journal, Ledger(), "benchmark")

    def requests() -> Iterator[Request]:
        for number in range(rows):
            content = _PROMPT.format(number)
            sampling = Sampling(max_tokens=64, temperature=0.7, seed=number)
            yield Request(str(number), ({"role": "user", "content": content},), sampling)

    started = time.process_time()
    answered = 0
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as lines:
        for completion in client.complete(requests()):
            answered += completion.finish_reason == "stop"
            lines.write(json.dumps([completion.request.id, completion.text]) + "\n")
    engine.close()
    journal.close()
    return answered, started


def aiohttp_by_hand(url: str, rows: int, in_flight: int, folder: Path) -> tuple[int, float]:
    """The least code that keeps as many in flight on kept connections."""
    import aiohttp

    started = time.process_time()

    async def ask(session: aiohttp.ClientSession, room: asyncio.Semaphore, number: int) -> str:
        messages = [{"role": "user", "content": _PROMPT.format(number)}]
        body = {"model": "benchmark", "messages": messages, "max_tokens": 64}
        body |= {"temperature": 0.7, "seed": number}
        async with room, session.post(f"{url}/chat/completions", json=body) as response:
            data: dict[str, Any] = await response.json()
        return str(data["choices"][0]["message"]["content"])

    async def ask_all() -> int:
        room = asyncio.Semaphore(in_flight)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            texts = await asyncio.gather(*(ask(session, room, n) for n in range(rows)))
        return len(texts)

    try:
        import uvloop
    except ImportError:
        return asyncio.run(ask_all()), started
    return uvloop.run(ask_all()), started


if __name__ == "__main__":
    main()
