"""What looks like a secret, and what does not."""

import pytest
from tutelage.sharing.secret_scan import find_secret, secrets_in


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("use hf_" + "a1B2" * 9, "Hugging Face token (hf_a…)"),
        ('{"key": "sk-' + "proj_" * 5 + '"}', "API key (sk-p…)"),
        ("ghp_" + "x" * 36, "GitHub token"),
        ("AKIA" + "A1" * 8, "AWS key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "private key"),
        ("Bearer eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + "." + "c" * 12, "signed token"),
    ],
)
def test_known_shapes_are_named_and_not_repeated(text: str, said: str) -> None:
    found = find_secret(text, {})
    assert found is not None
    assert said in found
    assert text[-12:] not in found


def test_values_of_secret_variables_are_found_whatever_their_shape() -> None:
    environment = {"TEACHER_KEY": "correct horse", "HOME": "/home/someone", "SHORT_KEY": "abc"}
    secrets = secrets_in(environment)
    assert find_secret("the correct horse", secrets) == "the value of $TEACHER_KEY"
    assert find_secret("abc in /home/someone", secrets) is None


@pytest.mark.parametrize("text", ["task-oriented-dialogue-systems-here", "a risk-free hf_ word"])
def test_ordinary_text_is_no_secret(text: str) -> None:
    assert find_secret(text, {}) is None
