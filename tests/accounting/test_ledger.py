"""Use adds up, an unknown price stays unknown, and what was paid now is told from the rest."""

from decimal import Decimal
from pathlib import Path

from tutelage.accounting.ledger import Call, Ledger, Usage, load, load_calls, total


def test_usage_adds_without_losing_a_cent() -> None:
    use = Usage(1, 100, 40, 10, 0.5, Decimal("0.1"))
    both = use + Usage(2, 10, 0, 5, 0.25, Decimal("0.2"), estimated=True)
    assert both == Usage(3, 110, 40, 15, 0.75, Decimal("0.3"), estimated=True)
    assert total([]) == Usage()


def test_an_unknown_price_stays_unknown() -> None:
    unknown = Usage(requests=1, usd=None)
    assert (unknown + Usage(usd=Decimal(1))).usd is None
    assert total([Usage(usd=Decimal(1)), unknown, Usage()]).usd is None


def test_answers_of_earlier_runs_are_attributed_but_not_spent() -> None:
    ledger = Ledger()
    ledger.add("ask", "leaf", "teacher", Usage(1, usd=Decimal(2)), now=False)
    ledger.add("ask", "leaf", "teacher", Usage(1, usd=Decimal(3)))
    (entry,) = ledger.entries()
    assert (entry.usage.requests, entry.usage.usd) == (2, Decimal(5))
    assert (entry.spent.requests, entry.spent.usd) == (1, Decimal(3))
    assert ledger.total() == entry.usage
    assert ledger.spent() == entry.spent


def test_entries_are_kept_apart_by_stage_leaf_and_model() -> None:
    ledger = Ledger()
    for key in (("b", "x", "m"), ("a", "y", "m"), ("a", "x", "m"), ("a", "x", "")):
        ledger.add(*key, Usage(seconds=1))
    found = [(entry.stage, entry.leaf, entry.model) for entry in ledger.entries()]
    assert found == [("a", "x", ""), ("a", "x", "m"), ("a", "y", "m"), ("b", "x", "m")]


def test_a_ledger_is_appended_to_a_file_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    assert load(file) == []
    ledger = Ledger()
    ledger.add("ask", "leaf", "teacher", Usage(1, 2, 1, 3, 0.5, Decimal("0.00000123")))
    ledger.add("ask", "leaf", "other", Usage(usd=None))
    ledger.save(file)
    assert load(file) == ledger.entries()
    ledger.save(file)
    assert load(file) == ledger.entries() * 2


def test_an_answer_is_charged_to_a_stage_once_and_a_failure_each_time(tmp_path: Path) -> None:
    ledger = Ledger()
    answer = Call("leaf", "teacher", False, "key", Usage(1, 2, 0, 3, usd=Decimal("0.1")))
    failure = Call("leaf", "teacher", False, "", Usage(1, 2))
    for call in (answer, answer, failure, failure):
        ledger.call("ask", call)
    assert ledger.total() == answer.usage + failure.usage + failure.usage
    ledger.save_calls(tmp_path / "calls.jsonl")
    assert load_calls(tmp_path / "calls.jsonl") == [answer, failure, failure]
    assert load_calls(tmp_path / "none.jsonl") == []
