"""What a sentence of a post does: assert something, ask, call for help, name a topic, or tell of its author alone.

Only what asserts can answer. A question without its mark ("How to choose a capacitor"), "I'm looking for advice" and a
title without a verb ("A question about fuses") assert nothing, however many of a question's words they hold. Patterns are
matched on plain text (`corpus.fold.plain`), in English, Portuguese and Chinese.
"""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import plain
from truthgpt.truth.claims import english, portuguese


def _any(*patterns: str) -> regex.Pattern[str]:
    return regex.compile("|".join(patterns))


_QUOTED = regex.compile(r"[\"“«「][^\"”»」]{1,400}[\"”»」]")
_LINK = regex.compile(r"\[[^\]]*\]\(\S+\)|https?://\S+")
# "How to wire a fuse", "Why cats purr": a heading that names what is told below it or asked. "What helped me was rest" and
# "When it rains, it pours" assert.
_NAMES_A_QUESTION = regex.compile(
    r"^\W*(?:\[[^\]]*\]\W*)?(?:(?:eli ?|tl;? ?)(?:\d+|dr)\b|(?:so|and|but|also|ok|okay),? )?\W*(?:"
    + "|".join(
        (
            r"(?:how|why|who|whom|whose|which)\b(?!ever)(?!.{1,60}\b(?:is|was|are|were) (?:because|that|by)\b)",
            r"what\b(?! (?:helped|works?|worked|matters|i (?:did|do|found|learned)|you (?:should|need|can|want)))",
            r"(?:when|where)(?: (?:is|are|was|were|do|does|did|can|could|should|will|would|to)\b|[^,]*$)",
            r"(?:is|are|was|were|am|do|does|did|can|could|would|will|should|has|have) (?:i|you|we|it|he|she|they|there|this|that"
            r"|these|those|the|a|an|any|anyone|anybody|someone|everyone|everybody|people|my|your|our)\b",
            r"(?:is|are|was|were|do|does|did|can|could|would|will|should) [\"“”]{2}",
            r"(?:if so|or if|whether|true or false|verdadeiro ou falso)\b",
            r"(?:como (?:e que|posso|devo|fazer)|por ?que|porque e que|qual|quais|sera que|alguem|ha alguma?)\b(?=[^,]*$)",
            r"(?:为什么|怎么|怎样|如何|请问|有没有人|谁|求|是真是假|对还是错)",
        )
    )
    + ")"
)
_HEADING = regex.compile(r"^\W*(?:como|o que|quem|quando|onde|quant[oa]s?)\b(?=[^,]*$)")
_ADVICE = r"(?:advice|suggestions?|tips?|recommendations?|ideas|thoughts|pointers|feedback|help)"
_SEEKS = _any(
    rf"\b(?:any|some|your) (?:\w+ ){{0,4}}{_ADVICE}\b.{{0,60}}\b(?:appreciated?|welcome|grateful|helpful|great)\b",
    rf"\b(?:any|for (?:some|your)|need(?:s|ing)?|want(?:ed)?|looking for|seeking|ask(?:ing)? for) (?:\w+ ){{0,2}}{_ADVICE}\b",
    rf"\b{_ADVICE} (?:needed|wanted|please|request(?:ed)?)\b|\bplease (?:help|advise|explain|share|let me know|discuss)\b",
    r"\b(?:any|some|your) (?:\w+ ){0,4}(?:is|are|would be|will be) (?:\w+ )?(?:appreciated|welcome|great|helpful)\b",
    r"\b(?:can|could|does|do|did|has|have|would|is) (?:any ?one|any ?body|some ?one|some ?body|any of you|you guys)\b",
    r"\b(?:i|we)(?:'m| am|'re| are|'d| was| were|'ve been| have been)? (?:just |also |really |still |currently |simply |always |a bit )*"
    r"(?:wonder(?:ing|ed)?|curious|looking (?:for|into|to)|seeking|asking|ask|in need of|hoping (?:to|for|you|some)|wanted to (?:know|ask|hear)"
    r"|trying to (?:figure|find|understand|decide|learn|determine)|confused|not sure|unsure|unable|stuck|lost|at a loss|clueless)\b",
    r"\b(?:i|we)(?:'d| would| do)? (?:really |just |also )*(?:like|love|want|need)"
    r" (?:to (?:know|hear|see|ask|learn|understand|find|get)|some|any|help|advice|your)\b",
    r"\b(?:i|we) (?:do not|don't|can't|cannot|couldn't|didn't) (?:really |quite |even |fully )*(?:know|understand|figure|find|decide)\b",
    r"\bthanks? (?:you )?(?:so much )?(?:in advance|for (?:any|your|reading|the help))\b|\bhelp me\b|\btell me\b|\blet me know\b",
    r"^\W*help (?:with|needed|wanted|\w+ing (?:my|an?|the))\b",
    r"\b(?:explain|teach|convince|enlighten) (?:to )?me\b|^\W*(?:\[?(?:help|question|request|advice|discussion)\]?\s*[:\]-])",
    r"^\W*(?:hey,? |hi,? )?(?:guys,? |all,? )?(?:just |was |am )?(?:curious|interested|wondering) (?:if|whether|how|what|why|who|to (?:know|hear|see))\b",
    r"[.:;!…] (?:should|shall|can|could|do|did|am|have) i\b",
    r"\b(?:quick |stupid |dumb |simple |general )?questions? (?:about|regarding|on|for|concerning)\b|\b(?:my|another) (?:\w+ )?questions? (?:is|was|are)\b",
    r",? so (?:will|would|should|can|could) (?:the|an?|it|i|they|this|that|you|we|my)\b(?! .{0,80}\bthat\b)",
    r"\beli5\b|\bcmv\b|\bama\b|\bdiscuss\W*$|\bwhat (?:are )?your\b|^\W*(?:looking|searching|asking) (?:for|to)\b",
    r"\b(?:alguem (?:sabe|me|pode|tem|conhece)|gost(?:ava|aria) de (?:saber|ouvir)|queria (?:saber|perguntar)|preciso de (?:ajuda|conselhos)"
    r"|procuro|estou a procura|agradeco|obrigad[oa] desde ja|ajudem?-me|nao sei (?:se|como|o que))\b",
    r"求助|求推荐|有谁知道|想知道|想问|请教|请问|谢谢大家",
)
# What a post that asks for help says below its title.
_FOR_HELP = _any(
    r"\b(?:any (?:help|advice|suggestions?|ideas|tips|input|thoughts|recommendations?)|(?:please|can (?:you|some(?:one|body))|any(?:one|body)) help"
    r"|help (?:would|is|please)|how (?:do|can|should|would) i"
    r"|what (?:should|can|do|could) i|should i|appreciated|thanks in advance|is there (?:a|any) way|(?:does|can|has) any(?:one|body)"
    r"|looking for (?:advice|help|a way|some))\b",
    r"\b(?:alguem (?:sabe|pode|consegue|ja)|como (?:posso|faco|devo)|o que (?:posso|devo) fazer|preciso de ajuda|ajudem?-me|agradeco (?:qualquer|desde))\b",
    r"求助|怎么办|请问|有没有办法|谢谢大家",
)
# "Here's a nice article on fasting", "A redditor explains tides": that there is something to read, not what it says. "Here are two
# sites that sell it: A and B" says it.
_TO_READ = (
    r"(?:articles?|posts?|links?|guides?|lists?|threads?|videos?|(?:web)?sites?|blogs?|resources?|write-?ups?|essays?|explanations?|metaphors?"
    r"|summar(?:y|ies)|charts?|infographics?)"
)
_ANNOUNCES = _any(
    r"\b(?:here(?:'s| is| are)|check out|found|wrote|made|posted|came across|stumbled (?:up)?on|read) (?:an?|some|my|this|these|the|two|three|\d+)"
    rf" (?:\w+(?:[- ]\w+)? ){{0,3}}{_TO_READ}\b(?!.*:\s*\w)",
    r"^\W*(?:(?:a )?(?:user|redditor|commenter)|/?u/)\W*[\w-]* ?(?:explains?|describes?|offers?|gives?|breaks? down|answers?|sums? up)\b",
    r"\b(?:listed|described|explained|discussed|outlined|linked|shown|given|see|read) (?:\w+ ){0,3}"
    r"(?:below|in the comments|in this (?:thread|post|article|video))\b",
    r"\bthis (?:paper|study|article|essay|report|post|video|guide) "
    r"(?:examines?|explores?|describes?|discusses|reviews?|presents?|covers?|explains?|investigates?)\b",
    r"\bwe conclude (?:by|with)\b",
    r"^\W*(?:i )?(?:just )?(?:saw|found|read|spotted|came across|stumbled (?:up)?on) (?:this|these)(?: \w+)? (?:on|in|over|at|from|while|today|earlier)\b",
    r"\bthought (?:you|y'all|people|some of you)(?: \w+)?(?: might| may| would|'d| could) (?:also )?(?:like|enjoy|appreciate|find|want)\b",
    r"\bthought (?:this|it) (?:might|may|would) (?:be (?:interesting|relevant|helpful|useful|of (?:use|interest))|interest|belong)\b",
    r"\b(?:get|go|come|talk|write|say more) (?:\w+ ){0,4}(?:later|below|in a (?:moment|minute|bit)|another time)\W*$",
    r"\b(?:aqui (?:vai|vao|esta|estao)|deixo(?: aqui)?|encontrei|escrevi|li) (?:um|uma|uns|umas|o|a|este|esta) (?:\w+ ){0,2}"
    r"(?:artigo|texto|video|lista|guia|site|link|post)\b",
    r"(?:这里有|分享|推荐|转)(?:一[篇个份段]|几[篇个份段]|篇|个)?.{0,8}(?:文章|帖子|视频|链接|清单|指南)",
)
# What anybody would think, said to be told that it is not so; and what is only put to see what would follow.
_SUPPOSES = _any(
    r"\b(?:logic|common sense|intuition|intuitively)(?:,| would| seems to)* (?:dictates?|suggests?|says?|tells?)\b",
    r"\b(?:you|one|i|we)(?:'d| would) (?:have )?(?:think|thought|expect|expected|assume|assumed|imagine) (?:that|it|the|a|this|they)\b"
    r"(?!.*\b(?:but|however|because)\b)",
    r"^\W*(?:(?:so|ok|okay|now|well|and|but),? )?(?:let(?:'s|s| us) (?:say|assume|suppose|imagine|pretend)|suppose|imagine|assume that|hypothetically)\b",
    r"^\W*(?:digamos que|suponhamos|imagine[m]? que|supondo)\b|^\W*(?:假设|比方说|打个比方)",
    r"\b(?:seria de esperar|a logica diria|pensar-se-ia)\b|按理说|照理说|按常理",
)
_READ_ON = regex.compile(
    r"\b(?:check out|take a look at|have a look at|(?:read|find out|learn|see|know) more(?: (?:about|on|of) \w+)?(?: (?:here|at|on|in))?)\W*\[[^\]]*\]\(|"
    r"\bif you(?:'d| would)? (?:want|like|wish|care) to (?:read|know|learn|find out|see) more\b",
    regex.IGNORECASE,
)
_OWN = _any(
    r"\b(?:i|i'm|i've|i'd|i'll|im|ive|me|my|mine|we|we're|we've|our|myself|eu|meu|minha|meus|minhas|estou|tenho|sou|fui)\b|我",
    r"^\W*(?:planning|thinking|starting|considering|moving|going|just (?:got|bought|started|moved)|recently|currently) ",
)
# What its author thinks, or what came of what they did: that is worth telling others.
_OUTCOME = _any(
    r"\b(?:help(?:s|ed|ing)?|worked|fix(?:es|ed)|solv(?:es|ed)|cur(?:es|ed)|improv(?:es|ed)|learn(?:ed|t)|reali[sz]ed?|found|noticed|discovered)\b",
    r"\b(?:work(?:s|ed) (?:for|well|great|wonders)|the (?:trick|key|secret|best|answer)|made (?:me|it|a)|makes (?:me|it)|caus(?:es|ed)|thanks to)\b",
    r"\b(?:ended up|finally|success\w*|recommend\w*|think|believe|feel|opinion|belief|conclude|prefer|love|hate|agree|disagree|should|suggest|must)\b",
    r"\b(?:would say|because|better|worse|easier|harder|never felt|healthy|lost|gained|quit)\b",
    r"\b(?:ajud\w+|funcion\w+|resolv\w+|melhor\w*|aprendi|descobri|percebi|acho|penso|acredito|prefiro|recomendo|deve\w*|porque)\b",
    r"有用|有效|解决|发现|学到|觉得|认为|建议|应该|因为",
)
# "(In June.)", "If ghosts were real.", "the `_____` lever": no statement by itself.
_ASIDE = regex.compile(
    r"(?i:if|se) [^,，]{0,60}\.\s*$|\s*[(（][^()（）]*[)）][.。]?\s*$|.*(?<!\w)_{3,}(?!\w)", regex.DOTALL
)
_BELOW = 3_000
"""Characters of a post below its title that are looked at."""
_TOKEN = regex.compile(r"'?\p{L}+(?:-\p{L}+)*|é")
_HAN = regex.compile(r"\p{Han}")
_ENDED = regex.compile(r"[.!…]['\"”’)\]*_]*\s*$")
_AMOUNT = regex.compile(r"(?<![\p{L}\d])\d")
_SENTENCE = 6
"""Words from which what ends as a sentence does is one."""
_FINITE = frozenset(("aux", "past", "third", "present"))
_NO_VERB_AFTER = frozenset(
    [
        "to",
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "for",
        "with",
        "by",
        "at",
        "from",
        "my",
        "your",
        "his",
        "her",
        "their",
        "our",
        "this",
        "that",
        "these",
        "those",
        "o",
        "a",
        "os",
        "as",
        "um",
        "uma",
        "de",
        "do",
        "da",
        "para",
    ]
)
"""Words after which a form of a verb is none."""
_OWNS_NOTHING = frozenset(
    [
        "it",
        "he",
        "she",
        "that",
        "there",
        "here",
        "what",
        "who",
        "this",
        "which",
        "everything",
        "everyone",
        "nothing",
        "one",
    ]
)
"""Words after which "'s" is a verb."""
_PLURAL = frozenset(["i", "you", "we", "they", "people", "who", "and", "not"])


def asserts(sentence: str, language: str) -> bool:
    """Whether `sentence` says that something is so, or should be done: no question, no call for help, no bare topic, no aside, which says
    it of what stands before, and no line of which a part is to be filled in."""
    said = _LINK.sub(" ", _after_questions(sentence))
    return (
        not _ASIDE.match(sentence)
        and any(char.isalnum() for char in said)
        and not _seeks(said)
        and _has_verb(said, language)
    )


def asks(sentence: str) -> bool:
    """Whether `sentence` ends as a question or calls for help; a question that it answers itself is none."""
    said = _after_questions(sentence)
    return not any(char.isalnum() for char in said) or _seeks(said)


def announces(sentence: str) -> bool:
    """Whether `sentence` only says that there is something to read or to come, not what it says."""
    return (
        _ANNOUNCES.search(plain(_LINK.sub(" ", sentence))) is not None
        or _READ_ON.search(sentence) is not None
    )


def supposes(sentence: str) -> bool:
    """Whether `sentence` only says what one would think, as who asks why it is otherwise does, or puts a case."""
    return _SUPPOSES.search(plain(sentence)) is not None


def names_a_problem(post: str, end: int) -> bool:
    """Whether what ends at `end` stands in the title of a `post` that asks for help below it: then it names the problem, and answers nobody."""
    title, _, below = post.partition("\n")
    return end <= len(title) and _FOR_HELP.search(plain(below[:_BELOW])) is not None


def is_own_situation(sentence: str) -> bool:
    """Whether `sentence` only tells of its author ("I have a board with a loose socket"), not what they think or what helped."""
    line = plain(sentence)
    return _OWN.search(line) is not None and _OUTCOME.search(line) is None


def _after_questions(sentence: str) -> str:
    """What follows the last question: "Why so late? Because of the tide." answers itself. Questions in quotation marks stay."""
    said = str(_QUOTED.sub("“”", sentence))
    return said[max(said.rfind("?"), said.rfind("？")) + 1 :]


def _seeks(said: str) -> bool:
    line = plain(said)
    return (
        _NAMES_A_QUESTION.search(line) is not None
        or _SEEKS.search(line) is not None
        or (_ENDED.search(said) is None and _HEADING.search(line) is not None)
    )


def _has_verb(sentence: str, language: str) -> bool:
    """Whether a word can be a finite verb. Han is not told apart; "5,000 confirmed." says something without one, and a whole
    sentence with its full stop is taken to have one that is not known."""
    words = _TOKEN.findall(sentence[:600].lower().replace("’", "'"))
    if _HAN.search(sentence):
        return True
    if _ENDED.search(sentence) and (len(words) >= _SENTENCE or _AMOUNT.search(sentence)):
        return True
    return any(
        _is_finite(word, words[place - 1] if place else "", language) for place, word in enumerate(words)
    )


def _is_finite(word: str, before: str, language: str) -> bool:
    if before in _NO_VERB_AFTER or (word == "'s" and before not in _OWNS_NOTHING):
        return False
    form = portuguese.form if language == "pt" else english.form
    kind = form(word if word == "é" else plain(word))
    # "Use larger ones", "dogs bark": the bare form is a verb where a clause opens or several do it.
    bare = not before or before in _PLURAL or (before.endswith("s") and not before.endswith(("ss", "'s")))
    return kind in _FINITE or (kind == "base" and bare)
