"""Each filter, and the chain that the quickstart sends its rows through, on labelled rows.

    python -m benchmarks.filters [--taxonomies DIR ...] [--check] [--quick]

Writes benchmarks/filters.md in a minute. Right rows are those that people wrote: the seeds and the
held-out examples of each taxonomy, with the whole section of the document as passage. Wrong ones
are corruptions of them (`filter_rows.py`), and rows of the embedded teacher labelled by hand
(`filter_labels.jsonl`). `--check` exits 1 where a default filter rejects over 3% of a set's right
rows or the default chain over 5%, or where what a set keeps is right less often than is promised;
`--quick` takes one taxonomy and writes nothing.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tutelage.core.artifacts import Row
from tutelage.core.part_spec import name_of
from tutelage.curation.filters.filter_chain import apply_filters, with_demands
from tutelage.curation.filters.row_filter import FILTERS, Scope
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

from benchmarks.ending import finish
from benchmarks.filter_rows import corrupted, right_rows, without_held_out

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
LABELS = Path(__file__).with_name("filter_labels.jsonl")
DEVELOPMENT = ROOT.parent / "shared" / "taxonomies"
"""More taxonomies, where a checkout has them beside it."""
_CHOOSING = ("diverse", "decontaminated", "use")
"""They compare rows with each other or with what is held out, which right rows here are."""
ONE, CHAIN, RIGHT = 0.03, 0.05, 0.8
"""Right rows that a filter and the chain may reject; what is right of rows kept, wrong ones of all
kinds together weighing as much as right ones."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What filters kept of the rows of one kind in one set."""

    kept: int
    of: int

    @property
    def share(self) -> float:
        """The share kept."""
        return self.kept / self.of if self.of else 0.0

    def __str__(self) -> str:
        return f"{self.kept} of {self.of}"


@dataclass(frozen=True, slots=True)
class Set:
    """The labelled rows of one taxonomy, by kind; `right` is one."""

    name: str
    taxonomy: Taxonomy
    rows: dict[str, list[Row]]

    def kept(self, specs: Sequence[Any]) -> dict[str, Kept]:
        """By kind: what filters keep; `verified` with them where leaves make demands."""
        every = with_demands(specs, self.taxonomy.leaves)
        scope = Scope(1, self.taxonomy)
        made = {kind: apply_filters(every, rows, scope) for kind, rows in self.rows.items()}
        return {kind: Kept(len(rows.kept), len(self.rows[kind])) for kind, rows in made.items()}


def main() -> int:
    """Measure, report, and check where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--taxonomies", type=Path, nargs="+", help="taxonomies or folders of them")
    parser.add_argument("--check", action="store_true", help="fail where a promise is broken")
    parser.add_argument("--quick", action="store_true", help="one taxonomy, writing nothing")
    options = parser.parse_args()
    folders = list(_folders(options.taxonomies or [ROOT / "taxonomies", DEVELOPMENT]))
    sets = [_set(folder) for folder in folders[: 1 if options.quick else None]]
    default = default_filters()
    missed: list[str] = []
    parts = [_HEAD.format(chain=", ".join(map(_named, default)))]
    parts += [_right_table(sets, default, missed), _wrong_table(sets, default, missed)]
    parts += [_teacher_table(sets, default), _held_out_table(folders[: len(sets)], missed)]
    return finish("\n\n".join(parts) + "\n", missed, FILE, options)


def default_filters() -> list[Any]:
    """The filters of the quickstart in their order, each once."""
    recipe = yaml.safe_load((ROOT / "recipes" / "quickstart.yaml").read_text(encoding="utf-8"))
    stages = recipe["stages"].values()
    specs = [spec for stage in stages for spec in (stage or {}).get("filters", [])]
    found = {_named(spec): spec for spec in specs if name_of(spec) not in _CHOOSING}
    return list(found.values())


_HEAD = """# Filters on labelled rows

`python -m benchmarks.filters --check`. Right rows were written by hand: seeds and held-out
examples, with the whole section of the document as passage. The default chain is that of the
quickstart: {chain}."""


def _folders(given: Sequence[Path]) -> list[Path]:
    """Taxonomies as they are, and those in folders of them."""
    found = []
    for folder in given:
        inside = sorted(path.parent for path in folder.glob("*/*") if path.name in _ROOTS)
        found += [folder] if any((folder / root).exists() for root in _ROOTS) else inside
    return list(dict.fromkeys(found))


_ROOTS = ("knowledge", "foundational_skills", "compositional_skills")


def _set(folder: Path) -> Set:
    taxonomy = load_taxonomy(folder)
    rows = right_rows(taxonomy)
    return Set(folder.name, without_held_out(taxonomy), {"right": rows} | corrupted(rows))


def _right_table(sets: Sequence[Set], default: Sequence[Any], missed: list[str]) -> str:
    """Right rows that each filter rejects by itself, and the chain."""
    lines = ["## Right rows rejected", "", _row("filter", *(one.name for one in sets))]
    lines += [_row(*["---"] * (len(sets) + 1))]
    optional = [name for name in FILTERS if name not in (*map(name_of, default), *_CHOOSING)]
    for spec in [default, *default, *optional]:
        chain = spec is default
        specs = default if chain else [spec]
        cells = []
        for one in sets:
            right = one.kept(specs)["right"]
            lost = 1 - right.share
            cells.append(f"{right.of - right.kept} of {right.of} ({lost:.0%})")
            if lost > (CHAIN if chain else ONE) and spec not in optional:
                missed.append(
                    f"{_label(spec, chain)} rejects {lost:.0%} of right rows in {one.name}"
                )
        lines.append(_row(_label(spec, chain) + (" (option)" if spec in optional else ""), *cells))
    return "\n".join(lines)


def _wrong_table(sets: Sequence[Set], default: Sequence[Any], missed: list[str]) -> str:
    """Wrong rows that the chain keeps, and how right what it keeps is."""
    found = [one.kept(default) for one in sets]
    kinds = list(dict.fromkeys(kind for kept in found for kind in kept if kind != "right"))
    lines = ["## Wrong rows kept by the default chain", ""]
    lines += [_row("corruption", *(one.name for one in sets)), _row(*["---"] * (len(sets) + 1))]
    for kind in kinds:
        lines.append(_row(kind, *(str(kept.get(kind, "")) for kept in found)))
    shares = [_balanced(kept) for kept in found]
    for one, share in zip(sets, shares, strict=True):
        if share < RIGHT:
            missed.append(f"of what {one.name} keeps {share:.0%} is right, {RIGHT:.0%} promised")
    lines.append(_row("**right of what is kept**", *(f"{share:.0%}" for share in shares)))
    note = "The last line weighs all wrong rows together as much as the right ones."
    return "\n".join([*lines, "", note])


def _balanced(kept: dict[str, Kept]) -> float:
    wrong = [one for kind, one in kept.items() if kind != "right"]
    passed = sum(one.kept for one in wrong) / max(1, sum(one.of for one in wrong))
    return kept["right"].share / ((kept["right"].share + passed) or 1)


def _teacher_table(sets: Sequence[Set], default: Sequence[Any]) -> str:
    """Rows of the embedded teacher: what was right of all, and of those kept."""
    lines = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    known = {one.name: one.taxonomy for one in sets}
    strict = {"specific": {"margin": 0, "telling": True, "about": 0.5}}
    chains = {
        "all rows": [],
        "the default chain": default,
        "and `consistent`, a round trip": [*default, "consistent"],
        "and `specific`, strictly": [*default, "consistent", strict],
    }
    table = [
        f"## {len(lines)} rows of the embedded teacher, labelled by hand",
        "",
        "Drafts (a detail, then a question for it), free answers, and questions answered with the"
        " sentence that they were written for. `specific, strictly` is"
        f" `{json.dumps(strict)}`.",
        "",
        _row("filters", "kept", "right of these"),
        _row("---", "---", "---"),
    ]
    for name, specs in chains.items():
        kept: list[Row] = []
        for folder in sorted({line["taxonomy"] for line in lines}):
            rows = [line for line in lines if line["taxonomy"] == folder]
            kept += apply_filters(specs, rows, Scope(1, known.get(folder))).kept
        right = sum(row["right"] for row in kept)
        table.append(_row(name, str(len(kept)), f"{right} ({right / max(1, len(kept)):.0%})"))
    return "\n".join(table)


def _held_out_table(folders: Sequence[Path], missed: list[str]) -> str:
    """What decontamination drops: of seeds nothing, of held-out examples all."""
    lines = ["## Decontamination", "", _row("taxonomy", "seeds dropped", "held-out examples kept")]
    lines.append(_row("---", "---", "---"))
    for folder in folders:
        taxonomy = load_taxonomy(folder)
        rows = right_rows(taxonomy)
        seeds = {seed.id for leaf in taxonomy.leaves for seed in leaf.seeds}
        kept = apply_filters(["decontaminated"], rows, Scope(1, taxonomy)).kept
        ids = {row["id"] for row in kept}
        dropped = sum(row["id"] in seeds and row["id"] not in ids for row in rows)
        leaked = sum(row["id"] not in seeds for row in kept)
        lines.append(_row(folder.name, str(dropped), str(leaked)))
        if dropped or leaked:
            missed.append(f"decontaminated drops {dropped} seeds of {folder.name}, keeps {leaked}")
    return "\n".join(lines)


def _named(spec: Any) -> str:
    return spec if isinstance(spec, str) else json.dumps(spec)


def _label(spec: Any, chain: bool) -> str:
    return "**the default chain**" if chain else f"`{_named(spec)}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
