"""YAML becomes strict objects, and what is wrong is named with its file, line and nearest name."""

from pathlib import Path

import pytest
from pydantic import Field, field_validator
from tutelage.core.config import Strict, load_yaml, parse, parse_yaml
from tutelage.core.errors import InputError, RecipeError
from tutelage.core.nearest import nearest


class Inner(Strict):
    epochs: int = Field(1, gt=0)
    rate: float = 0.1

    @field_validator("rate")
    @classmethod
    def _small(cls, value: float) -> float:
        if value > 1:
            raise ValueError("a rate is at most 1")
        return value


class Outer(Strict):
    training: Inner = Inner()
    several: list[Inner] = []
    seed: int


def _wrong(text: str, folder: Path) -> str:
    file = folder / "x.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        parse(Outer, load_yaml(file), file)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder}/")


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    text = "seed: 1\ntraining:\n  rate: 0.1\n  epoch: 2\n"
    wanted = "x.yaml:4: training.epoch: unknown key 'epoch'; did you mean 'epochs'?"
    assert _wrong(text, tmp_path) == wanted


def test_an_unknown_key_in_a_list_is_found_there(tmp_path: Path) -> None:
    text = "seed: 1\nseveral:\n  - {epochs: 1}\n  - {eposchs: 1}\n"
    assert _wrong(text, tmp_path).startswith("x.yaml:4: several.1.eposchs: unknown key")


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert _wrong("training: {}\n", tmp_path) == "x.yaml:1: seed: required, but not given"


def test_no_type_is_converted_silently(tmp_path: Path) -> None:
    message = _wrong("seed: '1'\n", tmp_path)
    assert message.startswith("x.yaml:1: seed: Input should be a valid integer")
    assert message.endswith("(given: '1')")


def test_our_own_rules_speak_in_their_own_words(tmp_path: Path) -> None:
    message = _wrong("seed: 1\ntraining: {rate: 2.0}\n", tmp_path)
    assert message == "x.yaml:2: training.rate: a rate is at most 1 (given: 2.0)"


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    message = _wrong("seed: 1\ntraining: {}\nseed: 2\n", tmp_path)
    assert message == "x.yaml:3: not valid YAML: key 'seed' stands twice"


@pytest.mark.parametrize("text", ["a: [1, 2", "? [1, 2]\n: 3", "a: b: c"])
def test_broken_yaml_is_an_error_with_a_line(text: str) -> None:
    with pytest.raises(RecipeError, match=r"here:\d: not valid YAML: ."):
        parse_yaml(text, "here", RecipeError)


@pytest.mark.parametrize("text", ["!!python/object/apply:os.getcwd []", "!!python/name:os.sep"])
def test_yaml_makes_no_python_objects(text: str) -> None:
    with pytest.raises(InputError, match="not valid YAML"):
        parse_yaml(text, "here")


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-4", 1e-4), ("5E3", 5e3), ("-2e-05", -2e-5), ("1.5e+2", 150.0), ("1e", "1e")],
)
def test_numbers_may_have_an_exponent_without_a_point(text: str, value: object) -> None:
    assert parse_yaml(text, "here") == value


def test_a_file_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        load_yaml(tmp_path / "none.yaml")
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"odd\.yaml: cannot be read"):
        load_yaml(tmp_path / "odd.yaml")


def test_a_hint_is_the_nearest_name_or_all_names() -> None:
    assert nearest("epoch", ["epochs", "rate"]) == "; did you mean 'epochs'?"
    assert nearest("zzz", ["b", "a"]) == "; known names: a, b"
    assert nearest("zzz", []) == ""
