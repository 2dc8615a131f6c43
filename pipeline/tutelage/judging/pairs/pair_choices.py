"""Pairs as rows: from right and wrong attempts, from a judge's preference, or given by the user."""

from collections.abc import Sequence
from typing import Any

from tutelage.core.artifacts import ANSWERED, Row, answer_of, prompt_of, question_of
from tutelage.core.digests import digest
from tutelage.core.errors import RowsError
from tutelage.judging.pairs.prompt_attempts import Prompt


def checked_pairs(prompt: Prompt, most: int, *, reference_as_chosen: bool) -> list[Row]:
    """Right attempts before wrong ones, each wrong one with the right one nearest in length.

    Where none is right, the reference can stand in.
    """
    pairs = []
    for row, why in prompt.wrong[:most]:
        length = len(answer_of(row))
        best = min(prompt.right, key=lambda r: abs(len(answer_of(r)) - length), default=None)
        if best is None and not (reference_as_chosen and prompt.reference):
            break
        chosen = answer_of(best) if best else prompt.reference
        keep = _verdict("pairs", True, f"chosen {'attempt' if best else 'reference'}")
        words = [keep, _verdict("pairs", False, why)]
        parents = [made["id"] for made in (best, row) if made]
        pairs.append(_pair(prompt, chosen, answer_of(row), parents, words))
    return pairs


def judged_pair(prompt: Prompt, best: Row, worst: Row, words: Sequence[dict[str, Any]]) -> Row:
    """A pair of two right attempts of which a judge prefers one."""
    parents = [best["id"], worst["id"]]
    return _pair(prompt, answer_of(best), answer_of(worst), parents, list(words))


def revised_pair(row: Row) -> Row | None:
    """A rewritten row as a pair: its answer before the one it was made of; None for other rows, and
    where another question was written, to which the old answer is none."""
    before = {} if row.get("chosen") else row.get("before") or {}
    if not before.get("answer") or before.get("question") != question_of(row):
        return None
    sides = {"chosen": answer_of(row), "rejected": before["answer"]}
    left = {name: value for name, value in row.items() if name not in (*ANSWERED, "before")}
    made = {"id": f"pair:{digest(row['id'], *sides.values())[:12]}", "parents": [row["id"]]}
    turns = {side: [{"role": "assistant", "content": text}] for side, text in sides.items()}
    return left | made | {"prompt": prompt_of(row)} | turns


def given_pair(row: Row) -> Row:
    """A pair that somebody made elsewhere; `reason` where it prefers nothing."""
    if not row.get("prompt"):
        raise RowsError(f"{row['id']}: a preference needs `prompt`, `chosen` and `rejected`")
    chosen, rejected = (answer_of({"completion": row[side]}) for side in ("chosen", "rejected"))
    pair = row | {"verdicts": [*(row.get("verdicts") or []), _verdict("given", True, None)]}
    if not chosen.strip():
        return pair | {"reason": "empty: nothing is chosen"}
    return pair | {"reason": "same: chosen and rejected are one"} if chosen == rejected else pair


def all_right(prompt: Prompt) -> str:
    """Why a prompt whose attempts are all right gives no pair."""
    return f"all correct: {_all(len(prompt.right))} right, so there is no wrong one to reject"


def all_wrong(prompt: Prompt) -> str:
    """Why a prompt whose attempts are all wrong gives no pair."""
    return f"all incorrect: {_all(len(prompt.wrong))} wrong, so there is no right one to choose"


def _all(attempts: int) -> str:
    return f"all {attempts} different attempts are" if attempts > 1 else "every attempt is"


def no_pair(prompt: Prompt, reason: str, words: Sequence[dict[str, Any]] = ()) -> Row:
    """A prompt that gave no pair."""
    shown = {name: prompt.first.get(name) for name in ("leaf", "parents", "prompt")}
    shown |= {"reference": prompt.reference}
    return {"id": f"group:{prompt.id}", "reason": reason, "verdicts": list(words)} | shown


def _pair(
    prompt: Prompt, chosen: str, rejected: str, parents: list[str], words: list[dict[str, Any]]
) -> Row:
    first = prompt.first
    return {
        "id": f"pair:{digest(prompt.id, chosen, rejected)[:12]}",
        "leaf": first["leaf"],
        "parents": parents,
        "prompt": first["prompt"],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
        "attributes": first.get("attributes"),
        "verdicts": words,
    }


def _verdict(by: str, keep: bool, reason: str | None) -> dict[str, Any]:
    return {"by": by, "keep": keep, "reason": reason}
