"""Where samples come from: models of this run, files, earlier phases; and a judge's labels."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutelage.core.digests import digest
from tutelage.core.ngrams import Numbers
from tutelage.core.row_shards import stream_rows
from tutelage.provenance.row_hashes import Repeats, Scattered, hashes, id_hashes, text_hashes
from tutelage.provenance.run_folder import RunFolder

_EARLIER = "earlier"
"""The input of `mix` whose rows are replayed."""
_KINDS = _MADE, _GIVEN, _REPLAYED = range(3)


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


def _count(run: RunFolder, stages: Sequence[str]) -> dict[str, int]:
    rows = run.kept_by_leaf(stages).total()
    ids, origins = Scattered(rows), Scattered(rows)
    for stage in stages:
        new = {stage, *run.ancestors(stage, but=_EARLIER)}
        upstream = [name for name in run.manifests if name in {stage, *run.ancestors(stage)}]
        kinds = {
            name: _GIVEN if not _asked(run, name) else _MADE if name in new else _REPLAYED
            for name in upstream
        }
        for some in id_hashes(run.files(stage)):
            ids.add(some)
        for some, kind in _by_kind(run, stage, kinds):
            origins.add(some, kind)
    counts = Counter[str]()
    for different, found in zip(ids.parts(1), origins.parts(2), strict=True):
        made, given, replayed = (np.unique(found[found[:, 1] == kind, 0]) for kind in _KINDS)
        counts += Counter(n=len(made), given=len(given))
        counts += Counter(replayed=len(np.setdiff1d(replayed, made)), all=len(np.unique(different)))
    repeated = counts["all"] - counts["n"] - counts["given"] - counts["replayed"]
    return {name: counts[name] for name in ("n", "given", "replayed")} | {"repeated": repeated}


def _by_kind(
    run: RunFolder, stage: str, kinds: Mapping[str, int]
) -> Iterator[tuple[Numbers, Numbers]]:
    """The rows that a stage's rows repeat, each with the kind of the first stage that says the
    same."""
    originals = Repeats(map(run.files, kinds)).originals(run.files(stage))
    if len(set(kinds.values())) == 1:
        for some in originals:
            yield some, np.full(len(some), kinds[stage])
        return
    total = run.kept_by_leaf(kinds).total()
    rows, there = Scattered(total), Scattered(total)
    for texts, some in zip(text_hashes(run.files(stage)), originals, strict=True):
        rows.add(texts, some)
    for place, name in enumerate(kinds):
        for texts in text_hashes(run.files(name)):
            there.add(texts, np.full(len(texts), place))
    kind_at = np.array([*kinds.values()])
    for own, earlier in zip(rows.parts(2), there.parts(2), strict=True):
        texts, first = np.unique(earlier[:, 0], return_index=True)  # added in the stages' order
        at = np.searchsorted(texts, own[:, 0])
        found = at < len(texts)
        found[found] = texts[at[found]] == own[found, 0]
        yield own[found, 1], kind_at[earlier[first[at[found]], 1]]


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


def _count_grades(run: RunFolder, stages: Sequence[str]) -> int:
    grades = (
        digest(row["id"], str(verdict["by"]), str(verdict.get("keys")))
        for stage in stages
        for state in ("kept", "rejected")
        for row in stream_rows(run.files(stage, state), ["id", "verdicts"])
        for verdict in row.get("verdicts") or []
        if verdict and "model" in verdict and verdict.get("grade") is not None
    )
    different = Scattered(run.kept_by_leaf(stages).total())
    for some in hashes(grades):
        different.add(some)
    return sum(len(np.unique(part)) for part in different.parts(1))
