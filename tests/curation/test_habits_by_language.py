"""Refusals and leftover manners are found in the large languages, and answers are left alone."""

import pytest
from tutelage.core.artifacts import Row
from tutelage.core.language.language_guess import language_of
from tutelage.curation.filters.habits_by_language import LEFTOVERS, REFUSALS
from tutelage.curation.filters.row_filter import Scope
from tutelage.curation.filters.stock_phrases import Boilerplate, Refusal

DECLINED = {
    "de": "Es tut mir leid, aber ich kann bei dieser Anfrage nicht helfen.",
    "fr": "Je suis désolé, mais je ne peux pas vous aider avec cette demande.",
    "es": "Lo siento, pero no puedo ayudarte con esa solicitud.",
    "pt": "Desculpe, mas não posso ajudar com esse pedido.",
    "it": "Mi dispiace, ma non posso aiutarti con questa richiesta.",
    "nl": "Het spijt me, maar ik kan je daar niet mee helpen.",
    "pl": "Przykro mi, ale nie mogę w tym pomóc, bo to jest zabronione.",
    "tr": "Üzgünüm ama bu konuda size yardımcı olamam ve bu doğru değil.",
    "vi": "Xin lỗi, tôi không thể giúp bạn với yêu cầu này.",
    "id": "Maaf, saya tidak dapat membantu dengan permintaan itu.",
    "ru": "К сожалению, я не могу помочь с этим запросом.",
    "uk": "На жаль, я не можу допомогти з цим запитом.",
    "ar": "عذرا، لا أستطيع مساعدتك في هذا الطلب.",
    "fa": "متأسفم، من نمی‌توانم در این مورد به شما کمک کنم.",
    "hi": "क्षमा करें, मैं इस अनुरोध में आपकी मदद नहीं कर सकता।",
    "zh": "抱歉，我无法帮助您完成这个请求。",
    "ja": "申し訳ありませんが、そのご依頼にはお答えできません。",
    "ko": "죄송하지만 그 요청은 도와드릴 수 없습니다.",
}
MODELS = {
    "de": "Als KI habe ich dazu keine eigene Meinung, und das ist auch so gewollt.",
    "fr": "En tant qu'intelligence artificielle, je n'ai pas d'avis sur la question.",
    "es": "Como modelo de lenguaje, no tengo opiniones sobre el tema.",
    "zh": "作为一个人工智能语言模型，我没有个人观点。",
    "ja": "AIとして、個人的な意見はありません。",
    "ru": "Я языковая модель, и у меня нет мнения.",
    "ar": "بصفتي نموذجا لغويا، ليس لدي رأي.",
    "ko": "저는 AI로서 개인적인 의견이 없습니다.",
}
ANSWERS = {
    "de": "Der Kran kann Lasten über 12 Tonnen nicht heben, daher ist er in der Werft.",
    "fr": "La grue ne peut pas lever plus de 12 tonnes ; voici pourquoi elle reste au port.",
    "es": "La grúa no puede levantar más de 12 toneladas y no tiene acceso al muelle.",
    "pt": "O guindaste não pode levantar mais de 12 toneladas no porto.",
    "it": "La gru non può sollevare più di 12 tonnellate nel porto.",
    "ru": "Кран не может поднять больше 12 тонн, и у него нет доступа к пирсу.",
    "ar": "لا تستطيع الرافعة رفع أكثر من 12 طنا في هذا الميناء.",
    "hi": "क्रेन 12 टन से ज़्यादा नहीं उठा सकती है।",
    "zh": "起重机不能吊超过12吨的货物，因为码头无法提供更多电力。",
    "ja": "クレーンは12トンを超える荷物を持ち上げることができません。",
    "ko": "크레인은 12톤을 넘는 짐을 들 수 없습니다.",
    "tr": "Vinç bu limanda 12 tondan fazlasını kaldıramaz ve bu yeterli değil.",
}
LEFT_OVER = {
    "de": "Gerne! Hier ist die Antwort: Der Kran hebt 12 Tonnen und ist in der Werft.",
    "fr": "Bien sûr ! Voici la réponse : la grue lève 12 tonnes dans le port.",
    "es": "¡Claro! Aquí está la respuesta: la grúa levanta 12 toneladas en el puerto.",
    "pt": "Claro! Aqui está a resposta: o guindaste levanta 12 toneladas no porto.",
    "it": "Certo! Ecco la risposta: la gru solleva 12 tonnellate nel porto.",
    "ru": "Конечно! Вот ответ: кран поднимает 12 тонн.",
    "ar": "بالتأكيد! إليك الإجابة: ترفع الرافعة 12 طنا.",
    "hi": "ज़रूर! यहाँ उत्तर है: क्रेन 12 टन उठाती है।",
    "zh": "当然！以下是答案：起重机能吊12吨。",
    "ja": "もちろんです。答え：クレーンは12トンです。",
    "ko": "물론입니다! 답변: 크레인은 12톤을 듭니다.",
}


def row(answer: str) -> Row:
    asked = [{"role": "user", "content": "12?"}]
    return {"id": "a", "prompt": asked, "completion": [{"role": "assistant", "content": answer}]}


def test_every_language_that_is_known_is_tried() -> None:
    assert set(DECLINED) == set(REFUSALS)
    assert set(LEFT_OVER) == set(LEFTOVERS)


@pytest.mark.parametrize("code", DECLINED)
def test_a_refusal_is_found(code: str) -> None:
    assert language_of(DECLINED[code]) == code
    assert str(Refusal().check(row(DECLINED[code]), Scope())).startswith("refusal: the answer")


@pytest.mark.parametrize("code", MODELS)
def test_a_model_that_speaks_of_itself_is_found(code: str) -> None:
    assert "as an AI" in str(Refusal().check(row(MODELS[code]), Scope()))


@pytest.mark.parametrize("code", LEFT_OVER)
def test_manners_are_found(code: str) -> None:
    assert str(Boilerplate().check(row(LEFT_OVER[code]), Scope())).startswith("boilerplate: ")


@pytest.mark.parametrize("code", ANSWERS)
def test_an_answer_about_what_cannot_be_done_is_kept(code: str) -> None:
    assert Refusal().check(row(ANSWERS[code]), Scope()) is None
    assert Boilerplate().check(row(ANSWERS[code]), Scope()) is None
