"""Number words by language, in their order from zero."""

from functools import lru_cache

_COUNTING: dict[str, str] = {
    "en": """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
""",
    "de": """
null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn
sechzehn siebzehn achtzehn neunzehn zwanzig
""",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze",
    "es": """
cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis
diecisiete dieciocho diecinueve veinte
""",
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze",
    "it": """
zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici
sedici diciassette diciotto diciannove venti
""",
    "nl": """
nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien
zeventien achttien negentien twintig
""",
    "sv": "noll ett två tre fyra fem sex sju åtta nio tio elva tolv",
    "tr": "sıfır bir iki üç dört beş altı yedi sekiz dokuz on",
    "id": "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
    "ru": "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    "uk": "нуль один два три чотири п'ять шість сім вісім дев'ять десять",
    "el": "μηδέν ένα δύο τρία τέσσερα πέντε έξι επτά οκτώ εννέα δέκα έντεκα δώδεκα",
    "he": "אפס אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר",
    "ar": "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
    "fa": "صفر یک دو سه چهار پنج شش هفت هشت نه ده",
    "hi": "शून्य एक दो तीन चार पांच छह सात आठ नौ दस",
}


@lru_cache
def number_words(language: str) -> dict[str, str]:
    """The digits that each number word of a language stands for; none where it is not known."""
    counting = _COUNTING.get(language, "").split()
    return {word.casefold(): str(number) for number, word in enumerate(counting)}
