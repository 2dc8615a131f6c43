"""What is wrong with a request over HTTP, as OpenAI's clients are told it."""


class BadCall(ValueError):
    """A request that cannot be carried out; `param` is the field, `code` OpenAI's word for it."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
