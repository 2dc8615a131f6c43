"""Sentences, questions, numbers and words of scripts that are not English in disguise."""

import pytest
from tutelage.core.language.language_guess import language_of
from tutelage.core.language.letters import run_weight
from tutelage.core.language.numerals import plain_numbers
from tutelage.core.language.question_marks import ends_sentence, is_question
from tutelage.core.language.sentences import sentences
from tutelage.core.text import content_stems, has_phrase, words

THREE_SENTENCES = {
    "ar": "يضم ميناء فيلم 42 رصيفا. عمق الماء في ميناء فيلم 4 أمتار. ترفع الرافعة 12 طنا.",
    "bn": "বন্দরে ৪২টি ঘাট আছে। জলের গভীরতা ৪ মিটার। ক্রেন ১২ টন তোলে।",
    "de": "Der Hafen wurde am 12. Mai 1931 gebaut. Er hat z. B. 42 Plätze. Sie sind frei.",
    "el": "Το λιμάνι έχει 42 θέσεις. Το νερό έχει βάθος 4 μέτρα. Ο γερανός σηκώνει 12 τόνους.",
    "fa": "بندر ۴۲ اسکله دارد. عمق آب چهار متر است. جرثقیل ۱۲ تن بلند می‌کند.",
    "he": "לנמל יש 42 רציפים. עומק המים הוא 4 מטרים. המנוף מרים 12 טונות.",
    "hi": "वेल्म बंदरगाह में 42 घाट हैं। पानी की गहराई 4 मीटर है। क्रेन 12 टन उठाती है।",
    "hy": "Նավահանգիստն ունի 42 տեղ։ Ջուրը 4 մետր է։ Կռունկը բարձրացնում է 12 տոննա։",
    "ja": "港には42の桟橋がある。水深は4メートルです。クレーンは12トンを持ち上げる。",
    "ka": "ნავსადგურს აქვს 42 ადგილი. წყლის სიღრმე 4 მეტრია. ამწე სწევს 12 ტონას.",
    "ko": "벨름 항구에는 선석이 42개 있다. 항구의 수심은 4미터이다. 크레인은 12톤을 든다.",
    "my": "ဆိပ်ကမ်းတွင် ၄၂ ခုရှိသည်။ ရေအနက် ၄ မီတာရှိသည်။ ကရိန်းသည် ၁၂ တန်မသည်။",
    "ru": "В порту 42 причала. Глубина воды 4 метра. Кран поднимает 12 тонн.",
    "am": "ወደቡ 42 ቦታዎች አሉት። ውሃው 4 ሜትር ነው። ክሬኑ 12 ቶን ያነሳል።",
    "ur": "بندرگاہ میں 42 گھاٹ ہیں۔ پانی کی گہرائی 4 میٹر ہے۔ کرین 12 ٹن اٹھاتی ہے۔",
    "zh": "维尔姆港有42个泊位。港口的水深4米。起重机能吊12吨。",
    "en": "The pump stops at 90 degrees. iPhones fit the stand. it is so.",
}


@pytest.mark.parametrize("code", THREE_SENTENCES)
def test_sentences_of_every_script_are_told_apart(code: str) -> None:
    text = THREE_SENTENCES[code]
    found = list(sentences(text))
    assert len(found) == 3
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert all(map(ends_sentence, found))
    assert language_of(text) == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("de", "Wie lang ist die Mole im Hafen?"),
        ("fr", "Quelle est la profondeur du port ?"),
        ("es", "¿Cuál es la profundidad del puerto?"),
        ("pt", "Qual é a profundidade do porto?"),
        ("it", "Qual è la profondità del porto?"),
        ("nl", "Hoe diep is het water in de haven?"),
        ("pl", "Jak głęboka jest woda w porcie?"),
        ("tr", "Limanın derinliği ne kadar ve kaç metre?"),
        ("vi", "Cảng có bao nhiêu bến?"),
        ("id", "Berapa dalam air di pelabuhan itu?"),
        ("uk", "Яка глибина води в порту і скільки причалів?"),
        ("en", "How deep is the harbour?"),
        ("en", "310 Meter"),
        ("en", "The die in the box was an alternative to des moines"),
        ("en", "42 🙂"),
    ],
)
def test_a_language_is_told_by_its_function_words(code: str, text: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(
    "text",
    [
        *("How deep is it?", "“How deep?”", "**How deep?**", "Really?!", "Wie tief? »", "¿Qué es?"),
        *(
            "港口有多深？",
            "（多深？）",
            "他来了吗。",
            "深さは何メートルですか。",
            "深さは何メートルですか",
        ),
        *("كم عمق الماء؟", "עומק המים הוא כמה?", "Πόσο βαθύ είναι;", "Πόσο βαθύ είναι\u037e"),
        *("Ինչքա՞ն է խորությունը։", "ስንት ነው፧", "항구의 깊이는 얼마입니까", "어디에 있나요?"),
        *("ท่าเรือเปิดวันเสาร์เวลาใด", "ท่าเรือมีกี่ท่า", "น้ำลึกไหม", "ရေ ဘယ်လောက်နက်လဲ။", "पानी कितना गहरा है?"),
        *("რა სიღრმეა?", "پانی کتنا گہرا ہے؟"),
    ],
)
def test_questions_of_every_script(text: str) -> None:
    assert is_question(text)
    assert ends_sentence(text) or text.endswith(("か", "까"))


@pytest.mark.parametrize(
    "text",
    [
        *("It is deep.", "It is deep; so", "Is it? Yes.", "", "水深4米。", "深さは4メートルです。"),
        *("Το βάθος είναι 4 μέτρα.", "عمق الماء 4 أمتار.", "수심은 4미터이다.", "น้ำลึก 4 เมตร"),
    ],
)
def test_what_asks_nothing(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        *(("١٢٣٤", "1234"), ("۱۲۳۴", "1234"), ("१२३", "123"), ("７", "7"), ("๔๒", "42")),
        *(("১২", "12"), ("١٢٫٥", "12.5"), ("١٬٢٣٤", "1234"), ("٪٥", "%5")),
        *(("12,5", "12.5"), ("0,5", "0.5"), ("1,234", "1234"), ("1,234.5", "1234.5")),
        *(("1.234,5", "1234.5"), ("1.234.567", "1234567"), ("1\u00a0234,5", "1234.5")),
        *(("12,34,567", "1234567"), ("1’234", "1234"), ("1,2,3", "1,2,3"), ("1.234", "1.234")),
        *(("12.05.2024", "12.05.2024"), ("v1.2.3", "v1.2.3"), ("7:30", "7:30"), ("5.00", "5")),
        *(
            ("三百一十米", "310米"),
            ("四十二个", "42个"),
            ("一九三一年", "1931年"),
            ("两万三千", "23000"),
        ),
        *(
            ("一百〇五", "105"),
            ("三个", "3个"),
            ("一起去", "一起去"),
            ("万一", "万一"),
            ("第三", "第3"),
        ),
    ],
)
def test_numbers_in_one_form(written: str, plain: str) -> None:
    assert plain_numbers(written) == plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الأرصفة والميناء", "أرصفة ميناء"),
        ("בנמל ובמעגן", "נמל מעגן"),
        ("항구에는 선석이", "항구의 선석"),
        ("λιμανιού", "λιμάνι"),
        ("घाटों", "घाट"),
        ("порту", "порт"),
        ("ნავსადგურს", "ნავსადგურის"),
        ("كَمْ عُمْقُ المَاء", "عمق الماء"),
        ("४२ घाट", "42 घाट"),
    ],
)
def test_stems_of_a_script_meet(one: str, other: str) -> None:
    assert content_stems(one) == content_stems(other)


def test_stems_of_latin_letters_take_the_language_given() -> None:
    assert content_stems("Die zwölf Häfen", "de") == content_stems("12 Hafen", "de")
    assert content_stems("Les ports", "fr") == content_stems("le port", "fr")


def test_phrases_stand_alone_but_for_what_a_language_attaches() -> None:
    assert has_phrase("נולד בליידן ב־1931", "ליידן")
    assert has_phrase("في الميناء", "ميناء")
    assert has_phrase("크레인은 12톤을 든다", "12톤")
    assert not has_phrase("מעגן", "גן")
    assert not has_phrase("cafeteria", "cafe")


def test_tokens_of_scripts_without_spaces_are_parts_of_words() -> None:
    assert [run_weight(word) for word in words("port 港 ミ ท่")] == [1, 1 / 2, 1 / 3, 1 / 4]


def test_capitals_of_names_and_units_are_no_words_of_another_language() -> None:
    rows = "K-110: Voltage (V) 230; K-120: Voltage (V) 48. Type A or S: keep it in the shade."
    assert language_of(rows) == "en"
