"""Whether endpoints answer: their list of models is asked for, with the key, never shown."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tutelage.core.errors import ModelReferenceError
from tutelage.models.api_key import auth_headers, read_key, secret_of
from tutelage.models.engines.wire import squeeze
from tutelage.models.model import Model
from tutelage.models.reference import url_under

_PATIENCE_SECONDS = 5.0
_LARGEST_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Reached:
    """What an endpoint said; `problem` where a run would fail."""

    words: str
    problem: bool = False
    window: int | None = None
    """Tokens of a request with its answer, at most, where the server says so."""


def reach(model: Model) -> Reached:
    """Ask a server, and each of `more_urls`, for its models; no answer is generated.

    A server without such a list is let through: not every one has it.
    """
    try:
        key = read_key(model)
    except ModelReferenceError as exc:
        return Reached(str(exc), problem=True)
    said = [_ask(model, url, key) for url in (model.reference.url, *model.config.more_urls)]
    wrong = next((one for one in said if one.problem), said[0])
    words = f"{wrong.words}{_key_in_words(model.config.key_env, key)}"
    windows = [one.window for one in said if one.window]
    return Reached(words, wrong.problem, min(windows, default=None))


def _ask(model: Model, url: str, key: str) -> Reached:
    asked = url_under(url, "models")
    request = urllib.request.Request(asked, headers={"Accept": "application/json"})
    for name, value in auth_headers(model, key).items():
        request.add_unredirected_header(name, value)
    try:
        with _opener().open(request, timeout=_PATIENCE_SECONDS) as response:
            names = _listed(response.read(_LARGEST_BYTES))
    except urllib.error.HTTPError as exc:
        if exc.code == 401:  # a 403 may only mean that this key may not list models
            return Reached(f"{url} refuses the key (HTTP {exc.code})", problem=True)
        return Reached(f"reachable, but it lists no models (HTTP {exc.code})")
    except http.client.HTTPException as exc:
        kind = type(exc).__name__
        return Reached(f"{url} cannot be asked: its answer is not HTTP ({kind})", problem=True)
    except (OSError, ValueError) as exc:
        why = getattr(exc, "reason", None) or exc
        return Reached(f"{url} cannot be reached: {why}", problem=True)
    if names and model.reference.name not in names:
        known = ", ".join(list(names)[:5]) + (", ..." if len(names) > 5 else "")
        if secret := secret_of(key):  # the names may hold anything
            known = known.replace(secret, "***")
        known = squeeze(known)
        return Reached(f"{url} has no model '{model.reference.name}'; it has {known}", problem=True)
    words = "reachable, has the model" if names else "reachable"
    return Reached(words, window=names.get(model.reference.name))


def _opener() -> urllib.request.OpenerDirector:
    """One that follows no redirect: it might carry the key elsewhere."""
    return urllib.request.build_opener(_NoRedirect)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _listed(body: bytes) -> dict[str, int | None]:
    """Models of an OpenAI-compatible list and their windows; none where it is something else."""
    try:
        listed = json.loads(body)["data"]
        return {str(one["id"]): _window(one) for one in listed}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


def _window(entry: Mapping[str, Any]) -> int | None:
    """What servers add to a model of the list: vLLM and SGLang, OpenRouter, LM Studio, Groq."""
    names = ("max_model_len", "context_length", "max_context_length", "context_window")
    return next((size for name in names if type(size := entry.get(name)) is int and size > 0), None)


def _key_in_words(variable: str | None, key: str) -> str:
    """`; key sk-…f3 from LAB_KEY`: as much of a key as tells two keys apart."""
    if variable is None:
        return ""
    shown = f"…{key[-2:]}" if secret_of(key) else "…"
    return f"; key {shown} from {variable}"
