"""Words and letters that tell languages apart where the judge is unsure: small words that every sentence has.

A word that several languages have counts for each, and for less.
"""

from __future__ import annotations

import re

FUNCTION_WORDS = {
    "en": "the is are was were of and to you my that this what why how it with for have has not just been "
    "your they we she he who does did can would should from about when there which but if all an at "
    "by be his her i m don im will get got out like see day love time good some more then them him us our had did going "
    "today tomorrow tonight night a so up now go really only people new way too know think never still every want",
    "pt": "não nao você voce vc vcs uma um os com pra pro para que do da dos das em no na nos nas ao aos "
    "isso isto esse essa está esta mas muito tem são também tbm ele ela eu meu minha foi só já vai tá "
    "pq mano hoje aqui quem como mais pelo pela até é o a e se por sou seu sua ser quando porque nem "
    "gente tô cara ter vou bem bom tudo aí lá então coisa fazer agora dele dela meus minhas dia pessoas hj tb n q "
    "quero tava nossa sempre nunca ainda depois assim mesmo era pode",
    "es": "el la los las una un y es en del con por para que pero muy está esto ese eso yo mi me lo le qué "
    "como más también hoy aquí quién hay son fue porque no se al su tu te si de cuando ya sin soy "
    "nada todo ella",
    "gl": "unha dunha nunha cunha non máis xa hoxe hai moi tamén ata onde co coa polo pola é o a os as do da que "
    "eu para por xente iso isto estou son foi moito",
    "ca": "el la els les un una amb per què però molt és són aquest aquesta això jo em ens de del dels al als i a "
    "avui demà he ha hem cap tinc teniu tota tot més on hora nit gens fa si us plau",
    "fr": "le la les des est et une un je pas que vous nous dans pour avec sur qui mais au aux du il elle "
    "ce cette ne se en on sont tout plus",
    "de": "der die das und ist nicht ein eine ich mit auf für von zu den dem sie wir auch es im wie was "
    "aber nur hat schon mir mich noch kein keine",
    "it": "il lo la che di è non per una un sono con gli della del anche più questo come ma mi si e le nel",
    "nl": "de het een en van ik niet dat is je te op met voor zijn er maar om hem dan wat ook naar bij nog heb "
    "heeft mijn weer wie of wordt kan deze dit geen iemand weet we zo",
    "sv": "och att det är jag en ett som på inte för med den har av till i min mitt vi du ska vad när hur från men "
    "om han hon nu igen mig dig sig efter någon vara bara också blev hela mina kan varför mycket",
    "da": "og at det er jeg en et som på ikke for med den har af til i min mit vi du skal hvad når hvor fra men "
    "om han hun nu igen hvorfor der mig dig sig meget efter nogen god dag være været bare også lige blev hele mine kan",
    "no": "og at det er jeg en et som på ikke for med den har av til i min mitt vi du skal hva når hvor fra men "
    "om han hun nå igjen hvorfor mine meg deg seg veldig etter noen å vært dagen får være bare også ble hele kan",
    "fi": "ja on ei se että en mutta kun niin hän olen ole mitä nyt vain myös taas tänään minä sinä oli jo miksi "
    "kuin ovat täällä voi",
    "pl": "i w nie się na to że z do jest co jak o ale po tak za od mnie mi już czy tylko dla jestem wy był była",
    "cs": "a se v na je to že s do ale jak si jsem už za by co tak po pro mě mi ne není jsou jen když byl byla zase",
    "sk": "a sa v na je to že s do ale ako si som už za by čo tak po pre mi nie sú len keď bol bola zase",
    "hr": "i u je na se da za ne od to su sam što kako ali samo nije već ima koji si mi smo bio bila gdje danas",
    "ro": "și în de la nu un o cu pe să că mai ce din este sunt am ai pentru care dar iar mi fi e acum cel",
    "hu": "a az és nem hogy egy is van ez de már meg mi csak volt még ma lett itt most ha mert vagyok",
    "tr": "bir ve bu da de için ne çok var mı mi yok ben gibi ama daha o kadar yine değil nasıl şey bugün",
    "vi": "là và của có không được một cho này tôi người bạn đã ở với mình rồi lại đi gì thì",
    "id": "yang dan di itu ini tidak dengan untuk ada saya aku kamu lagi sudah juga akan dari ke banget nggak gak "
    "apa bisa jadi nanti kenapa hari kita pernah",
    "ru": "и в не на я что это как с он она мы вы но по у меня так уже только был была если бы есть когда из",
    "uk": "і в не на я що це як з він вона ми ви але по у мене так вже тільки був була якщо є коли із та й",
    "bg": "и в не на аз че това как с той тя ние вие но по ще ми ме си е са да от за със съм най пак вече какво",
    "sr": "и у не на ја да је то како с он она ми ви али по мене тако већ само био била ако што су сам",
    "mk": "и во не на јас дека тоа како со тој таа ние вие но по мене така веќе само беше ако што се сум",
    "ar": "في من على ما لا أن هذا هذه إلى مع كل يا هو هي لم عن أو قد كان بعد مش اللي انا أنا",
    "fa": "و در به از که این است را با برای من تو هم چه می یک بود باز اگر ما شما نیست چرا",
    "ur": "ہے میں کے کی کا اور سے کو نہیں یہ ہیں تھا پر بھی ہو کر تو ہم آپ کیا",
    "hi": "है में के की का और से को नहीं यह हैं था पर भी हो कर तो मैं आप क्या ये हूं रहा रही",
    "mr": "आहे आणि मी तो ती ते नाही हा ही हे च्या मध्ये काय आहेत होते पण तर आता मला",
    "ne": "छ र को मा लाई ले हो छन् यो पनि गर्न भएको हुन्छ थियो तर म के छैन",
}

LETTERS = {
    **dict.fromkeys(("ã", "õ", "ção"), "pt"),
    **dict.fromkeys(("¿", "¡", "ñ"), "es"),
    **dict.fromkeys(("l·l", "ny "), "ca"),
    "ß": "de",
    "ő": "hu",
    "ű": "hu",
    **dict.fromkeys("ățș", "ro"),
    **dict.fromkeys("ğış", "tr"),
    **dict.fromkeys("łążśęćń", "pl"),
    **dict.fromkeys("řěů", "cs"),
    **dict.fromkeys("ľĺŕ", "sk"),
    **dict.fromkeys("іїєґ", "uk"),
    **dict.fromkeys("ыэё", "ru"),
    **dict.fromkeys("љњћђ", "sr"),
    **dict.fromkeys("ѓќѕ", "mk"),
    **dict.fromkeys("پچژگ", "fa"),
    **dict.fromkeys("ٹڈڑےں", "ur"),
    **dict.fromkeys("ةى", "ar"),
}
"""What only one of the languages writes that are taken for one another."""

_CLOSE = (
    "pt es gl ca it fr oc ast an da no sv nn nl af cs sk sl hr sr bs mk bg ru uk be id ms fa ur ar hi mr ne"
)
CLOSE = frozenset(_CLOSE.split())
"""Languages that the judge takes for one another."""

MARK = 0.3
"""What one function word of one language alone adds to the judge's probability."""

_WORD = re.compile(r"[^\W\d_]+(?:[\u093e-\u094d\u0902\u0903]+[^\W\d_]*)*")


ALWAYS = frozenset(("en", "pt", "es", "gl", "fr", "de", "it"))
"""Languages whose words count even where the judge did not think of them; of the others only those that it did."""


def _speakers() -> dict[str, tuple[str, ...]]:
    speakers: dict[str, dict[str, None]] = {}
    for language, words in FUNCTION_WORDS.items():
        for word in words.split():
            speakers.setdefault(word, {})[language] = None
    return {word: tuple(languages) for word, languages in speakers.items()}


_SPEAKERS = _speakers()


def marked(sample: str, scores: dict[str, float]) -> dict[str, float]:
    """`scores` of languages with what the words and letters of `sample`, in lower case, add to them."""
    sums = dict(scores)
    possible = ALWAYS.union(scores)
    for word in _WORD.findall(sample):
        languages = [language for language in _SPEAKERS.get(word, ()) if language in possible]
        for language in languages:
            # A word that many of them have tells little.
            sums[language] = sums.get(language, 0.0) + MARK / len(languages) ** 2
    if not sample.isascii():
        for mark, language in LETTERS.items():
            if mark in sample and language in possible:
                sums[language] = sums.get(language, 0.0) + MARK
    return sums
