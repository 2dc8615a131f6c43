"""A desk with a journal, a ledger and clients of a server; and requests to put to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tutelage.accounting.ledger import Ledger
from tutelage.models.budget import Budgets
from tutelage.models.chat import Request, Sampling
from tutelage.models.client import Client
from tutelage.models.engines.endpoint import Endpoint
from tutelage.models.journal import Journal
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference


class GenerationSession:
    """A journal, a ledger and clients of one server."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.sqlite")
        self.ledger = Ledger()
        self.engines: list[Endpoint] = []

    def model(self, url: str, **settings: Any) -> Model:
        """A model served at a URL."""
        ref = f"{url}#tiny"
        reference = parse_reference(ref, Path())
        config = ModelConfig.model_validate({"ref": ref} | settings)
        return Model("teacher", reference, config, reference.identity())

    def engine(self, url: str, **settings: Any) -> Endpoint:
        """An engine for it, closed when the test ends."""
        self.engines.append(Endpoint(self.model(url, **settings)))
        return self.engines[-1]

    def client(self, url: str, budgets: Budgets | None = None, **settings: Any) -> Client:
        """A client of it, for a stage named `stage`."""
        model = self.model(url, **settings)
        limits = (budgets or Budgets()).of(model)
        open_engine: Callable[[], Endpoint] = lambda: self.engine(url, **settings)  # noqa: E731
        return Client(model, open_engine, self.journal, self.ledger, "stage", limits)

    def close(self) -> None:
        """Close everything."""
        for engine in self.engines:
            engine.close()
        self.journal.close()


def ask(text: str, name: str | None = None, **sampling: Any) -> Request:
    """A request of one turn."""
    turn = {"role": "user", "content": text}
    return Request(name or text, (turn,), Sampling(**sampling), "leaf")  # type: ignore[arg-type]


def asks(count: int, **sampling: Any) -> Iterator[Request]:
    """`q0`, `q1` and so on, made one by one."""
    return (ask(f"q{number}", **sampling) for number in range(count))
