"""A knowledge leaf in any script yields rows as an English one does, by either way of asking."""

import re
from pathlib import Path

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import answer_of, question_of
from tutelage.models.chat import Message
from tutelage.stages import Instructions
from tutelage.taxonomy.load import load_taxonomy

from tests.stages.fakes import scripted
from tests.trees import plant, write

LEAF = "knowledge/port"
FACTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "ar": (
        ("يضم ميناء فيلم 42 رصيفا.", "كم عدد الأرصفة في ميناء فيلم؟", "42"),
        ("ترفع الرافعة القديمة 12 طنا.", "كم طنا ترفع الرافعة القديمة؟", "12 طنا"),
    ),
    "de": (
        ("Der Hafen Velm hat 42 Liegeplätze.", "Wie viele Plätze hat der Hafen Velm?", "42"),
        ("Der alte Kran hebt 12 Tonnen.", "Wie viel hebt der alte Kran?", "12 Tonnen"),
    ),
    "el": (
        ("Το λιμάνι Βελμ έχει 42 θέσεις.", "Πόσες θέσεις έχει το λιμάνι Βελμ;", "42"),
        ("Ο παλιός γερανός σηκώνει 12 τόνους.", "Πόσο σηκώνει ο παλιός γερανός;", "12 τόνους"),
    ),
    "en": (
        ("The port of Velm has 42 berths.", "How many berths does Velm have?", "42 berths"),
        ("The old crane lifts 12 tonnes.", "How much does the old crane lift?", "12 tonnes"),
    ),
    "he": (
        ("בנמל ולם יש 42 רציפים.", "כמה רציפים יש בנמל ולם?", "42"),
        ("המנוף הישן מרים 12 טונות.", "כמה מרים המנוף הישן?", "12 טונות"),
    ),
    "hi": (
        ("वेल्म बंदरगाह में 42 घाट हैं।", "वेल्म बंदरगाह में कितने घाट हैं?", "42"),
        ("पुरानी क्रेन 12 टन उठाती है।", "पुरानी क्रेन कितने टन उठाती है?", "12 टन"),
    ),
    "hy": (
        ("Վելմ նավահանգիստն ունի 42 տեղ։", "Քանի՞ տեղ ունի Վելմ նավահանգիստը։", "42"),
        ("Հին կռունկը բարձրացնում է 12 տոննա։", "Որքա՞ն է բարձրացնում հին կռունկը։", "12 տոննա"),
    ),
    "ja": (
        ("ヴェルム港には42の桟橋がある。", "ヴェルム港には桟橋がいくつありますか。", "42"),
        ("古いクレーンは12トンを持ち上げる。", "古いクレーンは何トン持ち上げますか？", "12トン"),
    ),
    "ka": (
        ("ველმის პორტს აქვს 42 ადგილი.", "რამდენი ადგილი აქვს ველმის პორტს?", "42"),
        ("ძველი ამწე სწევს 12 ტონას.", "რამდენ ტონას სწევს ძველი ამწე?", "12 ტონას"),
    ),
    "ko": (
        ("벨름 항구에는 선석이 42개 있다.", "벨름 항구에는 선석이 몇 개 있습니까?", "42개"),
        ("낡은 크레인은 12톤을 든다.", "낡은 크레인은 몇 톤을 듭니까?", "12톤"),
    ),
    "ru": (
        ("В порту Вельм 42 причала.", "Сколько причалов в порту Вельм?", "42"),
        ("Старый кран поднимает 12 тонн.", "Сколько поднимает старый кран?", "12 тонн"),
    ),
    "th": (
        ("ท่าเรือเวล์มมีท่าจอด 42 ท่า", "ท่าเรือเวล์มมีท่าจอดกี่ท่า", "42"),
        ("เครนเก่ายกได้ 12 ตัน", "เครนเก่ายกได้กี่ตัน", "12 ตัน"),
    ),
    "zh": (
        ("维尔姆港有42个泊位。", "维尔姆港有多少个泊位？", "42个"),
        ("旧起重机能吊12吨。", "旧起重机能吊多少吨？", "12吨"),
    ),
}
KNOWN = {
    re.sub(r"\W", "", fact): (ask, detail) for two in FACTS.values() for fact, ask, detail in two
}


def knowing(messages: tuple[Message, ...], seed: int) -> str:
    """Asks about the fact shown, or names its detail; a gap stands for the detail."""
    shown = messages[-1]["content"]
    fact = shown.rpartition("Fact: ")[2]
    for whole, (ask, detail) in KNOWN.items():
        told = re.sub(r"\W", "", fact.replace("___", detail))
        if whole in (told, told.rstrip("_")):
            is_asked = "Topic: " in shown or "[" in fact or "___" in fact
            return ask if is_asked else detail
    return "I see no fact that I know."


@pytest.mark.parametrize("knowledge", ["passages", "statements"])
@pytest.mark.parametrize("code", FACTS)
def test_every_fact_is_asked_about(
    tmp_path: Path, context: Context, code: str, knowledge: str
) -> None:
    facts = FACTS[code]
    seeds = "".join(
        f"  - context: {fact}\n    questions_and_answers:\n"
        f'      - {{question: "{ask}", answer: "{detail}"}}\n'
        for fact, ask, detail in facts
    )
    text = f"task_description: Velm\ndocument: {{path: [docs/*.md]}}\nseed_examples:\n{seeds}"
    plant(tmp_path / "tree", {LEAF: text})
    body = "\n\n".join(fact for fact, *_ in facts)
    write(tmp_path / "tree" / LEAF / "docs" / "a.md", f"# Velm\n\n{body}\n")
    stage = Instructions(questions_per_passage=1, knowledge=knowledge)
    made = stage.run(context, load_taxonomy(tmp_path / "tree"), scripted("knowing", __name__))
    asked = {question_of(row) for row in made.kept}
    assert asked == {ask for _, ask, _ in facts}, [row["reason"] for row in made.rejected]
    for row in made.kept:
        assert answer_of(row)
