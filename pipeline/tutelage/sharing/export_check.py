"""Whether an exported file answers as its checkpoint: the held-out questions, asked of both."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutelage.contract.context import Progress, local_context
from tutelage.contract.plain_inputs import make_model
from tutelage.core.errors import InputError
from tutelage.core.json_files import write_json
from tutelage.evaluation.asking import Asking, ask
from tutelage.evaluation.cases import Case, eval_cases
from tutelage.evaluation.statistics.paired import compare
from tutelage.models.engine_pool import choose_engine, llama_installed
from tutelage.models.gguf_header import read_header
from tutelage.models.model import Model
from tutelage.provenance.run_folder import RunFolder
from tutelage.provenance.run_taxonomy import run_taxonomy
from tutelage.report.exports_section import EXPORTS, checked_exports

_TOKENS = 192
Answers = list[dict[str, Any]]


def check_export(
    checkpoint: Path, file: Path, engine: str | None, progress: Progress
) -> dict[str, Any]:
    """Ask the held-out questions of an exported file, and keep what came of it in the run.

    The other side are the run's own answers, where it evaluated this stage on the questions as they
    are now, else the checkpoint is asked too. The file is asked by `engine`, or by llama.cpp where
    that is installed. Returns the line that `exports.json` and the report get. Raises InputError
    where there is no run, no taxonomy or no question that can be scored.
    """
    run = RunFolder.load(checkpoint.parent)
    stage = checkpoint.name
    fields, evaluation = _evaluation(run)
    cases = _cases(run, fields.get("metric", "accept"))
    asking = Asking(int(fields.get("max_tokens", _TOKENS)))
    wish = engine or ("llama_cpp" if llama_installed() else "auto")
    exported = make_model({"ref": str(file.resolve()), "engine": wish}, file.name)
    before = _kept(evaluation, stage, cases) if fields.get("samples", 1) == 1 else None
    source = "as the run evaluated it"
    if before is None:
        source = "asked now"
        whole = make_model({"ref": str(checkpoint.resolve())}, stage)
        before = _asked(whole, cases, asking, progress)
    after = _asked(exported, cases, asking, progress)
    line = _line(before, after) | {
        "stage": stage,
        "file": str(file),
        "bytes": file.stat().st_size,
        "kind": _kind(file),
        "engine": choose_engine(exported),
        "checkpoint": source,
        "created": time.time(),
    }
    write_json(run.path / EXPORTS, [*checked_exports(run), line])
    return line


def _evaluation(run: RunFolder) -> tuple[dict[str, Any], Answers]:
    """How the run's last evaluation asked, and its answers; nothing where it has none."""
    manifest, scores = run.scores()
    return manifest.get("fields", {}), scores.answers


def _cases(run: RunFolder, metric: Any) -> list[Case]:
    taxonomy = run_taxonomy(run)
    if taxonomy is None:
        raise InputError(f"{run.path}: the run has no taxonomy, so no held-out questions to check")
    cases = [case for case in eval_cases(taxonomy.leaves, metric) if case.scored]
    if not cases:
        raise InputError(f"{taxonomy.folder}: no held-out question can be scored without a judge")
    return cases


def _kept(answers: Answers, stage: str, cases: Sequence[Case]) -> Answers | None:
    """The run's own answers of a stage to the questions as they are now; None where one lacks."""
    known = {
        (row["leaf"], row["example"], row["question"]): row
        for row in answers
        if row["model"] == stage
    }
    found = [known.get((case.leaf, case.id, case.conversation)) for case in cases]
    return [row for row in found if row] if all(found) else None


def _asked(model: Model, cases: Sequence[Case], asking: Asking, progress: Progress) -> Answers:
    with tempfile.TemporaryDirectory(prefix="tutelage-check-") as place:
        context = local_context(Path(place), "check", progress=progress)
        progress.stage = f"asking {model.name}"
        progress.start(len(cases), "answers")
        try:
            answers = ask(context, model, cases, asking)
        finally:
            context.pool.release()
            context.journal.close()
        used = context.ledger.total()
    for row in answers:
        row |= {"seconds": used.seconds, "tokens": used.output_tokens}
    return answers


def _line(before: Answers, after: Answers) -> dict[str, Any]:
    """Both scores, their paired difference, and how many answers are the same word for word."""
    leaves = list(dict.fromkeys(row["leaf"] for row in after))
    scores = [
        [[float(row["score"]) for row in rows if row["leaf"] == leaf] for leaf in leaves]
        for rows in (before, after)
    ]
    same = sum(
        str(one["answer"]).split() == str(other["answer"]).split()
        for one, other in zip(before, after, strict=True)
    )
    seconds, tokens = after[0]["seconds"], after[0]["tokens"]
    return asdict(compare(*scores)) | {
        "score_before": _mean(before),
        "score_after": _mean(after),
        "same_answers": same,
        "tokens_per_second": tokens / seconds if seconds else None,
    }


def _kind(file: Path) -> str:
    """How a file holds most of its weights; norms are F32 in all."""
    kinds = read_header(file).kinds
    return "/".join(sorted(kinds - {"F32"})) or "F32"


def _mean(rows: Answers) -> float:
    return sum(float(row["score"]) for row in rows) / len(rows)
