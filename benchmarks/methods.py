"""What each way to write data gives: yield, diversity, cost, and what a student learns of it.

    python -m benchmarks.methods [--taxonomies DIR...] [--arms NAME...] [--samples N] [--seed N]
                                 [--tokens N] [--epochs N] [--check] [--quick] [--out DIR] [--pools]
                                 [--no-base]

Every arm writes for the leaves that it can serve (`tools` for those that have some, as in
taxonomies/assistant), with the embedded model as teacher and alike filters; then students are
trained on `--tokens` of each arm that has so many, and asked the held-out questions. `plain` is the
quickstart's way (statements, tasks). Arms share one store: with `--pools` only rows are written and
no student is trained, so that a long measurement can be taken in parts. Writes
benchmarks/methods.md. `--check` exits 1 where an arm has no row or a figure is missing; `--quick`
takes the scripted teacher and a random student, which shows the script working, no more.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import Row, Rows, Scores
from tutelage.curation.diversity.diversity_figures import EVERYWHERE, diversity_figures
from tutelage.report.format import points, probability
from tutelage.report.outcome import answers_of, paired
from tutelage.taxonomy.leaf import Leaf
from tutelage.taxonomy.load import load_taxonomy

from benchmarks.ablation import chosen, execute, tokens_of
from benchmarks.ending import finish
from benchmarks.recipe_run import EMBEDDED

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
SKILLS = ("foundational", "compositional")
GENERATED: dict[str, dict[str, Any]] = {
    "plain": {"knowledge": "statements", "skills": "tasks"},
    "evol": {"method": {"evol": {"gain": False}}, "max_tokens": 64},
    "topics": {"skills": {"topics": {"topics": 4, "subtopics": 3}}, "max_tokens": 64},
    "personas": {"method": "personas", "max_tokens": 64},
    "magpie": {"skills": "magpie", "max_tokens": 64},
    "textbook": {"knowledge": {"textbook": {"tokens": 160}}},
    "digest": {"knowledge": "digest", "passage_tokens": 200},
}
"""Fields of `instructions` by arm."""
KINDS = {"topics": SKILLS, "magpie": SKILLS, "textbook": ("knowledge",), "digest": ("knowledge",)}
"""The kinds of leaves that an arm writes for, where not for all."""
WAYS = ("critique", "paraphrase", "back_translation", "simplify", "continue", "translate")
"""Arms that write the rows of `plain` anew: the ways of `rewrite`."""
CHAIN, TOOLS = "decompose", "tools"
ARMS = (*GENERATED, *WAYS, "converse", CHAIN, TOOLS)
UNTRAINED = (TOOLS,)
"""Arms whose rows the embedded student cannot be trained on: its template writes no tool calls."""
FILTERS = ["repetition", "refusal", "exact_duplicate", {"near_duplicate": 0.9}]
SFT = {
    "use": "sft",
    "student": "student",
    "epochs": 4,
    "learning_rate": 3e-4,
    "frozen": 0.5,
    "chat_template": "chatml",
}
"""How each arm's student is trained."""


def main() -> int:
    """Run every taxonomy, write the table, check."""
    parser = teaching_options(__doc__)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=[*ARMS])
    parser.add_argument("--pools", action="store_true")
    parser.add_argument("--no-base", action="store_true", help="do not ask the untrained student")
    options = parser.parse_args()
    if not options.pools and "plain" not in options.arms:
        options.arms = ["plain", *options.arms]  # each student is set beside its own
    measured = [measure(folder, options) for folder in taxonomies_of(options)]
    missed = [miss for one in measured for miss in misses(one)]
    return finish(page(measured), missed, FILE, options)


def teaching_options(description: str | None) -> argparse.ArgumentParser:
    """The options of a benchmark that trains the embedded student on rows of taxonomies."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--taxonomies", type=Path, nargs="+", default=[ROOT / "taxonomies" / "helpdesk"]
    )
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=900)
    parser.add_argument("--epochs", type=int, default=SFT["epochs"], help="of each training")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "methods")
    return parser


def sft_of(options: argparse.Namespace, rows: str) -> dict[str, Any]:
    """The training of a student on the rows of a stage."""
    return SFT | {"epochs": options.epochs, "rows": rows}


def taxonomies_of(options: argparse.Namespace) -> list[Path]:
    """The taxonomies to measure; a quick try takes a small one."""
    found: list[Path] = options.taxonomies
    return [ROOT / "taxonomies" / "smoke"] if options.quick else found


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One taxonomy: the rows of every arm, then students of equal tokens."""
    out = options.out / ("quick" if options.quick else "") / folder.name
    recipe = recipe_of(folder, options)
    place = out / "run"
    execute(recipe, out, place)
    written = [arm for arm in options.arms if arm in recipe["stages"]]
    if options.pools:
        figures = {arm: figures_of(place, arm, folder, recipe) for arm in written}
        return {"name": folder.name, "figures": figures, "table": [], "against": {}}
    fewest = 100 if options.quick else options.tokens
    sizes = {arm: sum(map(tokens_of, chosen(place, arm))) for arm in written}
    trained = [arm for arm, size in sizes.items() if size >= fewest and arm not in UNTRAINED]
    for arm in trained:
        take = {"use": "benchmarks.ablation:Take", "rows": arm, "tokens": fewest}
        recipe["stages"] |= {
            f"{arm}_taken": take,
            f"{arm}_student": sft_of(options, f"{arm}_taken"),
        }
    models = [f"{arm}_student" for arm in trained]
    base = [] if options.no_base else ["student"]
    asked = {"models": [*base, *models], "general": False, "max_tokens": 48}
    recipe["stages"]["evaluate"] = asked
    execute(recipe, out, place)
    figures = {arm: figures_of(place, arm, folder, recipe) for arm in written}
    scores = Scores.load(place / "evaluate")
    against = {arm: over_plain(scores, f"{arm}_student") for arm in trained if arm != "plain"}
    return {
        "name": folder.name,
        "figures": figures,
        "table": scores.table,
        "tokens": fewest,
        "against": against if "plain" in trained else {},
    }


def over_plain(scores: Scores, model: str) -> str:
    """How a student's right answers compare with those of the plain rows' student."""
    plain, own = answers_of(scores, "plain_student"), answers_of(scores, model)
    line = next(line for line in paired(plain, own) if line["leaf"] == "*")
    return f"{points(line['difference'])} ({probability(line['p'])})"


def recipe_of(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The recipe with the stages of each arm; the last of an arm's stages has its name."""
    model = "scripted:" if options.quick else EMBEDDED
    models = {"teacher": model} | ({} if options.quick else {"student": EMBEDDED})
    stages: dict[str, Any] = {"student": {"use": "random_student"}} if options.quick else {}
    leaves = load_taxonomy(folder).leaves
    for arm in options.arms:
        stages |= stages_of(arm, leaves, options.samples)
    for name, stage in stages.items():
        if name != "student":
            stage |= {"allow_empty": True}
            stage |= {} if stage["use"] == "filter" else {"max_failed": 1.0, "give_up_after": 0}
    return {
        "name": "methods",
        "seed": options.seed,
        "taxonomy": str(folder.resolve()),
        "models": models,
        "stages": stages,
    }


def stages_of(arm: str, leaves: Sequence[Leaf], samples: int) -> dict[str, Any]:
    """The stages of an arm."""
    if arm in WAYS:
        stage = {"use": "rewrite", "rows": "plain", "way": arm, "max_tokens": 96}
        stage |= {"language": "French"} if arm == "translate" else {}
        return {f"{arm}_written": stage, arm: filtered(f"{arm}_written")}
    if arm == "converse":
        talks = {"use": "converse", "samples": samples, "turns": 2, "fewest": 1, "max_tokens": 64}
        talks |= {"leaf_weights": weights_of(leaves, samples)}
        return {"talks": talks, arm: filtered("talks")}
    if arm == CHAIN:
        return {
            "parts": {"use": "decompose", "rows": "plain", "parts": 2},
            "answered": {"use": "responses", "rows": "parts", "model": "teacher", "max_tokens": 64},
            "whole": {"use": "aggregate", "rows": "answered", "wholes": "plain", "max_tokens": 96},
            arm: filtered("whole"),
        }
    if arm == TOOLS:
        some = [leaf for leaf in leaves if leaf.tools]
        traces = {"use": "tools", "samples": samples, "leaf_weights": weights_of(some, samples)}
        return {"traces": traces, arm: filtered("traces")} if some else {}
    kinds = KINDS.get(arm)
    some = [leaf for leaf in leaves if not kinds or leaf.kind in kinds]
    wanted = {"leaves": [leaf.path for leaf in some], "leaf_weights": weights_of(some, samples)}
    return {arm: generating(GENERATED[arm] | wanted, samples)} if some else {}


def weights_of(leaves: Sequence[Leaf], samples: int) -> dict[str, float]:
    """Weights by which leaves that say how many rows they want are asked for `samples` too."""
    return {leaf.path: samples / leaf.samples for leaf in leaves if leaf.samples}


def filtered(rows: str) -> dict[str, Any]:
    """Rows through the filters that all arms have in common."""
    return {"use": "filter", "rows": rows, "filters": FILTERS}


def generating(fields: dict[str, Any], samples: int) -> dict[str, Any]:
    """A generating stage with the fields of its instructions."""
    return {
        "use": "generate",
        "samples": samples,
        "rounds": 2,
        "attempts": 3,
        "instructions": {"temperature": 0.8} | fields,
        "before": FILTERS,
        "responses": {"max_tokens": 64, "cut": "last_sentence"},
        "after": FILTERS,
    }


def figures_of(place: Path, arm: str, folder: Path, recipe: dict[str, Any]) -> dict[str, float]:
    """Rows, yield, diversity and cost of an arm: of its own stages, without those of `plain`."""
    own = [arm, *_before(recipe["stages"], arm)]
    tried = [len(rows.kept) + len(rows.rejected) for rows in map(Rows.load, _places(place, own))]
    rows = Rows.load(place / arm)
    used = [
        line["usage"]
        for stage in _places(place, own)
        for line in json.loads((stage / "manifest.json").read_text(encoding="utf-8"))["ledger"]
    ]
    kept = max(1, len(rows.kept))
    return {
        "rows": len(rows.kept),
        "yield": len(rows.kept) / max(1, tried[-1]),
        "requests": sum(one["requests"] for one in used) / kept,
        "output_tokens": sum(one["output_tokens"] for one in used) / kept,
        "seconds": sum(one["seconds"] for one in used) / kept,
    } | diversity(rows.kept, folder)


def _before(stages: dict[str, Any], arm: str) -> list[str]:
    """The stages whose rows an arm was made of, the nearest first, as far as they are its own."""
    name = stages[arm].get("rows")
    own = name is not None and name not in ARMS
    return [name, *_before(stages, name)] if own else []


def _places(place: Path, names: Sequence[str]) -> list[Path]:
    return [place / name for name in names]


def diversity(rows: list[Row], folder: Path) -> dict[str, float]:
    """The figures of all leaves together that a table shows."""
    found = diversity_figures({"after": rows}, load_taxonomy(folder)) if rows else []
    return {one["metric"]: one["value"] for one in found if one["leaf"] == EVERYWHERE}


COLUMNS = {
    "yield": "yield",
    "distinct_2": "distinct-2",
    "vendi": "Vendi",
    "requests": "requests",
    "output_tokens": "tokens",
    "seconds": "seconds",
}
"""The figures of an arm that the table shows, and what it calls them."""


def page(measured: list[dict[str, Any]]) -> str:
    """The Markdown page."""
    lines = [
        "# What each way to write data gives",
        "",
        "`python -m benchmarks.methods` wrote this: the embedded SmolLM2-135M as teacher and",
        "student, the same filters for every arm, students trained on equal tokens (estimated) of",
        "each arm for four epochs. Yield is the share of what the arm tried that is kept in the",
        "end. Cost is requests, output tokens and device seconds for a row that was kept; that of",
        "arms which write the rows of `plain` anew (`critique` to `translate`, `decompose`) is",
        "their own alone. `over plain` compares the students' answers to the same questions in",
        "pairs. One seed; the teacher is far weaker than those that the papers used, so this shows",
        "what works for a small one.",
    ]
    for one in measured:
        lines += ["", f"## {one['name']}", "", *_table(one)]
    return "\n".join([*lines, ""])


def _table(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['tokens']} tokens an arm." if one["table"] else "No student was trained."
    yield ""
    yield f"| arm | rows | {' | '.join(COLUMNS.values())} | right [95%] | over plain |"
    yield "|---|--:|" + "--:|" * len(COLUMNS) + "---|---|"
    yield f"| untrained | –{' | –' * len(COLUMNS)} | {_score(one, 'student')} | |"
    for arm, found in one["figures"].items():
        cells = [f"{found['rows']}", *(_cell(name, found.get(name)) for name in COLUMNS)]
        cells += [_score(one, f"{arm}_student"), one["against"].get(arm, "")]
        yield f"| {arm} | {' | '.join(cells)} |"


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0%}" if name == "yield" else f"{value:.3g}"


def _score(one: dict[str, Any], model: str) -> str:
    """The share right over all leaves, with its interval; a dash where no student was trained."""
    lines = [line for line in one["table"] if (line["model"], line["leaf"]) == (model, "*")]
    if not lines:
        if model == "student":
            return "not asked"
        tried = one["table"] and model.removesuffix("_student") not in UNTRAINED
        return "too few rows" if tried else "not trained"
    (line,) = lines
    return f"{line['score']:.0%} [{line['low']:.0%}, {line['high']:.0%}] of {line['n']}"


def misses(one: dict[str, Any]) -> list[str]:
    """Arms without rows, or without a figure."""
    found = [
        f"{one['name']}: {arm} has no row" for arm, f in one["figures"].items() if not f["rows"]
    ]
    found += [
        f"{one['name']}: {arm} lacks {name}"
        for arm, figures in one["figures"].items()
        for name in COLUMNS
        if figures["rows"] and name not in figures
    ]
    if not one["table"]:
        found.append(f"{one['name']}: no student was trained")
    return found


if __name__ == "__main__":
    sys.exit(main())
