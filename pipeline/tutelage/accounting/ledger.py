"""What was used and what it cost: usage that adds with `+`, and a stage's entries of it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tutelage.core.disk_errors import writing

_HELD = 10_000
"""Answers that are held in memory at most."""
CALLS = "calls.jsonl"
"""Where a stage's folder holds each answer that its ledger counts."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Use of a model or a machine; `usd` is what the provider charges, None where unknown."""

    requests: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    """Input tokens the server took from its prefix cache; part of `input_tokens`."""
    output_tokens: int = 0
    seconds: float = 0.0
    """Seconds of the user's own machine."""
    usd: Decimal | None = Decimal(0)
    estimated: bool = False
    """True when some token count is our estimate because the server sent none."""
    written_tokens: int = 0
    """Input tokens the server wrote to its cache, at a rate of their own; part of them too."""

    def __add__(self, other: "Usage") -> "Usage":
        unknown = self.usd is None or other.usd is None
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.seconds + other.seconds,
            None if unknown else (self.usd or Decimal(0)) + (other.usd or Decimal(0)),
            self.estimated or other.estimated,
            self.written_tokens + other.written_tokens,
        )

    def to_json(self) -> dict[str, Any]:
        """A plain mapping; USD as text, so that no cent is lost to binary fractions."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"usd": None if self.usd is None else str(self.usd)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Usage":
        """The inverse of `to_json`."""
        usd = data.get("usd")
        return cls(**(data | {"usd": None if usd is None else Decimal(usd)}))


@dataclass(frozen=True, slots=True)
class Entry:
    """Use of one model (or of the machine alone) by one stage for one leaf."""

    stage: str
    leaf: str
    """`*` when the work was for no leaf in particular, as in training."""
    model: str
    """The model's name in the recipe; empty for work without a model."""
    usage: Usage
    """What the results cost to make, whenever that was: the attributed cost."""
    spent: Usage
    """The part of it paid by this very invocation; answers from the journal cost nothing now."""
    judging: bool = False
    """True where the model was asked for verdicts on what others wrote."""

    def to_json(self) -> dict[str, Any]:
        """A plain mapping."""
        return asdict(self) | {
            "usage": self.usage.to_json(),
            "spent": self.spent.to_json(),
        }


Payment = tuple[str, int, int]
"""An answer's key in the journal, its input tokens and its output tokens."""


def payment(key: str, usage: Usage) -> Payment:
    """What was paid once, whoever uses the answer.

    A few keys have two: an answer that was cut, and the whole one of a later request.
    """
    return key, usage.input_tokens, usage.output_tokens


@dataclass(frozen=True, slots=True)
class Call:
    """One answer of a model that an entry counts."""

    leaf: str
    model: str
    judging: bool
    key: str
    """Where the journal keeps it; empty for a failure, which it does not keep."""
    usage: Usage
    lost: str = ""
    """Of an answer that was lost: where the journal keeps what it came to at most."""

    @property
    def payment(self) -> Payment:
        """What tells it from other payments."""
        return payment(self.key, self.usage)

    def to_json(self) -> dict[str, Any]:
        """A plain mapping."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"usage": self.usage.to_json()}


class Ledger:
    """Gathers entries in memory, one per stage, leaf, model and role; `save` appends them."""

    def __init__(self, failures: Path | None = None, calls: Path | None = None) -> None:
        """`failures` takes what failed answers used, at once: no journal keeps them.

        `calls` takes the answers until they are saved, where there are too many to be held.
        """
        self._failures = failures
        self._written = calls
        if calls is not None:
            calls.unlink(missing_ok=True)  # of a build that was interrupted
        self._sums: dict[tuple[str, str, str, bool], tuple[Usage, Usage]] = {}
        """By stage, leaf, model and role: all that was used, and what of it was paid now."""
        self._calls: list[Call] = []
        self._paid: set[int] = set()
        """Hashes of payments, which take a fifth of the room."""

    def add(
        self,
        stage: str,
        leaf: str,
        model: str,
        usage: Usage,
        *,
        now: bool = True,
        judging: bool = False,
    ) -> None:
        """Record use; `now=False` for an answer that an earlier run already paid for."""
        key = (stage, leaf, model, judging)
        used, spent = self._sums.get(key, (Usage(), Usage()))
        self._sums[key] = used + usage, spent + usage if now else spent

    def call(self, stage: str, call: Call, *, now: bool = True) -> None:
        """Record an answer; one that the stage has used already is not charged again."""
        usage = call.usage
        if hash(call.payment) in self._paid:
            usage = Usage()
        else:
            self._calls.append(call)
            if self._written and len(self._calls) == _HELD:
                _append(self._written, self._calls)
                self._calls.clear()
            if call.key:
                self._paid.add(hash(call.payment))
            elif self._failures and now and usage != Usage():
                _append(self._failures, [call])
        self.add(stage, call.leaf, call.model, usage, now=now, judging=call.judging)

    def entries(self) -> list[Entry]:
        """All entries, ordered by stage, leaf, model and role."""
        return [
            Entry(stage, leaf, model, *self._sums[stage, leaf, model, judging], judging)
            for stage, leaf, model, judging in sorted(self._sums)
        ]

    def total(self) -> Usage:
        """All attributed use."""
        return total(used for used, _ in self._sums.values())

    def spent(self) -> Usage:
        """All use paid by this invocation."""
        return total(spent for _, spent in self._sums.values())

    def save(self, file: Path) -> None:
        """Append one JSON line per entry."""
        with writing(file), file.open("a", encoding="utf-8") as lines:
            for entry in self.entries():
                lines.write(json.dumps(entry.to_json(), sort_keys=True) + "\n")

    def save_calls(self, file: Path) -> None:
        """Write one JSON line per answer that was charged; no file where there is none."""
        file.unlink(missing_ok=True)
        if self._written and self._written.exists():
            self._written.replace(file)
        if self._calls:
            _append(file, self._calls)


def _append(file: Path, calls: Iterable[Call]) -> None:
    with writing(file), file.open("a", encoding="utf-8") as lines:
        lines.writelines(json.dumps(call.to_json(), sort_keys=True) + "\n" for call in calls)


def load_calls(file: Path) -> list[Call]:
    """The answers in a file that `save_calls` wrote; none if there is no file."""
    if not file.exists():
        return []
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [Call(**(line | {"usage": Usage.from_json(line["usage"])})) for line in lines]


def load(file: Path) -> list[Entry]:
    """The entries of a ledger file; none if there is no file."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [_entry(json.loads(line)) for line in lines]


def total(uses: Iterable[Usage]) -> Usage:
    """The sum of uses."""
    return sum(uses, Usage())


def _entry(data: dict[str, Any]) -> Entry:
    parts = {name: Usage.from_json(data[name]) for name in ("usage", "spent")}
    return Entry(**(data | parts))
