"""Whether a text plainly says what its author thinks: to be shown beside it, so what is not plain is none.

`kinds` finds every sentence that may not be worth checking; here "the Great Wall" and "95% must be immune" are no opinions.
"""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import plain
from truthgpt.truth.sentences import split

_OWN = regex.compile(
    r"\b(?:i|we)(?:'d|'ve)? (?:(?:really|still|also|just|honestly|personally|strongly|do|don't|never|always|absolutely) ){0,2}"
    r"(?:think|believe|feel|guess|prefer|love|hate|like|hope|wish|doubt|suppose|disagree|agree|recommend|suspect|enjoy|loved|hated|enjoyed)\b"
    r"(?! (?:it was|so i)\b)"
    r"|\b(?:imho|imo|in my (?:humble |honest )?(?:opinion|view)|if you ask me|my (?:two cents|favou?rite))\b"
    r"|(?<!\bi )\b(?:should|shouldn't|ought to|deserves? (?:to|better|more))\b(?! (?:have )?(?:arrive|land|be (?:back|ready|there|out)))"
    r"|\b(?:overrated|underrated|not worth it|worth every|waste of (?:time|money))\b"
    r"|\b(?:eu )?(?:acho que|penso que|acredito que|prefiro|adoro|adorei|odeio|odiei|gosto de|gostei|detesto|recomendo|espero que)\b"
    r"|\b(?:na minha opiniao|deveriam?|deviam|nao devia|vale a pena|perda de tempo)\b"
    r"|(?:我|我们|个人)(?:还是|也|真的|真|都|比较|更)?(?:觉得|认为|感觉|喜欢|讨厌|希望|建议|推荐|支持|反对)"
    # Insult says what its author thinks of somebody, whatever it is said of.
    r"|(?:\b(?:is|are|was|were)|'s|'re)(?: (?:a|an|all|just|such|so|really|nothing but|complete|total|bunch of|pieces? of|fucking)){0,3}"
    r" (?:sluts?|whores?|bitch(?:es)?|idiots?|idiotic|morons?|moronic|imbeciles?|retards?|assholes?|scum(?:bags?)?|shit(?:ty|heads?)?|trash|disgusting"
    r"|stupid|dumb|pathetic|worthless)\b"
    r"|\b(?:e|sao|era|eram)(?: (?:um|uma|uns|umas|todos|todas|bando de|so|muito|mesmo)){0,3}"
    r" (?:putas?|vadias?|vagabundas?|idiotas?|imbecil|imbecis|burr[oa]s?|lixo|nojent[oa]s?|estupid[oa]s?|merda|escoria)\b"
    r"|(?:就|都|全|真)?是(?:一[群帮个])?(?:婊子|贱人|蠢货|傻[逼子瓜]|白痴|人渣|垃圾|废物|脑残)"
    r"|在我看来|应该(?!是|会|有)|不该|值得一(?:看|去|试)|不值得"
)
_HEARD = regex.compile(
    r"^\W*\p{Lu}[\p{L} .]{1,40}: [\"“]"
    r"|\b(?:thinks|believes|feels|wants to believe)\b"
    r"|\b(?:said|says|told|claims?|claimed|argues?|argued|warned|wrote|according to|disse|diz|dizem|afirmou|segundo)\b|表示|指出|宣布|报道"
)
_ASKED = regex.compile(r"^\W*(?:what|which|who|where|when|how|why|que|qual|quem|como|por que)\b")
_SHARE = 0.5
"""Of its sentences that say what the author thinks, from which the text does."""


def is_opinion(text: str) -> bool:
    """Whether at least half of the sentences of `text` plainly say what its author thinks, in English, Portuguese or Chinese.
    What others are said to think is a claim."""
    sentences = split(text)
    own = [_is_own(one.text) for one in sentences]
    return bool(own) and sum(own) >= _SHARE * len(own)


def _is_own(sentence: str) -> bool:
    line = plain(sentence)
    if line.rstrip("\"'”’)]* ").endswith(("?", "？")) or _ASKED.search(line):
        return False
    return bool(_OWN.search(line)) and not _HEARD.search(sentence) and not _HEARD.search(line)
