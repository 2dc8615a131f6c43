"""Tasks of EleutherAI's lm-evaluation-harness (the `eval` extra), run in a child on a checkpoint.

Scores per document become answers like any other, so models are compared on them in pairs.
"""

import importlib.util
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from tutelage.contract.context import Context
from tutelage.core.by_content import ByContent, content_of
from tutelage.core.config import beside
from tutelage.core.errors import InputError, RecipeError, StageError
from tutelage.core.json_files import write_json
from tutelage.core.user_modules import python_command
from tutelage.evaluation.cases import PREFIX
from tutelage.models.device import has_gpu
from tutelage.models.model import Model
from tutelage.training.launch import launch

_METRICS = ("acc", "exact_match", "f1", "em", "pass@1", "acc_norm")
"""Scores from 0 to 1 of single documents, the first that a task has is taken."""
_RESULTS = "results.json"


def _name_or_file(name: str, info: ValidationInfo) -> str:
    return beside(name, info) if _is_file(name) else name


def _what_counts(name: str) -> str:
    return content_of(Path(name)) if _is_file(name) else name


TaskName = Annotated[str, AfterValidator(_name_or_file), ByContent(_what_counts)]
"""A task that the harness knows, or a task file of one's own, relative to the recipe."""


def check_tasks(tasks: list[str]) -> None:
    """Raises RecipeError where the extra is missing, or a task is not known to it."""
    if not tasks:
        return
    if importlib.util.find_spec("lm_eval") is None:
        raise RecipeError("lm_eval: tasks need `pip install 'tutelage[eval]'`")
    code = (
        "import sys; from tutelage.evaluation.harness import unknown; print(*unknown(sys.argv[1:]))"
    )
    result = subprocess.run(
        python_command("-c", code, *tasks), capture_output=True, text=True, check=False
    )
    if result.returncode:
        why = result.stderr.strip().splitlines()[-1]
        raise RecipeError(f"lm_eval: the harness cannot be loaded: {why}")
    if missing := result.stdout.split():
        raise RecipeError(f"lm_eval: no task '{missing[0]}' in the installed lm-evaluation-harness")


def unknown(tasks: list[str]) -> list[str]:
    """Names that the harness does not know; needs the extra."""
    manager, names = _manager(tasks)
    return [name for name in names if name not in manager.all_tasks]


def loads(model: Model) -> bool:
    """Whether the harness could load a model: weights of its own, no endpoint."""
    return model.reference.kind in ("hub", "folder")


def run_tasks(context: Context, model: Model, tasks: list[str]) -> list[dict[str, Any]]:
    """One answer per document, as `ask` gives them, by a child that loads the checkpoint.

    A killed run finds the results of models that were done.
    """
    if not loads(model):
        context.progress.say(f"lm_eval: {model.name} is no checkpoint that the harness could load")
        return []
    folder = context.folder / "harness" / model.identity
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _RESULTS).exists():
        name, revision = model.reference.place
        job = {
            "job": "harness",
            "model": name,
            "revision": revision,
            "tasks": tasks,
            "trust_remote_code": model.config.trust_remote_code,
            "seed": context.seed_for("harness"),
        }
        launch(job, replace(context, folder=folder), alone=True)
    answers = json.loads((folder / _RESULTS).read_text(encoding="utf-8"))
    return [{"model": model.name} | row for row in answers]


def run_job(job: dict[str, Any], folder: Path) -> None:
    """The child's part: evaluate and leave one answer per document in results.json."""
    import lm_eval

    manager, names = _manager(job["tasks"])
    settings = {"pretrained": job["model"], "trust_remote_code": job["trust_remote_code"]}
    found = lm_eval.simple_evaluate(
        model="hf",
        model_args=settings | ({"revision": job["revision"]} if job["revision"] else {}),
        tasks=names,
        task_manager=manager,
        batch_size=8,
        device="cuda" if has_gpu() else "cpu",
        log_samples=True,
        bootstrap_iters=0,  # intervals are ours, the same for every score
        random_seed=job["seed"],
        numpy_random_seed=job["seed"],
        torch_random_seed=job["seed"],
        fewshot_random_seed=job["seed"],
    )
    if found is None:  # not the main process
        return
    answers = [_answer(task, line) for task, lines in found["samples"].items() for line in lines]
    write_json(folder / _RESULTS, answers)


def _answer(task: str, line: dict[str, Any]) -> dict[str, Any]:
    metric = next((name for name in _METRICS if name in line), None)
    if metric is None:
        raise StageError(
            f"lm_eval: task '{task}' gives none of {', '.join(_METRICS)} for single documents"
        )
    score, kind = float(line[metric]), line.get("filter", "none")
    return {
        "leaf": f"{PREFIX}{task}" + ("" if kind == "none" else f" ({kind})"),
        "kind": "benchmark",
        "metric": metric,
        "example": str(line["doc_id"]),
        "question": json.dumps(line["doc"], ensure_ascii=False, default=str),
        "answer": json.dumps(line["filtered_resps"], ensure_ascii=False, default=str),
        "score": score,
        "why": None if score == 1 else f"{metric} {score:g}; wanted {line['target']}",
    }


def _manager(tasks: list[str]) -> tuple[Any, list[str]]:
    """The harness's task manager, which knows the folders of task files, and the tasks' names."""
    from lm_eval.tasks import TaskManager

    folders = sorted({str(Path(name).parent.resolve()) for name in tasks if _is_file(name)})
    names = [_name_in(Path(name)) if _is_file(name) else name for name in tasks]
    return TaskManager(include_path=folders or None), names


def _name_in(file: Path) -> str:
    """The `task:` of a task file; the harness reads the rest of it."""
    found = re.search(r"(?m)^task:\s*[\"']?([\w.-]+)", file.read_text(encoding="utf-8"))
    if found is None:
        raise InputError(f"lm_eval: {file}: a task file needs `task: its_name`")
    return found[1]


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))
