"""Refusals and stock phrases of chat models in the large languages beside English.

Each says what the English patterns of `stock_phrases` do: that the speaker declines, is a model, or
lacks what it was asked for; that an answer is announced, or more help offered. They look for the
first person, so that a text about a refusal is none.
"""

DECLINES, IS_A_MODEL, LACKS = "declines", "speaks of itself as an AI", "claims to lack access"
ANNOUNCES, OFFERS, HEADS = "an announcement", "an offer of more help", "a heading of the prompt"

REFUSALS: dict[str, dict[str, str]] = {
    "de": {
        DECLINES: r"\bich (?:kann|darf|werde) (?:\w+ ){0,4}?(?:nicht|keine?n?) (?:\w+ ){0,6}?"
        r"(?:helfen|beantworten|bereitstellen|geben|erstellen|schreiben|weiterhelfen|nachkommen)\b",
        IS_A_MODEL: r"\b(?:als|bin) (?:nur |ein(?:e)? )*(?:ki|sprachmodell|künstliche intelligenz)\b",
        LACKS: r"\bich habe (?:leider )?kein(?:en|e)? (?:zugriff|zugang|informationen)\b",
    },
    "fr": {
        DECLINES: r"\bje (?:ne (?:peux|suis) pas|ne (?:pourrai|saurais) pas) (?:\w+ ){0,4}?(?:aider|"
        r"répondre|fournir|générer|écrire|satisfaire|accéder|en mesure)",
        IS_A_MODEL: r"\b(?:en tant qu(?:e |')|je suis )(?:une? )?(?:ia|intelligence artificielle|"
        r"modèle (?:de langage|linguistique))",
        LACKS: r"\bje n'ai pas (?:accès|d'informations|suffisamment d'informations)\b",
    },
    "es": {
        DECLINES: r"\b(?:no puedo|no me es posible|no podré) (?:\w+ ){0,3}?(?:ayudar|responder|"
        r"proporcionar|generar|escribir|cumplir|contestar|asistir)\w*",
        IS_A_MODEL: r"\b(?:como|soy) (?:una? )?(?:ia|inteligencia artificial|modelo de lenguaje)\b",
        LACKS: r"\bno tengo (?:acceso|(?:suficiente )?información)\b",
    },
    "pt": {
        DECLINES: r"\bnão (?:posso|consigo|poderei) (?:\w+ ){0,3}?(?:ajudar|responder|fornecer|gerar|"
        r"escrever|atender|auxiliar)\w*",
        IS_A_MODEL: r"\b(?:como|sou) (?:uma? )?(?:ia|inteligência artificial|modelo de linguagem)\b",
        LACKS: r"\bnão tenho (?:acesso|informações)\b",
    },
    "it": {
        DECLINES: r"\bnon (?:posso|riesco a|sono in grado di) (?:\w+ ){0,3}?(?:aiutar|risponder|"
        r"fornir|generar|scriver|soddisfar|assister)\w*",
        IS_A_MODEL: r"\b(?:come|sono) (?:un'?|una )?(?:ia|intelligenza artificiale|modello "
        r"(?:linguistico|di linguaggio))\b",
        LACKS: r"\bnon ho (?:accesso|informazioni)\b",
    },
    "nl": {
        DECLINES: r"\bik kan (?:\w+ ){0,4}?(?:niet|geen) (?:\w+ ){0,5}?(?:helpen|beantwoorden|geven|"
        r"schrijven|voldoen)\b",
        IS_A_MODEL: r"\b(?:als|ben) (?:een )?(?:ai|taalmodel|kunstmatige intelligentie)\b",
        LACKS: r"\bik heb geen (?:toegang|informatie)\b",
    },
    "pl": {
        DECLINES: r"\bnie mogę (?:\w+ ){0,3}?(?:pomóc|odpowiedzieć|podać|napisać|wygenerować|spełnić)",
        IS_A_MODEL: r"\b(?:jako|jestem) (?:sztuczna inteligencja|model(?:em)? językowy(?:m)?|ai)\b",
        LACKS: r"\bnie mam (?:dostępu|informacji)\b",
    },
    "tr": {
        DECLINES: r"\b(?:yardımcı olamam|yardımcı olamıyorum|cevap veremem|yanıt veremem|"
        r"cevaplayamam|yanıtlayamam|sağlayamam)",
        IS_A_MODEL: r"\b(?:bir )?(?:yapay zek[aâ]|dil modeli)\w*(?:yım| olarak|yim)\b",
        LACKS: r"\b(?:erişimim|bilgim) yok\b",
    },
    "vi": {
        DECLINES: r"\btôi (?:không thể|không được phép) (?:\w+ ){0,3}?(?:giúp|trả lời|cung cấp|viết|"
        r"tạo|đáp ứng|hỗ trợ)",
        IS_A_MODEL: r"\b(?:là|với tư cách là) (?:một )?(?:mô hình ngôn ngữ|trí tuệ nhân tạo|ai)\b",
        LACKS: r"\btôi không có (?:quyền truy cập|thông tin)\b",
    },
    "id": {
        DECLINES: r"\bsaya tidak (?:dapat|bisa) (?:\w+ ){0,2}?(?:membantu|menjawab|memberikan|menulis|"
        r"membuat|memenuhi)",
        IS_A_MODEL: r"\b(?:sebagai|saya adalah) (?:sebuah )?(?:ai|model bahasa|kecerdasan buatan)\b",
        LACKS: r"\bsaya tidak (?:memiliki|punya) (?:akses|informasi)\b",
    },
    "ru": {
        DECLINES: r"\bя не (?:могу|смогу|имею права) (?:\w+ ){0,3}?(?:помочь|ответить|предоставить|"
        r"написать|выполнить|создать|помогать|отвечать)",
        IS_A_MODEL: r"\b(?:как|я|будучи) (?:это )?(?:языков(?:ая|ой) модел[ьи]|ии|"
        r"искусственный интеллект)\b",
        LACKS: r"\bу меня нет (?:доступа|информации|данных)\b",
    },
    "uk": {
        DECLINES: r"\bя не можу (?:\w+ ){0,3}?(?:допомогти|відповісти|надати|написати|виконати)",
        IS_A_MODEL: r"\b(?:як|я) (?:мовна модель|штучний інтелект)\b",
        LACKS: r"\b(?:у мене немає|я не маю) (?:доступу|інформації)\b",
    },
    "ar": {
        DECLINES: r"(?:لا أستطيع|لا يمكنني|لا استطيع|لن أتمكن من|أعتذر،? (?:لا|لكن)) ?(?:\w+ ){0,2}?"
        r"(?:مساعد|الإجابة|تقديم|الرد|كتابة|توفير|إنشاء|تلبية)\w*",
        IS_A_MODEL: r"(?:بصفتي|كوني|أنا) (?:مجرد )?(?:نموذج(?:ا|اً)? لغوي|ذكاء اصطناعي|برنامج ذكاء)",
        LACKS: r"(?:ليس لدي|لا أملك|لا تتوفر لدي) (?:إمكانية الوصول|معلومات|القدرة)",
    },
    "fa": {
        DECLINES: r"(?:من )?نمی[\u200c ]?توانم (?:\w+ ){0,6}?(?:کمک|پاسخ|ارائه|بنویسم|انجام)",
        IS_A_MODEL: r"(?:به عنوان|من) یک (?:مدل زبانی|هوش مصنوعی)",
        LACKS: r"(?:دسترسی|اطلاعاتی?) (?:\w+ ){0,3}?ندارم",
    },
    "hi": {
        DECLINES: r"मैं (?:\S+ ){0,6}?(?:मदद|सहायता|उत्तर|जवाब|प्रदान|लिख)\S* ?(?:\S+ )?नहीं (?:कर|दे) सक",
        IS_A_MODEL: r"(?:मैं )?एक (?:एआई|ai|भाषा मॉडल|कृत्रिम बुद्धिमत्ता)",
        LACKS: r"मेरे पास (?:\S+ ){0,4}?(?:जानकारी|पहुँच|पहुंच) नहीं",
    },
    "zh": {
        DECLINES: r"(?:我|抱歉，?|对不起，?)[^。！？\n]{0,6}(?:无法|不能|沒辦法|没办法|無法)(?:[^。！？\n]{0,8})"
        r"(?:帮助|协助|回答|提供|满足|完成这|生成|幫助|協助)",
        IS_A_MODEL: r"(?:作为|作為|我(?:只)?是)(?:一[个個名款])?[^。，\n]{0,6}"
        r"(?:人工智能|人工智慧|语言模型|語言模型|AI(?:助手|模型)?)",
        LACKS: r"我(?:没有|沒有|无权|無權)(?:访问|足够的信息|相关信息|實時|实时|訪問)",
    },
    "ja": {
        DECLINES: r"(?:申し訳(?:ありません|ございません)|すみません|ごめんなさい)[^\n]{0,40}"
        r"(?:できません|お答えできません|致しかねます|いたしかねます)"
        r"|(?:お答え|回答|お手伝い|提供)(?:することは|は|が)?(?:できません|いたしかねます)",
        IS_A_MODEL: r"(?:私は)?(?:AI|人工知能|大規模言語モデル|言語モデル)(?:アシスタント)?(?:として|です|であり|なので)",
        LACKS: r"(?:アクセスできません|情報を持っていません|情報がありません)",
    },
    "ko": {
        DECLINES: r"(?:죄송|미안)[^\n]{0,60}(?:수 없습니다|드릴 수 없|어렵습니다)"
        r"|(?:도와드릴|답변(?:해 ?)?드릴|대답할|제공(?:해 ?)?드릴|제공할) 수 없",
        IS_A_MODEL: r"(?:저는 )?(?:AI|인공지능|언어 ?모델)(?:로서|이기 때문에|입니다|이므로)",
        LACKS: r"(?:접근할 수 없|정보(?:를|가) (?:가지고 있지|없습니다))",
    },
}
"""By language and kind; matched in any case."""

LEFTOVERS: dict[str, dict[str, str]] = {
    "de": {
        HEADS: r"(?m)^[ \t]*(?:frage|antwort|anweisung|kontext|nutzer|assistent) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:gerne?|natürlich|klar|sicher|selbstverständlich)\b[^.:\n]{0,20}[!,.:] *"
        r"(?:hier|ich|lass)|\A\W*hier (?:ist|sind) (?:ein|eine|die|der|das|deine|ihre)\b[^.\n]{0,80}:",
        OFFERS: r"\b(?:ich hoffe,? (?:das|dies) hilft|lassen sie (?:es )?mich wissen|"
        r"kann ich (?:ihnen|dir) (?:sonst )?noch)",
    },
    "fr": {
        HEADS: r"(?m)^[ \t]*(?:question|réponse|instruction|contexte|utilisateur) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:bien sûr|certainement|avec plaisir)\b[^.:\n]{0,20}[!,.:] *(?:voici|je)"
        r"|\A\W*voici (?:une?|la|le|les|votre|quelques)\b[^.\n]{0,80}:",
        OFFERS: r"\b(?:j'espère que (?:cela|ça) (?:vous )?aide|n'hésitez pas à (?:me )?demander)",
    },
    "es": {
        HEADS: r"(?m)^[ \t]*(?:pregunta|respuesta|instrucción|contexto|usuario) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:claro|por supuesto|desde luego|con gusto)\b[^.:\n]{0,20}[!,.:] *"
        r"(?:aquí|te|le|voy)|\A\W*aquí (?:está|tienes|tiene|están)\b[^.\n]{0,80}:",
        OFFERS: r"\b(?:espero que (?:esto )?(?:te|le) (?:ayude|sirva)|¿hay algo más en lo que)",
    },
    "pt": {
        HEADS: r"(?m)^[ \t]*(?:pergunta|resposta|instrução|contexto|usuário) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:claro|com certeza|certamente)\b[^.:\n]{0,20}[!,.:] *(?:aqui|vou|segue)"
        r"|\A\W*aqui (?:está|estão|vai)\b[^.\n]{0,80}:",
        OFFERS: r"\b(?:espero que (?:isso|isto) ajude|posso ajudar (?:em|com) mais)",
    },
    "it": {
        HEADS: r"(?m)^[ \t]*(?:domanda|risposta|istruzione|contesto|utente) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:certo|certamente|naturalmente)\b[^.:\n]{0,20}[!,.:] *(?:ecco|ti|le)"
        r"|\A\W*ecco (?:una?|la|il|i|le)\b[^.\n]{0,80}:",
        OFFERS: r"\b(?:spero (?:che )?(?:questo )?(?:ti|le) (?:sia|aiuti)|posso aiutarti con altro)",
    },
    "ru": {
        HEADS: r"(?m)^[ \t]*(?:вопрос|ответ|инструкция|контекст|пользователь) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:конечно|разумеется|безусловно)\b[^.:\n]{0,20}[!,.:] *(?:вот|я)"
        r"|\A\W*вот (?:ваш|ответ|пример|несколько|краткий)\b[^.\n]{0,80}:",
        OFFERS: r"\b(?:надеюсь,? это поможет|чем ещё (?:я )?могу|если у вас есть (?:ещё )?вопросы)",
    },
    "ar": {
        HEADS: r"(?m)^[ \t]*(?:السؤال|سؤال|الجواب|الإجابة|إجابة|السياق|المستخدم) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:بالتأكيد|بالطبع|حسن[اً]+)[^.:\n]{0,20}[!،,.:] *(?:إليك|هذا|هذه|سأ)"
        r"|\A\W*(?:إليك|فيما يلي)[^.\n]{0,80}:",
        OFFERS: r"(?:آمل أن يساعد|أتمنى أن (?:يساعد|يكون)|هل هناك أي شيء آخر)",
    },
    "hi": {
        HEADS: r"(?m)^[ \t]*(?:प्रश्न|सवाल|उत्तर|जवाब|संदर्भ) *\d{0,3} *:",
        ANNOUNCES: r"\A\W*(?:ज़रूर|जरूर|बिल्कुल|निश्चित रूप से)[^।:\n]{0,20}[!,।:] *(?:यहाँ|यहां|मैं|ये)",
        OFFERS: r"(?:आशा है (?:कि )?यह|क्या मैं (?:आपकी )?और)",
    },
    "zh": {
        HEADS: r"(?m)^[ \t]*(?:问题|問題|答案|回答|指令|用户|用戶|助手|上下文) *\d{0,3} *[:：]",
        ANNOUNCES: r"\A\W*(?:当然|當然|好的|没问题|沒問題)[^。：:\n]{0,10}[，,！!。：:] *"
        r"(?:这是|這是|以下|下面|我)|\A\W*(?:以下是|下面是)[^。\n]{0,40}[:：]",
        OFFERS: r"(?:希望(?:这|這)(?:能|对|對|些)|还有(?:什么|其他)[^。\n]{0,10}(?:帮|助))",
    },
    "ja": {
        HEADS: r"(?m)^[ \t]*(?:質問|回答|答え|指示|文脈|ユーザー) *\d{0,3} *[:：]",
        ANNOUNCES: r"\A\W*(?:もちろん|承知(?:しました|いたしました)|かしこまりました)[^\n]{0,10}[。！、!,]"
        r"|\A\W*以下(?:は|に|が)[^。\n]{0,40}(?:[:：]|です。)",
        OFFERS: r"(?:お役に立てれば幸いです|他に(?:何か)?(?:ご質問|お手伝い))",
    },
    "ko": {
        HEADS: r"(?m)^[ \t]*(?:질문|답변|대답|답|지시|문맥|사용자) *\d{0,3} *[:：]",
        ANNOUNCES: r"\A\W*(?:물론(?:입니다|이죠|이에요)|네,? 알겠습니다)[^\n]{0,10}[.!,]"
        r"|\A\W*다음은 [^.\n]{0,40}(?:[:：]|입니다\.)",
        OFFERS: r"(?:도움이 되(?:었|셨)으면|더 궁금한 (?:점|것)이)",
    },
}
"""The same for what is left of a prompt, or for an assistant's stock phrases."""
