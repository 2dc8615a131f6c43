"""Whether held-out examples can be scored, and not by repeating the question."""

from tutelage.taxonomy.qna import EvalExampleForm
from tutelage.taxonomy.read_leaf import LeafRead
from tutelage.verifiers.accept import accepted

_ENOUGH = 5
"""With fewer, not even an answer in five shows."""


def check_held(read: LeafRead) -> None:
    """Note where there are none, and what their `accept` lists do not do."""
    notes = read.notes
    if not read.written.eval_examples and "eval_examples" not in read.written.broken:
        message = "no `eval_examples`, so whether training helped on this leaf will not be measured"
        notes.warning("no-eval-examples", "", message)
    count = len(read.written.eval_examples)
    if 0 < count < _ENOUGH and "eval_examples" not in read.written.broken:
        message = (
            f"only {count} of them, so one answer moves the score by {100 // count} points; hold "
            f"out at least {_ENOUGH}, better 25"
        )
        notes.warning("few-eval-examples", "eval_examples", message)
    for place, example in read.written.eval_examples:
        _check_accept(place, example, read)


def _check_accept(place: str, example: EvalExampleForm, read: LeafRead) -> None:
    notes, answer = read.notes, example.answer
    if "accept" in example.model_fields_set and not example.accept:
        message = "is empty; list other right answers, or remove it"
        notes.warning("empty-accept", f"{place}.accept", message)
    if answer and example.accept and not accepted(answer, example.accept):
        message = f"does not hold the answer '{answer}' nor a part of it; is that intended?"
        notes.warning("answer-not-accepted", f"{place}.accept", message)
    texts = [(f"{place}.accept.{n}", text) for n, text in enumerate(example.accept)]
    if answer and not example.verify:
        texts.append((f"{place}.answer", answer))
    for where, text in texts:
        if accepted(text, [text]) is None:
            message = f"'{text}' has no letter or digit, so no answer can match it"
            notes.error("unmatchable-accept", where, message)
        elif accepted(example.question, [text]):
            message = f"'{text}' stands in the question, so repeating the question counts as right"
            notes.warning("accept-in-question", where, message)
