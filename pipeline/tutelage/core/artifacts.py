"""What stages return: rows, a checkpoint, scores; on disk, folders that others open without us."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self, TypedDict

from tutelage.core.cards.dataset_card import DatasetFacts, dataset_card
from tutelage.core.digests import digest, digest_files
from tutelage.core.disk_errors import writing
from tutelage.core.errors import RowsError
from tutelage.core.json_files import write_json
from tutelage.core.parquet_rows import CONVERSATIONS, write_parquet
from tutelage.core.row_files import read_records
from tutelage.core.row_shards import clear_shards, content_of_shards, shard_files, write_shards

Row = dict[str, Any]
"""One row: `id`, `leaf`, `parents`, then TRL's columns and whatever the stage adds (see
`row_columns`)."""

ANSWERED = ("completion", "messages", "chosen", "text")
"""Columns that hold an answer: a conversation's, or a plain text, which answers nobody."""
SAID = (*CONVERSATIONS, "text")
"""Columns that hold what a row says: its conversations, or its plain text."""
STATS = "stats.json"
"""Where an artifact's folder holds its `stats`."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows kept, and rows rejected: the latter carry `reason`.

    Columns of every row: `id` (str), `leaf` (str), `parents` (list of ids). Conversational columns
    in TRL's names: `prompt`, `completion`, `chosen`, `rejected`, `messages`: lists of
    {role, content}.
    """

    kind: ClassVar[str] = "rows"
    kept: list[Row]
    rejected: list[Row] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)
    """Figures about the rows, by topic (`judge`, `rounds`, ...): for reports; no part of the
    content that keys depend on."""

    def funnel(self) -> dict[str, dict[str, Any]]:
        """By leaf: {"kept": n, "rejected": {reason: n}}."""
        table: dict[str, dict[str, Any]] = {}
        for row in self.kept:
            table.setdefault(row["leaf"], {"kept": 0, "rejected": Counter()})["kept"] += 1
        for row in self.rejected:
            entry = table.setdefault(row["leaf"], {"kept": 0, "rejected": Counter()})
            entry["rejected"][reason_of(row)] += 1
        return {leaf: table[leaf] for leaf in sorted(table)}

    def save(self, folder: Path) -> str:
        """Write shards of Parquet and a dataset card; returns the content digest."""
        files = write_shards(self.kept, folder, "kept")
        if self.rejected:
            files += write_shards(self.rejected, folder, "rejected")
        else:
            clear_shards(folder, "rejected")  # what was made here before may have left some
        save_card(self.funnel(), folder)
        save_stats(self.stats, folder)
        return content_of_shards(files, folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of `save`."""
        kept = read_rows(folder)
        rejected = [row for file in shard_files(folder, "rejected") for row in read_rows(file)]
        return cls(kept, rejected, _load_stats(folder))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A Hugging Face model folder, or an adapter folder whose config names its base."""

    kind: ClassVar[str] = "checkpoint"
    folder: Path

    def save(self, folder: Path) -> str:
        """The trainer has already written into `folder`; returns the content digest."""
        files = [file for file in folder.iterdir() if file.suffix in (".safetensors", ".json")]
        return digest_files([file for file in files if not file.name.startswith("log")], folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The checkpoint in a folder."""
        return cls(folder)


class ScoreLine(TypedDict):
    """How a model did on a leaf, or on all held-out examples (leaf `*`)."""

    model: str
    leaf: str
    kind: str
    """`knowledge`, a kind of skill, `benchmark`; `*` over several."""
    metric: str
    n: int
    """Questions asked."""
    score: float
    """The mean over the questions."""
    low: float
    high: float
    """Of the 95% interval."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Outcome of an evaluation.

    `answers`: one mapping per model and example: model, leaf, example, question, answer, score,
    why. `stats`: what fits neither, by name (`perplexity`, `win_rates`, `sampled`, `scaling`).
    """

    kind: ClassVar[str] = "scores"
    table: list[ScoreLine]
    answers: list[dict[str, Any]] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)

    def save(self, folder: Path) -> str:
        """Write scores.json, answers.parquet and stats.json; returns the content digest."""
        write_json(folder / "scores.json", self.table)
        write_json(folder / STATS, self.stats)
        write_parquet(self.answers, folder / "answers.parquet")
        names = (STATS, "scores.json", "answers.parquet")
        return digest_files([folder / name for name in names], folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The inverse of `save`."""
        table = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        return cls(table, read_rows(folder / "answers.parquet"), _load_stats(folder))


def request_of(row: Mapping[str, Any]) -> str:
    """The last user turn of a row's `prompt` (or of its `messages`); empty where there is none."""
    turns = row.get("prompt") or row.get("messages") or []
    if isinstance(turns, str):
        return turns
    return next((str(t["content"]) for t in reversed(turns) if t["role"] == "user"), "")


def question_of(row: Mapping[str, Any]) -> str:
    """The last user turn, without the row's `context` where it begins with that."""
    text = request_of(row)
    return text.removeprefix(f"{row['context']}\n\n") if row.get("context") else text


def exchanges(row: Row) -> list[Row]:
    """Each answer of a conversation as a row of its own, with the turns before it as its prompt; a
    row of one answer as it is."""
    turns = row.get("messages") or []
    answers = [
        n for n, one in enumerate(turns) if one["role"] == "assistant" and one.get("content")
    ]
    if row.get("completion") or len(answers) < 2:
        return [row]
    rest = {name: value for name, value in row.items() if name != "messages"}
    return [rest | {"prompt": turns[:n], "completion": [turns[n]]} for n in answers]


def prompt_of(row: Mapping[str, Any]) -> list[Any]:
    """The turns that a model is to answer: `prompt`, else `messages` up to the last user turn.

    Raises RowsError where neither asks anything.
    """
    turns = row.get("prompt") or row.get("messages") or []
    if isinstance(turns, str):
        return [{"role": "user", "content": turns}]
    last = max((n for n, turn in enumerate(turns) if turn["role"] == "user"), default=None)
    if last is None:
        raise RowsError(
            f"row {row.get('id')}: neither `prompt` nor `messages` has a user turn, so there is "
            f"nothing to answer; it has {', '.join(sorted(map(str, row)))}"
        )
    return list(turns) if row.get("prompt") else list(turns[: last + 1])


def answer_of(row: Mapping[str, Any]) -> str:
    """The last assistant turn of `completion`, else of `messages`, else of `chosen`; of a plain
    text (`text`) all of it; or empty."""
    turns = row.get("completion") or row.get("messages") or row.get("chosen") or row.get("text")
    turns = turns or []
    if isinstance(turns, str):
        return turns
    return next((str(t["content"]) for t in reversed(turns) if t["role"] == "assistant"), "")


def thoughts_of(row: Mapping[str, Any]) -> str:
    """What was thought before the answer, where it stands apart from it."""
    return str(row.get("reasoning") or "")


def tools_of(row: Mapping[str, Any]) -> list[Any]:
    """The schemas in a row's `tools`, which may be JSON text; none where it has none."""
    tools = row.get("tools")
    tools = json.loads(tools) if isinstance(tools, str) and tools.strip() else tools
    return list(tools or [])


def learnt_of(row: Mapping[str, Any]) -> str:
    """The answer, or its beginning where `opening` says that no more of it is trained on."""
    return str(row.get("opening") or answer_of(row))


def is_answered(row: Mapping[str, Any]) -> bool:
    """Whether a row has an answer, an empty one perhaps; an instruction has none yet."""
    return any(row.get(name) is not None for name in ANSWERED)


def is_plain_text(row: Mapping[str, Any]) -> bool:
    """Whether a row is a text that answers nobody, no conversation."""
    return bool(row.get("text")) and not any(row.get(name) for name in CONVERSATIONS)


def reason_of(row: Mapping[str, Any]) -> str:
    """Why a row was rejected, in short: the name before the colon."""
    return str(row["reason"]).partition(":")[0]


def said(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says: its conversations or its plain text, whatever else is known of it."""
    return {name: row[name] for name in SAID if row.get(name)}


def id_of(row: Mapping[str, Any], *said: Any) -> str:
    """The `id` that a file gives a row, as text; else one made of what the row says."""
    named = row.get("id") not in (None, "")
    return str(row["id"]) if named else f"row:{digest(*said)[:12]}"


class Ids:
    """Gives each row an `id` of its own: one that an earlier row bears gets a number (`7#2`)."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()

    def own(self, row: Row) -> Row:
        """The row under an `id` that no row before it bears."""
        given = name = row["id"]
        while name in self._times:
            self._times[given] += 1
            name = f"{given}#{self._times[given]}"
        self._times[name] = 1
        return row if name == given else row | {"id": name}


def joined(parts: Iterable[Rows]) -> list[Row]:
    """All rows kept of several parts, each under an `id` of its own."""
    ids = Ids()
    return [ids.own(row) for part in parts for row in part.kept]


Artifact = Rows | Checkpoint | Scores
ARTIFACTS: dict[str, type[Rows] | type[Checkpoint] | type[Scores]] = {
    "rows": Rows,
    "checkpoint": Checkpoint,
    "scores": Scores,
}


def read_rows(path: Path) -> list[Row]:
    """Rows of a `.parquet`, `.jsonl` or `.json` file or a Rows folder; raises RowsError with line.

    A `.json` file is an array of rows, or a row per line like `.jsonl`.
    """
    files = rows_files(path)
    return [check_row(row, where) for file in files for where, row in read_records(file)]


def rows_files(path: Path) -> list[Path]:
    """The files that `read_rows` reads, in order; raises RowsError where there is none."""
    if path.is_dir():
        if not (files := shard_files(path, "kept") or sorted(path.glob("[0-9]*.parquet"))):
            raise RowsError(f"{path}: holds no rows: there is no kept/00000.parquet")
        return files
    if not path.exists():
        beside = (
            f"; its rows are in {path.with_suffix('')}" if path.with_suffix("").is_dir() else ""
        )
        raise RowsError(f"{path}: no such file{beside}")
    return [path]


def save_card(counts: Mapping[str, Mapping[str, Any]], folder: Path) -> None:
    """Write the dataset card of a folder of rows; `counts` is its funnel."""
    facts = DatasetFacts(name="Rows made by Tutelage", files=data_files(folder), counts=counts)
    with writing(folder / "README.md"):
        (folder / "README.md").write_text(dataset_card(facts), encoding="utf-8")


def data_files(folder: Path) -> dict[str, str]:
    """The files of a stage's rows by the name of the card's configuration: `kept`, `rejected`."""
    return {
        name: f"{name}/*.parquet" if (folder / name).is_dir() else f"{name}.parquet"
        for name in ("kept", "rejected")
        if shard_files(folder, name)
    }


def save_stats(stats: dict[str, Any], folder: Path) -> None:
    """Write an artifact's figures beside it, or remove those of an interrupted build."""
    (folder / STATS).unlink(missing_ok=True)
    if stats:
        write_json(folder / STATS, stats)


def _load_stats(folder: Path) -> dict[str, Any]:
    file = folder / STATS
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def check_row(row: Any, where: str) -> Row:
    """A row as a dict; raises RowsError where it is none, or a turn lacks its role or text."""
    if not isinstance(row, Mapping):
        raise RowsError(f"{where}: a row must be a JSON object")
    checked: Row = dict(row)
    _check_turns(checked, where)
    return checked


def _check_turns(row: Row, where: str) -> None:
    """Raise RowsError where a conversation has a turn without its role or its text."""
    for column in CONVERSATIONS:
        for number, turn in enumerate(turns if isinstance(turns := row.get(column), list) else ()):
            for name in ("role", "content"):
                if not isinstance(turn, dict) or not isinstance(turn.get(name), str):
                    raise RowsError(f"{where}: {column}.{number}: a turn needs `{name}` as text")
