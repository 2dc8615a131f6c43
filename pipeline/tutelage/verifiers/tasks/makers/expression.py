"""Arithmetic: an expression with brackets, worked out one operation at a time."""

from random import Random

from pydantic import Field

from tutelage.verifiers.tasks.problem import Problem, ProblemMaker

Tree = int | tuple[str, "Tree", "Tree"]


class Expression(ProblemMaker):
    """The value of an expression with as many operations as the difficulty."""

    largest: int = Field(12, ge=3)
    """The largest number in it."""
    signs: str = Field("+-*", min_length=1, pattern=r"^[-+*]+$")
    """Which operations: of `+`, `-` and `*`."""

    def draw(self, random: Random, difficulty: int) -> Problem:
        """The expression is the problem."""
        tree = self._tree(random, difficulty)
        steps = list[str]()
        value = _work(tree, steps)
        text = _text(tree)
        return Problem((text,), f"What is {text}?", str(value), tuple(steps))

    def _tree(self, random: Random, operations: int) -> Tree:
        if operations == 0:
            return random.randint(2, self.largest)
        left = random.randint(0, operations - 1)
        return (
            random.choice(self.signs),
            self._tree(random, left),
            self._tree(random, operations - 1 - left),
        )


def _text(tree: Tree, *, inside: bool = False) -> str:
    if isinstance(tree, int):
        return str(tree)
    sign, left, right = tree
    text = f"{_text(left, inside=True)} {sign} {_text(right, inside=True)}"
    return f"({text})" if inside else text


def _work(tree: Tree, steps: list[str]) -> int:
    """The value; notes each operation in the order in which it can be done."""
    if isinstance(tree, int):
        return tree
    sign, left, right = tree
    a, b = _work(left, steps), _work(right, steps)
    value = a + b if sign == "+" else a - b if sign == "-" else a * b
    steps.append(f"{a} {sign} {f'({b})' if b < 0 else b} = {value}")
    return value
