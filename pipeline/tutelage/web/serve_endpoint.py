"""Serving a trained model to other tools: the fastest local engine behind OpenAI's API."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from tutelage.contract.plain_inputs import make_model
from tutelage.core.errors import InputError
from tutelage.models.engine_pool import choose_engine, open_engine
from tutelage.models.model_shape import read_shape
from tutelage.web.model_worker import ModelWorker
from tutelage.web.openai_api import Access, OpenAiApi

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST_WAITING = 256


def serve_endpoint(
    model: Path,
    name: str,
    host: str,
    port: int,
    token_env: str | None,
    most_tokens: int,
    say: Callable[[str], None],
) -> None:
    """Serve a checkpoint folder or a GGUF file until interrupted.

    Raises InputError for a token that is not set, an address that is taken, or another host than
    this machine without a token.
    """
    access = Access(_token(token_env, host), host in _LOOPBACK)
    listening = _listen(host, port)
    made = make_model({"ref": str(model.resolve())}, name)
    window = None
    with suppress(InputError):  # a shape that cannot be read
        window = read_shape(model.resolve()).window
    worker = ModelWorker(open_engine(made), _MOST_WAITING)
    api = OpenAiApi(worker, name, access, most_tokens, window)
    shown = f"[{host}]" if ":" in host else host
    say(
        f"http://{shown}:{listening.getsockname()[1]}/v1 serves '{name}' by {choose_engine(made)}; "
        "Ctrl-C ends it"
    )
    try:
        web.run_app(
            api.app(), sock=listening, print=None, access_log=None, handler_cancellation=True
        )
    finally:
        worker.close()


def _token(variable: str | None, host: str) -> str:
    if variable is None:
        if host not in _LOOPBACK:
            raise InputError(
                f"--host {host}: others can reach it, so it needs a token; name the environment "
                "variable that holds one with --token-env"
            )
        return ""
    token = os.environ.get(variable, "").strip()
    if not token:
        raise InputError(f"--token-env {variable}: this environment variable is not set")
    return token


def _listen(host: str, port: int) -> socket.socket:
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(kind)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as exc:
        listening.close()
        raise InputError(f"--host {host} --port {port}: {exc.strerror or exc}") from exc
    return listening
