"""A number wanted: what a marked final answer gives, however it is written, and what it does not.

A right answer in any usual form is right, and no form makes a wrong one right.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tutelage.evaluation.cases import Case
from tutelage.evaluation.test_time.extraction import extracted
from tutelage.verifiers.right_answer import RightAnswer

FORMS = [
    "{}",
    "{}.",
    "**{}**",
    "`{}`",
    "*{}*",
    "__{}__",
    "***{}***",
    "<b>{}</b>",
    "<b>{}</b> km",
    "**{}** apples",
    "*{}* apples",
    "x = **{}**",
    "the result is <em>{}</em>.",
    '<p><span style="font-size: 12px">{}</span></p>',
    "<h2>{}</h2>",
    "</b> <i>{}</i>",
    "${}$",
    r"\({}\)",
    r"\boxed{{{}}}",
    "{} km",
    "{}km",
    "{} m^2",
    "{} m²",
    "{} m/s",
    "{} km/h",
    r"{}\text{{ cm}}^2",
    "{} apples",
    "{} apples per day",
    "{} °C",
    r"{}^\circ",
    "{} EUR",
    "EUR {}",
    "{}€",
    "No. {}",
    "about {}",
    "~{}",
    "≈ {}",
    "x = {}",
    r"$x = {}$",
    r"\theta = {}",
    "Total cost = {} dollars",
    "2 + 3 = {}",
    "f(2) = {}",
    "x = 6 * 7 = {}",
    "{} (that many)",
    "{0} ({0} in all)",
    "the result is {}",
]
"""Ways to state one number that is worth what it says."""


def right(text: str, reply: str) -> bool:
    return RightAnswer(text=text).check(reply, {}) is None


def _written(value: int) -> list[str]:
    """A whole number as people write it."""
    thin, latex = f"{value:,}".replace(",", "\u202f"), f"{value:,}".replace(",", "{,}")
    spaced = f"{value:,}".replace(",", " ")
    return [f"{value}", f"{value:,}", f"{value}.00", thin, latex, spaced, f"{2 * value}/2"]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.integers(-9_999_999, 9_999_999), st.sampled_from(FORMS), st.data())
def test_a_number_is_right_in_every_form_and_no_form_makes_a_wrong_one_right(
    value: int, form: str, data: st.DataObject
) -> None:
    written = data.draw(st.sampled_from(_written(value)))
    reply = f"Some steps.\nAnswer: {form.format(written)}"
    assert right(str(value), reply)
    for other in {value + 1, value * 10 + 1, -value - 1, value % 1000 + 10_000_000}:
        assert not right(str(other), reply)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 99), min_size=2, max_size=5, unique=True), st.data())
def test_an_answer_with_several_numbers_is_none_of_them(
    values: list[int], data: st.DataObject
) -> None:
    joint = data.draw(st.sampled_from([", ", " or ", " and ", "; ", " to ", "-"]))
    reply = f"Answer: {joint.join(map(str, values))}"
    assert not any(right(str(value), reply) for value in values)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.integers(2, 99), st.integers(2, 9))
def test_a_formula_is_right_at_what_it_comes_to_and_not_at_its_last_number(a: int, b: int) -> None:
    forms = {
        rf"\frac{{{a}}}{{{b}}}": a / b,
        f"{a}^{b}": a**b,
        rf"\sqrt{{{a * a}}}": a,
        f"sqrt({a * a})": a,
        rf"{a} \times {b}": a * b,
        f"{a} × {b}": a * b,
        f"{a} + {b}": a + b,
    }
    for written, value in forms.items():
        for reply in (f"Answer: {written}", rf"so \boxed{{{written}}}", written):
            assert right(repr(value), reply), reply
            last = a * a if "sqrt" in written else b
            assert value == last or not right(str(last), reply), reply


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("0.5", "Answer: 50%"),
        ("50", r"Answer: $50\%$"),
        ("0.5", "Answer: 50 percent"),
        ("0.5", "Answer: 1/2 (50%)"),
        ("1.5", "Answer: 1 1/2 cups"),
        ("1.5", r"Answer: 1\frac{1}{2}"),
        ("1.5", "Answer: 1½"),
        ("1 1/2", r"Answer: \frac{3}{2}"),
        ("-1.5", "Answer: -1 1/2"),
        ("1200", "Answer: $1,200.00"),
        ("1234567", "Answer: 12,34,567"),
        ("-5", "Answer: -$5"),
        ("-5", "Answer: minus 5"),
        ("-5", "Answer: \u2212 5 °C"),
        ("3", "Answer: 3 pm"),
        ("12", "Answer: B12"),
        ("5", "Answer: 5 kg CO2"),
        ("5", "Answer: a 5% discount"),
        ("8", "<b>Answer: 8</b>"),
        ("8", "<p><strong>Final answer</strong>: 8</p>"),
        ("8", "**Answer: 8** apples"),
        ("8", "**Answer:**\n**8** apples"),
        ("8", "<h2>8</h2>"),
        ("24", "Answer: 2 *3* 4"),
        ("Leiden", "<b>Answer: Leiden</b>"),
        ("Leiden", "Answer: <em>Leiden</em>"),
        ("Leiden", "<em>Leiden</em>"),
        ("1, 2", "Answer: <b>1, 2</b>"),
        ("<b>bold</b>", "Answer: <b>bold</b>"),
        ("5", "Answer: 5 (five)"),
        ("5", "Answer: five (5)"),
        ("5", "Answer: 5!"),
        ("0.333", r"Answer: 1/3 ≈ 0.333"),
        ("1,5,7", "Answer: 1, 5, 7"),
        ("10:30", "Answer: 10:30"),
        ("12.05.2024", "Answer: 12.05.2024"),
        ("8", "Answer: 8<|im_end|>"),
        ("8", "Answer: **8**<|im_end|>\n<|im_start|>user"),
        ("Leiden", "Answer: Leiden<|eot_id|></s>"),
        ("20", "Answer: 20 -> done"),
        ("7", "Answer: x = 7 => done"),
        ("15", "Answer: 15 (5 * 3)"),
        ("15", "Answer: x = 15 apples (5 × 3 = 15)."),
        ("15", "it comes to 15 (5 * 3)"),
        ("5", "Answer: 5 = five"),
        ("5", "Answer: 2 + 3 = 5 = five"),
        ("3", "Answer: Option b 3"),
        ("-3", "Answer: option (b): -3"),
        ("3", r"Answer: it is $\sqrt{9}$"),
        ("1/2", r"so it is $\frac{1}{2}$"),
    ],
)
def test_a_plain_right_answer_is_right(text: str, reply: str) -> None:
    assert right(text, reply)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("0.5", "Answer: 1 1/2"),
        ("200", "Answer: 1 200"),
        ("567", "Answer: 12,34,567"),
        ("5", "Answer: minus 5"),
        ("2024", "Answer: 5/3/2024"),
        ("12.05.2024", "Answer: 2024"),
        ("30", "Answer: 10:30"),
        ("7", "Answer: 1,5,7"),
        ("1,5,7", "Answer: 7"),
        ("2", "Answer: x = 5, y = 2"),
        ("5", "Answer: x = 3 or x = 5"),
        ("7", "Answer: x^2 + 7 = 7"),
        ("7", "Answer: x + 7"),
        ("7", "Answer: x -7"),
        ("2", "Answer: 2x"),
        ("2", r"Answer: 2\pi"),
        ("5", "Answer: x > 5"),
        ("3", r"Answer: \pm 3"),
        ("2", "Answer: x/2"),
        ("2", "Answer: x_2"),
        ("2", "Answer: 9.8 m/s^2"),
        ("5", "Answer: $3$ or $5$"),
        ("9", "Answer: the square root of 9"),
        ("7", "Answer: 8 (not 7)"),
        ("2", r"Answer: \frac{1}{2}"),
        ("3", "Answer: 5^3"),
        ("7", "Answer: x^2+7"),
        ("5", "Answer: 12 or 5"),
        ("5", "Answer: 12 or 5 = five"),
        ("3", "Answer: 15 (5 * 3)"),
        ("3", "it comes to 15 (5 * 3)"),
        ("15", "Answer: 15 (5 * 4)"),
        ("3", "Answer: 3(5 * 3)"),
        ("2", "Answer: 20 -> 2 -> done"),
        ("20", "Answer: 20 -> 2"),
        ("5", "Answer: 5 = not the answer"),
        ("5", "Answer: 5 = five or six"),
        ("2", "Answer: Case 2 = true"),
        ("2", "Answer: f(2) = y"),
        ("2", "Answer: 2 = xy - x"),
        ("9", "Answer: <b>8</b> or 9"),
        ("8", "Answer: <s>8</s> 9"),
        ("8", "Answer: ~~8~~ 9"),
        ("103", "Answer: 10<sup>3</sup>"),
        ("35", "Answer: 3<b>5"),
        ("35", "Answer: 3<b>5</b>x"),
        ("234", "Answer: 2*3*4"),
        ("232", "Answer: 2**3**2"),
        ("8", "Answer: x *8*"),
        ("2", "<h2>8</h2>"),
        ("12", "Answer: <font size=12>8</font>"),
        ("<b>bold</b>", "Answer: <i>bold</i>"),
        ("<b>bold</b>", "Answer: bold"),
        ("3", "Answer: Option b 3x"),
        ("3", "Answer: Option b 3 or 4"),
        ("3", "Answer: b + 3"),
    ],
)
def test_what_only_ends_with_the_number_is_wrong(text: str, reply: str) -> None:
    assert not right(text, reply)


@pytest.mark.parametrize(
    "part",
    [
        "<|im_end|> ",
        "</s>",
        "     ",
        " (1 + ",
        "= ab ",
        "-> ab ",
        " (1) ",
        "**a ",
        "*a ",
        "<b>",
        "<b ",
    ],
)
def test_a_reply_that_repeats_itself_without_end_is_read_in_no_time(part: str) -> None:
    began = time.monotonic()
    assert not right("5", f"{part * 20_000}x")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("text", ["1/0", "9" * 400, "9" * 400 + "e5", "1" + "0" * 22 + "e5"])
@pytest.mark.parametrize("reply", ["1/0", "Answer: " + "9" * 400 + "e5", "Answer: 7"])
def test_numbers_beyond_all_floats_are_no_error(text: str, reply: str) -> None:
    assert right(text, reply) == (text == reply.removeprefix("Answer: "))


@pytest.mark.parametrize(
    ("reply", "vote"),
    [
        ("Answer: x = 5 km", (5.0, False)),
        (r"\boxed{\frac{1}{2}}", (0.5, False)),
        ("<b>Answer: 5</b>", (5.0, False)),
        ("<h2>5</h2>", (5.0, False)),
        ("Answer: <b>12 or 5</b>", "12 or 5"),
        ("Answer: 12 or 5", "12 or 5"),
        ("first 3, then 5", (5.0, False)),
    ],
)
def test_a_vote_is_for_the_number_that_is_scored(reply: str, vote: object) -> None:
    case = Case("q", "*", "skill", ({"role": "user", "content": "?"},), ("5",), (), "result")
    assert extracted(case, reply) == vote
