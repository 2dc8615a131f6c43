"""The chat page's answers: a run's models side by side, and blind votes between their answers."""

import asyncio
import contextlib
import getpass
import tempfile
from pathlib import Path
from typing import Any, Literal

from aiohttp import web

from tutelage.contract.context import Context, local_context
from tutelage.contract.plain_inputs import make_model
from tutelage.core.digests import digest
from tutelage.core.errors import InputError, TutelageError
from tutelage.core.labels import LABELS, Label, add_label
from tutelage.core.nearest import nearest
from tutelage.models.chat import Message, Request, Sampling
from tutelage.models.model import Model
from tutelage.provenance.run_folder import RunFolder
from tutelage.provenance.run_taxonomy import run_taxonomy
from tutelage.web.decision import seconds_of
from tutelage.web.server import read_json

_CHIPS = 40
"""Held-out questions offered."""
_VERDICTS: dict[str, Literal["left", "right", "tie"]] = {
    "left": "left",
    "right": "right",
    "tie": "tie",
}


class Chat:
    """The models of a run, opened when first asked; each keeps its engine."""

    def __init__(self, run: RunFolder, wanted: list[str]) -> None:
        self.run = run
        self.models = _models(run, wanted)
        self._places = contextlib.ExitStack()
        self._contexts: dict[str, Context] = {}
        self._busy = asyncio.Lock()
        self.decided = 0
        """Votes of this session."""

    def routes(self) -> list[web.RouteDef]:
        """What the page asks for."""
        return [
            web.get("/api/models", self._list),
            web.post("/api/chat", self._answer),
            web.post("/api/vote", self._vote),
        ]

    def close(self) -> None:
        """Close what was opened."""
        for context in self._contexts.values():
            context.pool.release()
            context.journal.close()
        self._places.close()

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"models": list(self.models), "questions": _questions(self.run)})

    async def _answer(self, request: web.Request) -> web.Response:
        data = await read_json(request)
        name = str(data.get("model"))
        if name not in self.models:
            raise InputError(f"no model '{name}'{nearest(name, self.models)}")
        given = data.get("messages")
        messages = tuple(map(_message, given if isinstance(given, list) else []))
        if not messages or messages[-1]["role"] != "user":
            raise InputError("the last turn must be a question")
        sampling = Sampling(
            _within(data.get("max_tokens"), 1, 4096, 192),
            float(_within(data.get("temperature"), 0, 2, 0)),
            seed=_within(data.get("seed"), 0, 2**31 - 1, 0),
        )
        async with self._busy:  # local engines answer one after another
            found = await asyncio.to_thread(self._ask, name, messages, sampling)
        return web.json_response(found)

    def _ask(self, name: str, messages: tuple[Message, ...], sampling: Sampling) -> dict[str, Any]:
        context = self._context(name)
        request = Request(digest(messages, str(sampling))[:16], messages, sampling, "*")
        try:
            (completion,) = context.complete(self.models[name].singly(), [request])
        except TutelageError as exc:
            raise InputError(f"{name}: {exc}") from exc
        used = completion.usage
        return {
            "text": completion.text,
            "finish": completion.finish_reason,
            "tokens": used.output_tokens,
            "seconds": round(used.seconds, 2),
        }

    def _context(self, name: str) -> Context:
        if name not in self._contexts:
            place = self._places.enter_context(tempfile.TemporaryDirectory(prefix="tutelage-chat-"))
            self._contexts[name] = local_context(Path(place), "chat")
        return self._contexts[name]

    async def _vote(self, request: web.Request) -> web.Response:
        """A preference between two answers, of which one may be empty: that too is an answer."""
        data = await read_json(request)
        verdict = _VERDICTS.get(str(data.get("verdict")))
        answers: dict[str, str] = {
            side: str(data[side]) for side in ("left", "right") if side in data
        }
        if verdict is None or len(answers) < 2:
            raise InputError("a vote needs both answers, and left, right or tie")
        other = {"left": "right", "right": "left"}.get(verdict, "")
        question = str(data.get("question") or "")
        label = Label(
            row=f"chat:{digest(question, answers)[:12]}",
            content=digest(question, answers),
            verdict=verdict,
            rater=getpass.getuser(),
            seconds=seconds_of(data),
            blind=bool(data.get("blind")),
            prompt=[{"role": "user", "content": question}],
            question=question,
            chosen=answers.get(verdict),
            rejected=answers.get(other),
            note=f"left: {data.get('left_model')}, right: {data.get('right_model')}",
        )
        await asyncio.to_thread(add_label, self.run.path / LABELS, label)
        self.decided += 1
        return web.json_response({"id": label.id})


def _models(run: RunFolder, wanted: list[str]) -> dict[str, Model]:
    """The checkpoints of a run and the models that it names, or those `wanted` of them."""
    beside = Path(run.facts.get("file", ".")).parent
    known: dict[str, str] = {
        name: _from(beside, str(entry["ref"])) for name, entry in run.facts["models"].items()
    }
    known |= {name: str((run.path / name).resolve()) for name in run.of_kind("checkpoint")}
    for name in wanted:
        if name not in known:
            raise InputError(f"--models {name}: the run has no such model{nearest(name, known)}")
    trained = run.trained()
    base = [name for name in known if name == "student"]
    names = wanted or [*base, *trained] or list(known)
    return {name: make_model({"ref": known[name]}, name) for name in names}


def _from(beside: Path, reference: str) -> str:
    """A reference as seen from here; a path in it is relative to the recipe's folder."""
    is_path = reference.startswith((".", "~")) or reference.endswith(".gguf")
    if is_path and not reference.startswith("package:"):
        return str((beside / Path(reference).expanduser()).resolve())
    return reference


def _questions(run: RunFolder) -> list[str]:
    """Held-out questions of the run's taxonomy, a few of each leaf; none where it is gone."""
    try:
        taxonomy = run_taxonomy(run)
    except TutelageError:
        return []
    leaves = taxonomy.leaves if taxonomy else []
    each = max(1, _CHIPS // max(1, len(leaves)))
    return [one.request for leaf in leaves for one in leaf.eval_examples[:each]][:_CHIPS]


def _message(turn: Any) -> Message:
    named = turn if isinstance(turn, dict) else {}
    role, content = named.get("role"), named.get("content")
    if role not in ("system", "user", "assistant") or not isinstance(content, str):
        raise InputError("a turn needs a role (system, user or assistant) and a text")
    return {"role": role, "content": content}


def _within(given: Any, low: float, high: float, otherwise: float) -> Any:
    """A number of the page's, within its range; of the default's own kind."""
    try:
        number = otherwise if given in (None, "") else float(given)
    except (TypeError, ValueError) as exc:
        raise InputError(f"'{given}' is no number") from exc
    return type(high)(min(max(number, low), high))
