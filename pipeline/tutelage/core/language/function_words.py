"""Words without content of their own, by language: articles, prepositions, question words.

They tell languages of one alphabet apart, and are left out where texts are compared by content. Of
scripts written without spaces they are single characters, as words are there.
"""

from functools import lru_cache

ENGLISH = """
a about after all also am an and any are as at be because been before being but by call called can
could did do does doing done during each for from get had has have having he her here hers him his
how i if in into is it its itself just kind many may me might more most much must my name named no
nor not of often on only or other our out over own please put same shall she should so some such
than that the their them then there these they this those through to too under until up us very was
we were what when where which while who whom whose why will with would you your
it's that's what's don't doesn't didn't isn't aren't wasn't can't won't
"""

LATIN: dict[str, str] = {
    "de": """
aber alle als also am an auch auf aus bei beim bin bis bist da damit dann das dass dem den denn der
des die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines
er es für gegen hat hatte haben ich ihm ihn ihr ihre im in ist ja kann können man mehr mit muss nach
nicht noch nur ob oder ohne sehr sein seine sich sie sind so über um und uns unter vom von vor war
waren warum was wann welche welchem welchen welcher welches wem wen wenn wer werden wessen wie wir
wird wo wobei wodurch wofür woher wohin womit wurde wurden zu zum zur zwischen viel viele wieviel
""",
    "fr": """
a à au aux avec ce cela ces cet cette combien comme comment d dans de des donc du elle elles en
est et été être il ils j je l la le les leur leurs lequel laquelle lui mais me même mes mon n ne
nos notre nous on ont ou où par pas plus pour pourquoi qu quand que quel quelle quelles quels
qui quoi s sa sans se ses si son sont sous sur ta tes toi ton tu un une vos votre vous y c était
avait peut fait
""",
    "es": """
aquí a al algo ante aquel con contra cual cuál cuales cuáles cuando cuándo cuanta cuánta cuantas
cuántas cuanto cuánto cuantos cuántos de del desde donde dónde el él ella ellas ellos en entre
era es esa ese eso esta está están estas este esto estos fue ha hace han hasta hay la las le les
lo los más me mi muy ni no nos o para pero por porque qué que quien quién quienes se ser si sí
sin sobre son su sus también tiene tienen tu un una uno unos unas y ya cómo como puede
""",
    "pt": """
aqui a à ao aos as às até com como cuja cujo da das de do dos e é ela elas ele eles em entre era
essa esse esta está este estão eu foi foram há isso isto já lhe mais mas me mesmo muito na não
nas nem no nos nós o onde os ou para pela pelas pelo pelos por porque porquê qual quais quando
quanta quantas quanto quantos que quem se sem ser seu seus sua suas são só também tem têm um uma
você pode
""",
    "it": """
a ad agli ai al alla alle allo anche c che chi ci come con cosa cui d da dagli dai dal dalla dalle
degli dei del della delle dello di dove e è ed era essere fra gli ha hanno i il in io l la le lei lo
loro lui ma mi ne nei nel nella nelle no noi non o per perché più può qual quale quali quando quanta
quante quanti quanto quella quello questa queste questi questo se sei si sono sta su sua sue sui sul
sulla suo tra tu un una uno vi
""",
    "nl": """
aan al als bij dan dat de deze die dit door dus een en er geen haar had heb hebben heeft het hij hoe
hoeveel hun ik in is ja je kan kunnen maar met mijn na naar niet nog nu of om onder ons ook op over
te tot tussen uit van veel voor waar waarom wanneer waren was wat we welk welke wie wij word worden
wordt zal ze zich zij zijn zo zonder
""",
    "sv": """
alla är att av blir dan de dem den denna deras dess det detta du efter eller en ett från för ha har
hade han hon hur i in inte jag kan kommer man många med men mellan mycket när någon och om på sedan
sig sin ska skulle som så till under upp ut vad var varför vem vid vilka vilken vilket vår är över
""",
    "da": """
af alle at blev bliver da de dem den denne der deres det dette du efter eller en er et for fra ham
han har havde hun hvad hvem hvilke hvilken hvilket hvis hvor hvorfor hvornår hvordan i ikke jeg kan
man mange med mellem men mere nogen når og om op over på sig sin skal som så til ud under var ved
vi vil være
""",
    "no": """
alle at av ble blir da de dem den denne der deres det dette du eller en er et etter for fra ha han
har hadde hun hva hvem hvilke hvilken hvilket hvis hvor hvordan hvorfor i ikke jeg kan man mange med
mellom men mer når noen og om opp over på seg sin skal som så til under ut var ved vi vil være
""",
    "fi": """
ei eivät ja jos joka jossa jonka kanssa koska kuin kuinka kuka mikä missä mitä miten mihin
millainen milloin miksi mutta mukaan myös ne niin nyt on oli olivat ovat olla se sen siellä sitä
tai tämä tämän että vai vain voi hän he me minä sinä paljon monta montako
""",
    "pl": """
a ale bo być był była było były by co czy czyj dla do gdzie go i ich ile ilu im ja jak jaka jaki
jakie jako jest jego jej jeśli już kiedy kim kto która które którego której który których ma mają
może na nad nie nim o od on ona oni po pod przez przy są się skąd ta tak tam te tego tej ten to tu
tylko w we więc z za ze że dlaczego
""",
    "cs": """
a ale ani být byl byla bylo byly co což do i jak jaká jaké jaký je jeho její jejich jen jsem jsou k
kde kdo kdy když kolik která které kterého který ke má mají může na nad nebo není o od on ona oni po
pod proč pro při s se si ta tak tam ten tento to tu u v ve však z za ze že
""",
    "hu": """
a az ahol ahogy aki amely ami azt be csak de egy ehhez ennek és ez ezt fel ha hány hány hogy hogyan
hol honnan hova igen is ki kié kit le lehet lesz meg mely melyik mennyi mert mi mikor milyen miért
mit nem nincs ott össze sem több vagy van vannak volt voltak
""",
    "ro": """
a ai al ale are au avea ca care cât câte câți ce cel cea cei cele cine cu cum când dar de din după
este e el ea ei ele fi fost în între la le lor lui mai nu o pe pentru prin sau se sunt și său sa
unde un una unei unui de ce
""",
    "tr": """
acaba ama ancak bir biri birçok bu çok da daha de değil diye en gibi hangi hangisi hem her ile için
ise kaç kadar ki kim kime kimin mı mi mu mü nasıl ne neden nedir nerede nereden nereye o olan olarak
oldu olduğu olur sonra şu tarafından var ve veya ya yok zaman
""",
    "id": """
ada adalah agar akan apa apakah atau bagaimana bahwa bagi berapa bisa dalam dan dapat dari
dengan di dia hanya ini itu jika juga kami kapan karena ke kepada kita lebih mana mengapa mereka
oleh pada para saat saja sangat saya sebagai sebuah siapa sudah tentang telah tidak tersebut
untuk yang
""",
    "vi": """
ai bao bao_nhiêu bằng bị các cái cho có của cùng đã đang đâu để đến được gì hay hơn khi không là lại
làm mà mấy một nào này nên người những như nhưng nhiêu ở ra rất sao sẽ tại thì thế trên trong từ và
vào vì với
""",
}
"""Of other languages in Latin letters."""

OTHER: dict[str, str] = {
    "ru": """
а бы был была были было в во вы где да для до его ее её если есть еще ещё же за и из или им их к как
какая какие какой каком каков кем когда кого кому который которая которое которые ко кто куда ли
между мне мы на над не него нее ней нет них но о об он она они оно от откуда по под почему при про с
самый сколько со так также там то того тоже только ты у уже чего чей чем через что чтобы чья эта эти
это этот
""",
    "uk": """
я цим цією саме а або але б був була були було в вам ви від він вона вони воно все де для до є з
за звідки і із й його їй їх її за коли кого кому котра котрий куди ми на над не них ні но під по
при про саме скільки та так там те тим то у це цей ця чи чий чого чому що щоб хто яка яке який
які як якого якому якій
""",
    "el": """
α αλλά αν από αυτά αυτές αυτή αυτό αυτός για γιατί δεν είναι εκεί ένα ένας επί έχει έχουν η ή
ήταν θα και κάθε κατά με μέχρι μετά μη μην μία μια μας να ο οι ό όπως όταν ότι όχι πόσα πόσες
πόση πόσο πόσοι πόσος πότε που πού πως πώς ποια ποιά ποιες ποιο ποιοι ποιος ποιον ποιών προς σαν
σε στα στη στην στης στις στο στον στους σου τα τη την της τι τις το τον του τους των υπό ως
""",
    "hy": """
ալ այդ այն այս այց դեպի են է եմ եւ և էր էին թե ի ինչ ինչի ինչպես ինչու իր կա կամ համար հետ մեջ մի նա
նրա որ որը որի որոնք որտեղ ով ովքեր վրա քան քանի ու ըստ երբ
""",
    "ka": """
ან არ არა არის აქ აქვს და ეს ის იმ ამ იყო თუ კი მაგრამ მას მათ მე მის მიერ რა რას რამდენი რატომ
რის რომ რომელი რომელიც როგორ როგორი როდის როცა სად საიდან უნდა ვინ ვის შესახებ შემდეგ ხოლო
""",
    "he": """
או אז איזה איזו אילו איך איפה אל אם אני את אתה באיזה באיזו בין בכמה גם הוא היא הם הן היה הייתה היו
הזה הזאת האם זה זו זאת יש כאשר כי כל כמה כך לא לאן לפי ליד מ מאיפה מאין מה מהו מהי מהם מי מיהו מתי
על עם של שלו שלה תחת לו לה עד
""",
    "ar": """
أن أنا أنت أو أي أية أين إذا إلى إن التي الذي الذين اللذان اللتان الى ان او اين بعد بين بماذا ثم
حتى حين ذلك تلك على عن عند عندما عدد غير في فيه فيها قبل قد كان كانت كل كم كما كيف لا لأن لكن لم
لماذا لن له لها ليس ليست ما ماذا مع متى من منذ مما هذا هذه هل هم هما هو هي هناك و وهو وهي ولا
يكون تكون
""",
    "fa": """
از است اگر اما این آن آیا با باید بر برای بود بودند به بین تا چرا چقدر چگونه چند چه چی چیست خود
در را دارد دارند شد شده شود شوند کجا کجاست که کدام کند کنند کی کیست ما من می نمی نیز نیست هر هست
هم هستند همین و یا یک
""",
    "ur": """
اس ان اور اگر ایک اپنا اپنی اپنے بھی پر پھر تا تک تھا تھی تھے تو جا جب جس جو سب سے کا کب کر کرتا
کرتی کرتے کرنے کس کو کون کونسا کونسی کی کیا کیسے کیوں کہ کہاں کتنا کتنی کتنے کے گا گی گے لیے مگر
میں نہ نہیں نے وہ ہو ہوا ہوتا ہوتی ہوئی ہوئے ہیں ہے یا یہ یہاں
""",
    "hi": """
अगर अपना अपनी अपने आप इन इस इसका इसकी इसके उन उस उसका उसकी उसके एक और कब कर करता करती करते करना
करने कहाँ कहां का कि कितना कितनी कितने किस किसका किसकी किसके किसने की कुछ के को कौन कौनसा कौनसी
क्या क्यों कैसा कैसे गया गयी गई गए जब जहाँ जो तक तथा तब तो था थी थे द्वारा न नहीं ने पर फिर भी
मगर मे में मैं यदि यह या ये रहा रही रहे लिए लेकिन व वह वाला वाली वाले वे से सभी हम ही हुआ हुई
हुए है हैं हो होता होती होते होना
""",
    "bn": """
আছে আর আমরা আমি এ এই এক একটি এবং এর ও ওই কখন কত কতটি কার কাকে কি কিন্তু কী কে কেন কেমন কোথায়
কোন করা করে করেন ছিল জন্য তা তার তাহলে তিনি তুমি থেকে দিয়ে না নয় নেই পর্যন্ত বা মধ্যে যখন যদি
যা যায় যে সঙ্গে সে সেই হয় হয়ে হয়েছে হবে
""",
    "ta": """
அது அந்த அல்லது அவர் அவர்கள் அவை இந்த இது இல்லை இருந்து உள்ள உள்ளது உள்ளன எங்கு எங்கே எது எத்தனை
எந்த எப்படி எப்போது எவ்வளவு என்ன என்பது என்று ஏன் ஒரு கொண்டு தான் மற்றும் மேலும் யார் வரை
""",
    "ko": """
것 그 그리고 그것 있다 있습니다 있나요 있는가 있는 없다 이 저 및 또는 또한 누구 누가 누구인가요
누구입니까 몇 무엇 무엇인가 무엇인가요 무엇입니까 무슨 어느 어떤 어떻게 어디 어디에 어디인가요
어디입니까 언제 언제인가요 얼마 얼마나 얼마인가요 얼마입니까 왜 하다 합니다 하나요 한다 이다
입니다 인가요 인가 되다 됩니다
""",
    "zh": """
的 了 是 在 吗 嗎 呢 吧 么 麼 什 甚 哪 谁 誰 几 幾 之 也 而 与 與 和 及 就 都 又 为 為 何 这 這
那 其 把 被 从 從 多 少 有 个 個 于 於 以 或 即 并 並
""",
    "ja": """
の は が を に で と も か へ や な だ た て る い す し れ さ ら り く ん う こ そ あ ど よ ね
何 誰
""",
    "th": """
ที่ ของ และ ใน เป็น มี ได้ จะ ให้ กับ ว่า ไหน อะไร ใคร กี่
""",
}
"""Of languages in letters of their own, or nearly so."""


@lru_cache
def function_words(language: str) -> frozenset[str]:
    """The words of one language by its ISO code; none where it is not known here."""
    text = ENGLISH if language == "en" else LATIN.get(language) or OTHER.get(language) or ""
    return frozenset(text.split())


@lru_cache(maxsize=1)
def in_own_letters() -> frozenset[str]:
    """Those of all languages that Latin letters cannot be taken for."""
    return frozenset(word for text in OTHER.values() for word in text.split())
