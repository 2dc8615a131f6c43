"""What LAB's parts are worth on the quickstart, at equal training tokens.

    python -m benchmarks.ablation [--seeds 1 2 3] [--check] [--quick] [--out DIR]

Four arms, each fine-tuned and evaluated alike: `base` (per-leaf sampling, filters, rows drawn at
random), `pooled` (Self-Instruct's sampling; without attributes there is nothing for verifiers to
check), `unfiltered` (held-out examples are still kept out), `diverse` (rows chosen to cover the
embedding space). They share one store, so that what arms have in common is generated once. Writes
benchmarks/ablation.md. `--check` exits 1 where arms differ in tokens by more than 2%; `--quick`
takes two arms of the smoke recipe, which shows the script working, no more. Three seeds take about
an hour on two quiet cores.
"""

import argparse
import statistics
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field
from rich.console import Console
from tutelage.contract.context import Context
from tutelage.contract.stage import Stage
from tutelage.core.artifacts import Row, Rows, Scores, answer_of, question_of
from tutelage.core.config import load_yaml
from tutelage.core.digests import derive_seed
from tutelage.core.progress import Display
from tutelage.core.store import Store
from tutelage.models.token_estimate import estimate_tokens
from tutelage.recipe.load_recipe import load_recipe
from tutelage.runtime.run import Run

from benchmarks.ending import finish

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
SHARE = 0.5
"""Of a pool's rows those that an arm chooses, so that there is something to choose from."""
ARMS = ("base", "pooled", "unfiltered", "diverse")
MODELS = ("student", *ARMS)
REPLAY = ("replay",)
"""The recipe's stage against forgetting, which arms go without: they would blur what differs."""
TREES = {"quickstart": "helpdesk", "smoke": "smoke"}
TOLERANCE = 0.02


class Take(Stage):
    """Rows drawn at random until so many tokens are full."""

    tokens: int = Field(gt=0)

    def run(self, context: Context, rows: Rows) -> Rows:
        """The rows drawn; the others are rejected."""
        order = sorted(rows.kept, key=lambda row: derive_seed(context.seed, row["id"]))
        made, left = Rows([]), self.tokens
        for row in order:
            fits = tokens_of(row) <= left
            left -= tokens_of(row) if fits else 0
            (made.kept if fits else made.rejected).append(
                row if fits else row | {"reason": "tokens: the budget is full"}
            )
        return made


def tokens_of(row: Row) -> int:
    """Tokens of a row, estimated alike in all arms."""
    if turns := row.get("messages"):
        return sum(estimate_tokens(turn.get("content") or "") for turn in turns)
    return estimate_tokens(question_of(row)) + estimate_tokens(answer_of(row))


def main() -> int:
    """Run every seed, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "ablation")
    options = parser.parse_args()
    out = options.out / "quick" if options.quick else options.out
    seeds = options.seeds[:1] if options.quick else options.seeds
    measured = [measure(options.quick, seed, out) for seed in seeds]
    missed = [miss for one in measured for miss in misses(one)]
    return finish(page(measured), missed, FILE, options)


def measure(quick: bool, seed: int, out: Path) -> dict[str, Any]:
    """One seed: the arms' pools first, then arms of as many tokens as the smallest has."""
    name, pool = ("smoke", "accepted") if quick else ("quickstart", "training_rows")
    wanted = ("base", "diverse") if quick else ARMS
    recipe = load_yaml(ROOT / "recipes" / f"{name}.yaml")
    recipe |= {"seed": seed, "name": "ablation", "taxonomy": str(ROOT / "taxonomies" / TREES[name])}
    own = {key: spec for key, spec in recipe.pop("stages").items() if key not in REPLAY}
    recipe["stages"] = arms_pools(own, pool)
    place = out / f"seed-{seed}"
    execute(recipe, out, place)
    sizes = {arm: sum(map(tokens_of, chosen(place, f"{arm}_chosen"))) for arm in ARMS}
    arms = [arm for arm in wanted if sizes[arm]]  # an empty pool is a result, and no arm
    sft = {key: value for key, value in own["sft"].items() if key != "rows"} | {"use": "sft"}
    for arm in arms:
        fewest = min(sizes[one] for one in arms)
        take = {"use": "benchmarks.ablation:Take", "rows": f"{arm}_chosen", "tokens": fewest}
        recipe["stages"] |= {f"{arm}_rows": take, arm: sft | {"rows": f"{arm}_rows"}}
    asked = {"models": ["student", *arms], "general": False}
    recipe["stages"]["evaluate"] = own["evaluate"] | asked
    execute(recipe, out, place)
    rows = {arm: chosen(place, f"{arm}_rows") for arm in arms}
    return {"seed": seed, "rows": rows, "table": Scores.load(place / "evaluate").table}


def arms_pools(own: dict[str, Any], pool: str) -> dict[str, Any]:
    """The recipe's stages up to its pool of rows; beside them, what each other arm draws from."""
    names = list(own)
    stages = {name: own[name] for name in names[: names.index(pool) + 1]}
    before = own["asked"]["filters"]
    after = [spec for spec in own["accepted"]["filters"] if spec != "verified"]
    answer = own["responses"] | {"use": "responses"}
    stages |= {
        "raw_answers": answer | {"rows": "instructions"},
        "unfiltered_pool": {"use": "filter", "rows": "raw_answers"},
        "pooled_written": own["instructions"] | {"use": "instructions", "method": "pooled"},
        "pooled_asked": {"use": "filter", "rows": "pooled_written", "filters": before},
        "pooled_answers": answer | {"rows": "pooled_asked"},
        "pooled_pool": {"use": "filter", "rows": "pooled_answers", "filters": after},
    }
    sources = {"base": pool, "pooled": "pooled_pool", "unfiltered": "unfiltered_pool"}
    for arm in ARMS:
        by = "facility_location" if arm == "diverse" else "random"
        spec = {"diverse": {"share": SHARE, "by": by}}
        rows = sources.get(arm, pool)
        stages[f"{arm}_chosen"] = {"use": "filter", "rows": rows, "filters": [spec]}
    return stages


def execute(recipe: dict[str, Any], out: Path, place: Path) -> None:
    """Run a recipe's stages, those of earlier calls and other seeds found in one store."""
    out.mkdir(parents=True, exist_ok=True)
    file = place.with_suffix(".yaml")
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    with Display(Console()) as display:
        Run(load_recipe(file), place, Store(out / ".store"), display).execute()


def chosen(place: Path, stage: str) -> list[Row]:
    """The rows that a stage kept."""
    return Rows.load(place / stage).kept


def page(measured: list[dict[str, Any]]) -> str:
    """The Markdown page: outcome by arm and leaf, and the rows it came from."""
    leaves = list(dict.fromkeys(line["leaf"] for one in measured for line in one["table"]))
    seeds = ", ".join(str(one["seed"]) for one in measured)
    lines = [
        "# What LAB's parts are worth on the quickstart",
        "",
        "`python -m benchmarks.ablation` wrote this. Share right on held-out examples, mean over",
        f"seeds {seeds} and [lowest, highest]; all arms are trained on as many tokens.",
        "",
        f"| leaf | {' | '.join(MODELS)} |",
        "|---|" + "---|" * len(MODELS),
    ]
    for leaf in leaves:
        cells = [spread(scores(measured, model, leaf)) for model in MODELS]
        lines.append(f"| {leaf} | {' | '.join(cells)} |")
    lines += [
        "",
        "| arm | rows | tokens | leaves | largest leaf's share |",
        "|---|---|---|---|---|",
    ]
    for arm in ARMS:
        pools = [one["rows"].get(arm, []) for one in measured]
        lines.append(f"| {arm} | {' | '.join(supply(pools))} |")
    return "\n".join([*lines, ""])


def scores(measured: list[dict[str, Any]], model: str, leaf: str) -> list[float]:
    """The shares right of a model on a leaf, of the seeds that have the model."""
    lines = [line for one in measured for line in one["table"]]
    return [float(o["score"]) for o in lines if (o["model"], o["leaf"]) == (model, leaf)]


def spread(found: list[float]) -> str:
    """Mean, lowest and highest."""
    if not found:
        return "no rows"
    return f"{statistics.mean(found):.0%} [{min(found):.0%}, {max(found):.0%}]"


def supply(pools: list[list[Row]]) -> list[str]:
    """Means over seeds: rows, tokens, leaves with rows, and how much the largest leaf takes."""
    counts = [Counter(row["leaf"] for row in rows) for rows in pools]
    rows = statistics.mean(len(rows) for rows in pools)
    tokens = statistics.mean(sum(map(tokens_of, rows)) for rows in pools)
    leaves = statistics.mean(len(count) for count in counts)
    largest = statistics.mean(max([*count.values(), 0]) / max(1, count.total()) for count in counts)
    return [f"{rows:.0f}", f"{tokens:.0f}", f"{leaves:.1f}", f"{largest:.0%}"]


def misses(one: dict[str, Any]) -> list[str]:
    """Arms whose tokens differ by more than the tolerance from the largest arm's."""
    tokens = {arm: sum(map(tokens_of, rows)) for arm, rows in one["rows"].items()}
    most = max(tokens.values())
    return [
        f"seed {one['seed']}: {arm} has {count} tokens, another arm {most}"
        for arm, count in tokens.items()
        if count < (1 - TOLERANCE) * most
    ]


if __name__ == "__main__":
    sys.exit(main())
