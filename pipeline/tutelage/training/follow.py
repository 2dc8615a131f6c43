"""Following a training child by its log: progress, and what the user should know."""

import time
from collections.abc import Callable
from typing import Any

from tutelage.contract.context import Context
from tutelage.training.training_log import LOG, lines_from

_POLL_SECONDS = 0.2


def follow(over: Callable[[], bool], context: Context) -> None:
    """Report steps as they are logged, until the training is over."""
    file = context.folder / LOG
    at = file.stat().st_size if file.exists() else 0
    done = 0
    while True:
        ended = over()
        lines, at = lines_from(file, at)
        for line in lines:
            for text in lines_for_user(line):
                context.progress.say(f"{context.stage}: {text}")
            if "total_steps" in line:
                context.progress.start(line["total_steps"], "steps")
                done = 0
            step = line.get("step", line.get("done", 0))
            if step > done:
                context.progress.advance(step - done)
                done = step
        if ended:
            return
        time.sleep(_POLL_SECONDS)


def lines_for_user(line: dict[str, Any]) -> list[str]:
    """What a line of the log says to the user, in words."""
    if "warning" in line:
        return [line["warning"]]
    if "finding" in line:
        return [line["finding"]]
    if line.get("best_step") == 0:
        return [f"kept the start: {_best(line)}"]
    if "best_step" in line:
        return [f"kept the best checkpoint: step {line['best_step']}, {_best(line)}"]
    if "setup" in line:
        setup = line["setup"]
        size = f"{setup['parameters'] / 1e6:.4g}M parameters"
        return [f"{size}, learning rate {setup['learning_rate']:g}, {setup['attention']} attention"]
    return _rows_lines(line["rows"]) if "rows" in line else []


def _best(line: dict[str, Any]) -> str:
    """The measure that chose the checkpoint, with its value."""
    name = next(name for name in line if name.startswith("best_eval_"))
    what = "validation loss" if name == "best_eval_loss" else "reward on held-out prompts"
    return f"{what} {line[name]:.4g}"


def _rows_lines(rows: dict[str, Any]) -> list[str]:
    texts = [
        f"{count} of {rows['given']} rows left out: {reason}"
        for reason, count in rows["left_out"].items()
    ]
    if rows["repeated"]:
        texts.append(
            f"{rows['repeated']} rows repeat another word for word, and are used as they stand"
        )
    if rows["last_answer_only"]:
        texts.append(
            f"in {rows['last_answer_only']} rows only the last answer is learnt: the chat template "
            "writes earlier ones differently"
        )
    if rows["masked_turns"]:
        texts.append(
            f"in {rows['masked_turns']} rows turns of the assistant are shown and not learnt: they "
            "are empty, or said before anybody has spoken"
        )
    if rows["tools_unseen"]:
        texts.append(
            f"{rows['tools_unseen']} rows have `tools` that the chat template does not write: they "
            "are learnt without them"
        )
    if rows.get("tools_told"):  # logs written before have none
        texts.append(
            f"{rows['tools_told']} prompts have `tools` that the chat template does not write: "
            "they are told of them in a system turn"
        )
    if rows["validation"]:
        texts.append(f"{rows['validation']} of {rows['given']} rows held back for validation")
    return texts
