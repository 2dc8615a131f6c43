"""Every error that Tutelage raises on purpose, in one tree.

TutelageError
├── InputError              what the user gave is wrong; nothing was loaded or spent (exit 2)
│   ├── RecipeError         a recipe file or a --set override
│   ├── TaxonomyError       a taxonomy folder
│   ├── RowsError           a file of rows
│   └── ModelReferenceError a model reference that names nothing usable
├── DiskError               a file cannot be written: a full disk say; what is there stays (exit 1)
├── StageError              a stage failed; what was finished is on disk (exit 1)
└── ModelError              an engine could not answer
    ├── RetryableError      worth another try: rate limit, server error, server restart
    │   ├── LostError       the answer was lost on the way and may have been charged
    │   └── UnreachableError  no server took the request; no row is to blame
    ├── RejectedError       the server will not answer this one request; others may succeed
    │   └── FieldRefused    for a field that is left out from now on: it may be sent again
    ├── TerminalError       no try will help: bad key, unknown model, out of credit
    ├── TooManyFailed       more of a stage's requests failed for good than it allows
    ├── NothingUsable       a model's first answers were all cut or empty
    └── BudgetReached       the ceiling would be crossed by the next request
"""

from collections.abc import Sequence


class TutelageError(Exception):
    """The root of all errors raised on purpose; its text is meant for the user."""

    exit_code = 1


class InputError(TutelageError):
    """What the user gave is wrong; raised before any model loads."""

    exit_code = 2


class RecipeError(InputError):
    """A recipe file, or an override of one, is wrong."""


class TaxonomyError(InputError):
    """A taxonomy folder is wrong."""


class RowsError(InputError):
    """A file of rows cannot be read or lacks what the stage needs."""


class ModelReferenceError(InputError):
    """A model reference names nothing that can be used."""


class DiskError(TutelageError, OSError):
    """A file cannot be written; says which, why and how to go on. What is finished stays."""


class StageError(TutelageError):
    """A stage failed; says which, what is safe on disk and how to go on."""


class ModelError(TutelageError):
    """A model could not answer."""


class RetryableError(ModelError):
    """Another try may succeed; `retry_after_seconds` is the server's wish, if it had one."""

    def __init__(
        self,
        message: str,
        retry_after_seconds: float | None = None,
        *,
        overloaded: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        self.overloaded = overloaded


class LostError(RetryableError):
    """No whole answer arrived, but the server may have made one: asking again may cost again."""


class UnreachableError(RetryableError):
    """No server took the request; no row is to blame, so no row fails for it.

    `awaited` where one has answered lately, or another one does: then it is tried on.
    """

    def __init__(self, message: str, *, awaited: bool = False) -> None:
        super().__init__(message)
        self.awaited = awaited


class RejectedError(ModelError):
    """The server will not answer this request; `too_long`: for its length, which is its own."""

    def __init__(self, message: str, *, too_long: bool = False) -> None:
        super().__init__(message)
        self.too_long = too_long


class FieldRefused(RejectedError):
    """The server refuses a field of the request, which can be done without."""


class TerminalError(ModelError):
    """No try will succeed: a bad key, an unknown model, no credit."""


class TooManyFailed(ModelError):
    """More of a stage's requests failed for good than its `max_failed` allows."""


class NothingUsable(ModelError):
    """None of a model's first answers can be used: they were cut, empty or withheld."""


class BudgetReached(ModelError):
    """The next request could cross the budget; nothing was sent.

    `settings` are the limits that would let the stage finish, each as `--set` takes it.
    """

    def __init__(self, message: str, settings: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.settings = tuple(settings)
