"""Where samples come from: models of this run, files, earlier phases; and a judge's labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.digests import digest
from tutelage.core.ngrams import Numbers
from tutelage.core.row_shards import stream_rows
from tutelage.provenance.row_hashes import Repeats, distinct, hashes, id_hashes, text_hashes
from tutelage.provenance.run_folder import RunFolder

_EARLIER = "earlier"
"""The input of `mix` whose rows are replayed."""


@dataclass(frozen=True, slots=True)
class Samples:
    """How many samples there are, each row once: only those of `n` were made to be trained on."""

    n: int
    """Different ones that models of this run wrote."""
    given: int = 0
    """Different ones of stages that asked no model, such as `read`."""
    replayed: int = 0
    """Different ones that came from an earlier phase alone, so that it is not forgotten."""
    repeated: int = 0
    """Copies of the others, which a weight above one makes."""


def samples_of(run: RunFolder, stages: Sequence[str]) -> Samples:
    """The different rows of some stages by where they come from; one of two origins is made."""
    return Samples(**run.remember(f"samples of {sorted(stages)}", lambda: _count(run, stages)))


def _count(run: RunFolder, stages: Iterable[str]) -> dict[str, int]:
    ids: list[Numbers] = []
    origins: dict[str, list[Numbers]] = {"made": [], "given": [], "replayed": []}
    for stage in stages:
        new = {stage, *run.ancestors(stage, but=_EARLIER)}
        upstream = [name for name in run.manifests if name in {stage, *run.ancestors(stage)}]
        kinds = {
            name: "given" if not _asked(run, name) else "made" if name in new else "replayed"
            for name in upstream
        }
        ids.append(id_hashes(run.files(stage)))
        for kind, part in _by_kind(run, stage, kinds):
            origins[kind].append(part)
    made, given = distinct(origins["made"]), distinct(origins["given"])
    replayed = np.setdiff1d(distinct(origins["replayed"]), made)
    repeated = len(distinct(ids)) - len(made) - len(given) - len(replayed)
    counts = {"n": len(made), "given": len(given), "replayed": len(replayed)}
    return counts | {"repeated": repeated}


def _by_kind(run: RunFolder, stage: str, kinds: Mapping[str, str]) -> Iterator[tuple[str, Numbers]]:
    """The rows that a stage's rows repeat, by the kind of the first stage that says the same."""
    rows = id_hashes(run.files(stage), Repeats(map(run.files, kinds)).original)
    if len(set(kinds.values())) == 1:
        yield kinds[stage], rows
        return
    texts = text_hashes(run.files(stage))
    left = np.ones(len(rows), bool)
    for name, kind in kinds.items():
        there = left & np.isin(texts, text_hashes(run.files(name)))
        yield kind, rows[there]
        left &= ~there


def _asked(run: RunFolder, stage: str) -> bool:
    """Whether a model was asked for a stage's rows, there or on the way to it."""
    ways = [run.manifests[name] for name in (stage, *run.ancestors(stage))]
    return any(entry["model"] for made in ways for entry in made.get("ledger", []))


def usable_labels(run: RunFolder, stages: list[str]) -> int:
    """Verdicts of judges that say something: a grade or a winner.

    Each counts once, however many stages hold it.
    """
    rows = [name for name in stages if run.manifests[name]["kind"] == "rows"]
    scored = [name for name in stages if run.manifests[name]["kind"] == "scores"]
    answers = [row for name in scored for row in run.scores_of(name).answers]
    named = run.remember(f"labels of {sorted(rows)}", lambda: _count_grades(run, rows))
    return named + sum(row.get("judged") in ("win", "loss") for row in answers)


def _count_grades(run: RunFolder, stages: Iterable[str]) -> int:
    grades = (
        digest(row["id"], str(verdict["by"]), str(verdict.get("keys")))
        for stage in stages
        for state in ("kept", "rejected")
        for row in stream_rows(run.files(stage, state), ["id", "verdicts"])
        for verdict in row.get("verdicts") or []
        if verdict and "model" in verdict and verdict.get("grade") is not None
    )
    return len(distinct([hashes(grades)]))
