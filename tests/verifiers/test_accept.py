"""When a reply counts as naming an accepted answer."""

import pytest
from tutelage.verifiers.accept import accepted


@pytest.mark.parametrize(
    ("answer", "accept"),
    [
        ("It takes 40 minutes.", "40 minutes"),
        ("LEIDEN!", "Leiden"),
        ("In Leiden\u2019s old centre", "Leiden"),
        ("**Porto**, or _Porto_", "porto"),
        ("1,200 units", "1200"),
        ("about 1\u202f200 units", "1,200"),
        ("It costs 5.00 euros", "5 euros"),
        ("It costs €40.", "€ 40"),
        ("It weighs 16kg", "16 kg"),
        ("It weighs 16 kg", "16kg"),
        ("\u22125 degrees", "-5"),
        ("x=-5", "-5"),
        ("the point (-5,-3)", "-3"),
        ("7 - 12 = **-5**", "-5"),
        ("It is -**5**.", "-5"),
        ("$-5$", "-5"),
        ("\\boxed{-5}", "-5"),
        ('{"sum": "-5"}', "-5"),
        ("a loss of -$5", "$-5"),
        ("between -5--3", "-5"),
        ("-.5", "-0.5"),
        ("0.5 litres", ".5"),
        ("half a litre, **.5**", "0.5"),
        ("$.50", "$0.50"),
        ("3-5 days", "5 days"),
        ("pages 3\u20135", "5"),
        ("pages 3--5", "5"),
        ("10%-20%", "20%"),
        ("20°-25°", "25°"),
        ("$3-$5", "$5"),
        ("**3**-**5**", "5"),
        ("f(x)-5", "5"),
        ("gate A-5", "A-5"),
        ('bay "A"-5', "A-5"),
        ("it waits --5 minutes at most-- and goes", "5 minutes"),
        ("at most +/-5 degrees", "5 degrees"),
        ("10-20 days", "20"),
        ("Café Noir", "Cafe\u0301 noir"),
        ("\uff11\uff12 hours", "12 hours"),
        ("首都是北京。", "北京"),
    ],
)
def test_the_same_answer_written_otherwise_is_accepted(answer: str, accept: str) -> None:
    assert accepted(answer, [accept]) == accept


@pytest.mark.parametrize(
    ("answer", "accept"),
    [
        ("140 minutes", "40 minutes"),
        ("Leidenberg", "Leiden"),
        ("1.5 litres", "1"),
        ("At 9:30", "9"),
        ("-5 degrees", "5 degrees"),
        ("x=-5", "5"),
        ("7 - 12 = **-5**", "5"),
        ("$-5$", "5"),
        ("a loss of -$5", "$5"),
        ("3-5 days", "-5"),
        ("gate A-5", "-5"),
        ("pages 3--5", "-5"),
        ("f(x)-5", "-5"),
        ("It costs $.50", "50"),
        ("5 litres", ".5"),
        ("5 litres", "0.5"),
        ("see 3.5", ".5"),
        ("vitamin B12", "12"),
        ("C", "C++"),
        ("40 days and minutes", "40 minutes"),
        ("", "Leiden"),
        ("anything", ""),
    ],
)
def test_part_of_a_word_or_number_is_not_accepted(answer: str, accept: str) -> None:
    assert accepted(answer, [accept]) is None


def test_the_first_accepted_text_that_occurs_is_named() -> None:
    assert accepted("Delft or Leiden", ["Rome", "Leiden", "Delft"]) == "Leiden"


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("عمق الماء ١٢٫٥ مترا.", "12.5"),
        ("Es sind 12,5 Euro.", "12.5"),
        ("Il y en a 1 234,5.".replace("1 2", "1\u202f2"), "1234.5"),
        ("防波堤长三百一十米。", "310米"),
        ("维尔姆港有42个泊位。", "42"),
        ("선석이 42개가 있다.", "42개"),
        ("크레인은 12톤을 든다.", "12톤"),
        ("הוא נולד בליידן.", "ליידן"),
        ("يقع في الميناء.", "ميناء"),
        ("عُمْقُ المَاء", "عمق الماء"),
        ("น้ำลึก๔เมตร", "4 เมตร"),
        ("पानी ४ मीटर है।", "4 मीटर"),
    ],
)
def test_numbers_and_words_of_any_script_are_found(answer: str, wanted: str) -> None:
    assert accepted(answer, [wanted]) == wanted


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [("一起去", "1"), ("מעגן", "גן"), ("42개월", "42개"), ("ב־12,34 ש״ח", "12")],
)
def test_parts_of_words_and_numbers_of_any_script_are_not(answer: str, wanted: str) -> None:
    assert accepted(answer, [wanted]) is None
