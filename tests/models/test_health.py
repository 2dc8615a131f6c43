"""Endpoints are asked for their models with the key, which is never shown."""

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from tutelage.models.health import Reached, reach
from tutelage.models.model import Model, ModelConfig
from tutelage.models.reference import parse_reference

from tests.planning.plan_server import KEY, listing


def model(url: str, **settings: Any) -> Model:
    reference = parse_reference(f"{url}#tiny", Path())
    config = ModelConfig.model_validate({"ref": reference.text} | settings)
    return Model("teacher", reference, config, "")


def reached(monkeypatch: pytest.MonkeyPatch, key: str, name: str = "tiny") -> Reached:
    monkeypatch.setenv("LAB_KEY", key)
    with listing() as url:
        reference = parse_reference(f"{url}#{name}", Path())
        config = ModelConfig(ref=reference.text, key_env="LAB_KEY")
        return reach(Model("teacher", reference, config, ""))


def test_a_server_that_has_the_model_is_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    said = reached(monkeypatch, KEY)
    assert said == Reached("reachable, has the model; key …ab from LAB_KEY")
    assert KEY not in said.words


def test_a_wrong_key_and_an_unknown_model_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = reached(monkeypatch, "sk-other-other-cd")
    assert refused.problem
    assert "refuses the key (HTTP 401)" in refused.words
    unknown = reached(monkeypatch, KEY, name="huge")
    assert unknown.problem
    assert "no model 'huge'; it has tiny, large" in unknown.words


def test_a_dummy_key_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", "e")
    with listing(says(b'HTTP/1.0 200 OK\r\n\r\n{"data": [{"id": "large"}]}')) as url:
        assert "it has large; key … from" in reach(model(url, key_env="LAB_KEY")).words


@pytest.mark.parametrize("name", ["max_model_len", "context_length", "max_context_length"])
def test_a_server_may_say_how_long_a_request_may_be(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("LAB_KEY", KEY)
    body = b'HTTP/1.0 200 OK\r\n\r\n{"data": [{"id": "tiny", "NAME": 4096}, {"id": "b"}]}'
    with listing(says(body.replace(b"NAME", name.encode()))) as url:
        assert reach(model(url, key_env="LAB_KEY")).window == 4096


def test_a_key_that_is_not_set_and_a_server_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LAB_KEY", raising=False)
    assert reach(model("http://127.0.0.1:9/v1", key_env="LAB_KEY")).problem
    assert "cannot be reached" in reach(model("http://127.0.0.1:9/v1")).words


def says(sent: bytes) -> type[BaseHTTPRequestHandler]:
    """A handler that answers with these bytes, `KEY` replaced by the Authorization it was sent."""

    class Says(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(sent.replace(b"KEY", self.headers["Authorization"].encode()))

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    return Says


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b'{"data": [{"id": "other for KEY"}]}', "it has other for Bearer ***"),
        (b'{"data": [{"id": "\\u001b[31mred\\u0007"}]}', "it has [31mred;"),
        (b"[" * 100_000, "reachable;"),
        (b"HELLO THERE\r\n\r\n", "not HTTP (BadStatusLine)"),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}", "not HTTP (Incomplete"),
        (b"HTTP/1.0 403 No\r\n\r\n", "reachable, but it lists no models (HTTP 403)"),
    ],
)
def test_a_strange_list_is_told_in_one_line_without_the_key(
    monkeypatch: pytest.MonkeyPatch, sent: bytes, words: str
) -> None:
    monkeypatch.setenv("LAB_KEY", KEY)
    if sent[:1] in b"[{":
        sent = b"HTTP/1.0 200 OK\r\n\r\n" + sent
    with listing(says(sent)) as url:
        said = reach(model(url, key_env="LAB_KEY"))
    assert words in said.words and KEY not in said.words
    assert said.words.isprintable()
