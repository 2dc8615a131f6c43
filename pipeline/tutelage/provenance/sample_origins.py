"""Where samples come from: models of this run, files, earlier phases; and a judge's labels."""

from collections.abc import Iterable
from dataclasses import dataclass

from tutelage.core.artifacts import Row, said
from tutelage.core.digests import digest
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


def samples_of(run: RunFolder, stages: Iterable[str]) -> Samples:
    """The different rows of some stages by where they come from; one of two origins is made."""
    ids: set[str] = set()
    origins: dict[str, set[str]] = {"made": set(), "given": set(), "replayed": set()}
    for stage in stages:
        new = {stage, *run.ancestors(stage, but=_EARLIER)}
        upstream = [name for name in run.manifests if name in {stage, *run.ancestors(stage)}]
        kinds = {
            name: "given" if not _asked(run, name) else "made" if name in new else "replayed"
            for name in upstream
        }
        known, first = {}, {}
        for name in reversed(upstream):
            for row in run.rows(name):
                known[row["id"]] = row
                first[_text(row)] = name
        for row in run.rows(stage):
            kind = kinds[first[_text(row)]]
            origins[kind].add(_original(row, known))
            ids.add(row["id"])
    made, given = origins["made"], origins["given"]
    replayed = origins["replayed"] - made
    repeated = len(ids) - len(made) - len(given) - len(replayed)
    return Samples(len(made), len(given), len(replayed), repeated)


def _text(row: Row) -> str:
    """What a row says: by it a row is found again that got another id among others' rows."""
    return digest(said(row))


def _original(row: Row, known: dict[str, Row]) -> str:
    """The id of the row that this one repeats, or its own."""
    name = str(row["id"])
    while True:
        parent = name.rpartition("~")[0]  # as `mix` names a repeat
        if parent not in known or parent not in (known[name].get("parents") or []):
            return name
        name = parent


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
    named = {
        (row["id"], str(verdict["by"]), str(verdict.get("keys")))
        for name in rows
        for row in (*run.rows(name), *run.rows(name, "rejected"))
        for verdict in row.get("verdicts") or []
        if verdict and "model" in verdict and verdict.get("grade") is not None
    }
    return len(named) + sum(row.get("judged") in ("win", "loss") for row in answers)
