"""A judge for answers that are given in a training process: asked here, where the budget is.

The training process sends answers through a socket; this process asks the judge through its
journal, ledger and budgets, as for any other stage, and sends grades back. JSON goes both ways.
"""

import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.digests import digest
from tutelage.core.errors import StageError
from tutelage.judging.grading import Item, grade
from tutelage.judging.rubric import load_rubric
from tutelage.judging.shown import shown
from tutelage.models.model import Model
from tutelage.training.rewards.reward_term import Rollout
from tutelage.training.spread_over import machines


class JudgeLink:
    """The training process's end: grades of answers."""

    def __init__(self, address: Sequence[Any], key: str) -> None:
        host, port = address
        self._connection = Client((str(host), int(port)), authkey=bytes.fromhex(key))

    def __call__(
        self, rubric: str, rollouts: Sequence[Rollout], votes: int = 1
    ) -> list[float | None]:
        """Grades from 0 to 1; raises StageError where the judge cannot go on."""
        asked = [_question(one.row, one.text) for one in rollouts]
        question = {"rubric": rubric, "answers": asked, "votes": votes}
        self._connection.send_bytes(json.dumps(question).encode())
        reply = json.loads(self._connection.recv_bytes())
        if "error" in reply:
            raise StageError(reply["error"])
        return list(reply["grades"])


class _Serving(threading.Thread):
    """Answers the training processes until it is closed; keeps the error that ended it."""

    def __init__(self, context: Context, judge: Model, listener: Listener) -> None:
        super().__init__(daemon=True)
        self._context, self._judge, self._listener = context, judge, listener
        self._one_at_a_time = threading.Lock()
        self.error: Exception | None = None

    def run(self) -> None:
        with suppress(OSError, EOFError):
            while True:  # each device's process has a connection of its own
                connection = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        with suppress(OSError, EOFError), connection:
            while True:
                message = json.loads(connection.recv_bytes())
                try:
                    with self._one_at_a_time:
                        reply = {"grades": self._grades(**message)}
                except Exception as exc:  # a budget, a server: the stage ends with it
                    self.error = exc
                    connection.send_bytes(json.dumps({"error": str(exc)}).encode())
                    return
                connection.send_bytes(json.dumps(reply).encode())

    def _grades(self, rubric: str, answers: list[dict[str, str]], votes: int) -> list[float | None]:
        """Grades in the answers' order; an answer that was given twice is asked about once.

        It is named by what it says, so that its votes have the same seeds whenever it is given:
        after a resume the journal has them.
        """
        scale = load_rubric(rubric)
        distinct = {json.dumps(one, sort_keys=True): one for one in answers}
        names = {text: f"rollout:{digest(text)[:12]}" for text in distinct}
        items = [Item(names[text], **one) for text, one in distinct.items()]
        found = grade(self._context, self._judge, scale, items, votes)
        scores = {text: found[names[text]].share(scale) for text in distinct}
        return [scores[json.dumps(one, sort_keys=True)] for one in answers]


@contextmanager
def judge_for_training(context: Context, judge: Model | None) -> Iterator[dict[str, Any]]:
    """What a job needs to reach the judge; nothing without one.

    Where the judge could not go on, its own error is raised in place of the training's.
    """
    if judge is None:
        yield {}
        return
    key = secrets.token_bytes(16)
    spread = context.machines if machines(context.accelerate) > 1 else None
    listener = Listener((spread.address if spread else "127.0.0.1", 0), authkey=key)
    serving = _Serving(context, judge, listener)
    serving.start()
    try:
        yield {"judge": {"address": list(listener.address), "key": key.hex()}}
    except StageError as exc:
        if serving.error is not None:
            raise serving.error from exc
        raise
    finally:
        listener.close()


def _question(row: dict[str, Any], answer: str) -> dict[str, str]:
    """What a rubric is shown, but for the id."""
    facts = {name: str(row.get(name) or "") for name in ("context", "task", "reference")}
    question, text = shown(row, answer)
    return facts | {"leaf": row["leaf"], "question": question, "answer": text}
