"""Which parts of a post are not its author's own words: quoted lines, quotations, letters and pages that they pass on, talk that they write
down, what somebody argued or claims.

A post that quotes something does not say it: its author may quote it to laugh at it or to ask for a reply. Such a sentence is no
quotation of the post. Patterns are matched on the text as it is, in English, Portuguese and Chinese.
"""

from __future__ import annotations

from functools import lru_cache

import regex

_LINE = regex.compile(r"^[ \t]*(?:[-*•][ \t]+)?(?:>|＞|&gt;)[^\n]*", regex.MULTILINE)
_LEAST = 30
"""Characters from which what stands between marks is told by somebody; less is a word that its author holds at arm's length."""
# Marks whose end has another form; and straight ones, which open before a word and close behind one.
_MARKED = regex.compile(
    r"“[^”\n]*(?:”|$)|„[^“”\n]*(?:[“”]|$)|«[^»\n]*(?:»|$)|「[^」\n]*(?:」|$)|『[^』\n]*(?:』|$)"
    r"|(?<![^\W\p{Han}]|\")\"(?=\S)[^\n]*?(?:(?<=\S)\"(?![^\W\p{Han}])|$)|(?<![\w'])'(?=[\p{Lu}])[^'\n]*(?:(?:(?<=\w)'(?=\w))[^'\n]*)*(?:'(?!\w)|$)",
    regex.MULTILINE,
)
# Paragraphs in italics throughout: a pasted text, mostly.
_ITALIC = regex.compile(r"^[ \t]*\*(?![\s*])[^*]{120,4000}(?<!\s)\*[^\w*\n]{0,8}$", regex.MULTILINE)
# A paragraph that stands between marks as a whole, whatever marks are within it; one under which a name stands.
_PARAGRAPH = regex.compile(r"^[ \t]*[\"“][^\n]{30,}[\"”]\W*$", regex.MULTILINE)
_NAMED = regex.compile(
    r"^[^\n]{30,}\n\s{0,3}(?:[-–—―~]{1,2}|by )\s?\p{Lu}[\p{L}.'’-]*(?: (?:\p{Lu}|(?:de|da|do|van|von|of|the) )[\p{L}.'’-]*){1,4}[^\p{L}\n]{0,8}$",
    regex.MULTILINE,
)
_LETTER = regex.compile(
    r"^[^\w\n]{0,12}(?:dear\b[^\n]{0,80}\n\s{0,8})?thank(?:s| you)(?: so much| very much)? for (?:contacting|writing|e-?mailing|calling|reaching out"
    r"|sharing your|getting in touch|your (?:[\w,]+ ){0,4}(?:letter|e-?mail|message|correspondence|inquiry|call|recent|thoughts|interest|concerns?))\b"
    r"|^[^\w\n]{0,12}(?:obrigad[oa]|agradecemos|agradeço) (?:por|pelo|pela) (?:(?:seu|sua|vosso|vossa) )?(?:contat[oa]r?|"
    r"contact[oa]r?|e-?mail|mensagem|carta)\b"
    r"|^[^\w\n]{0,12}(?:感谢您的?(?:来信|来函|留言|邮件)|您好，感谢)",
    regex.MULTILINE | regex.IGNORECASE,
)
_SIGNED = regex.compile(
    r"^[^\w\n]{0,12}(?:sincerely|yours (?:truly|sincerely|faithfully)|(?:(?:best|kind|warm)[ \t]+)?regards|atenciosamente|cordialmente"
    r"|com os melhores cumprimentos|此致|敬上)\b[^\n]*",
    regex.MULTILINE | regex.IGNORECASE,
)
# "**Her**: I had no part in that", in a conversation that is written down.
_SPEAKER = regex.compile(
    r"^[\s*_>-]{0,6}(?:she|he|her|him|they|them|(?:my )?(?:friend|mom|mother|dad|father|wife|husband|gf|bf|girlfriend|boyfriend|boss|teacher|professor"
    r"|doctor|brother|sister|roommate|coworker)|ela|ele|eles|elas|amig[oa]|m[ãa]e|pai|chefe|professora?|她|他|他们|朋友|妈妈?|爸爸?|老板|老师)[*_]{0,3}\s?[:：]"
    r"[^\n]*",
    regex.MULTILINE | regex.IGNORECASE,
)
# In a conversation with oneself in it ("Me: …"), what stands behind another's name.
_OWN_LINE = regex.compile(
    r"^[\s*_>-]{0,6}(?:me|myself|eu|我)[*_]{0,3}\s?[:：]", regex.MULTILINE | regex.IGNORECASE
)
_LINE_OF = regex.compile(
    r"^[\s*_>-]{0,6}(?!(?:me|myself|i|eu|我|edit|ps|tl;?dr|update|note)\b)\p{L}[\w.' ]{0,24}[*_]{0,3}\s?[:：][^\n]*",
    regex.MULTILINE | regex.IGNORECASE,
)
# A line that ends with a colon and says that what follows is another's, or is not so: the list under it, or the next paragraph, is.
_LEAD = regex.compile(
    r"^(?![^\n]{0,160}\b(?:i|we|our|if you|to (?:file|make)|my (?:\w+ )?(?:arguments?|objections?|excuses)|eu|n[oó]s|meus?|minhas?)\b)[^\n]{0,160}"
    r"(?:\b(?:(?:he|she|they|(?!this|us)\w{3,}s|who|that) claims?|claim(?:ed|ing)|arguments?|argue[sd]?|arguing|assert(?:s|ed|ing)?"
    r"|(?:its|their|his|her|the \w+'s) conclusions?|conclude[sd]|insists?"
    r"|demand(?:s|ed|ing)|(?:calls?|called|calling) (?:on|upon) \w+"
    r"|myths?|misconceptions?|excuses|objections?|according to|(?:he|she|they)(?:'s| is| are| was| were)? "
    r"(?:say|says|said|saying|told|tells|thinks?|thought|believes?|wrote|writes|explained|suggested)"
    r"|argumentos?|alega\w*|mitos?|conclus(?:ao|ão|oes|ões)|segundo)\b|声称|认为|误解|论点)[^\n]{0,80}[:：][ \t*_]*$",
    regex.MULTILINE | regex.IGNORECASE,
)
_NOT_SAID = regex.compile(
    r"^[^\n]{0,80}\bnot\W{1,4}(?:saying|claiming|arguing)\b[^\n]{0,40}[:：][ \t*_]*$",
    regex.MULTILINE | regex.IGNORECASE,
)
_LIST = regex.compile(r"(?:[^\S\n]*\n)*[ \t]*(?:[-*•–]|\(?\d{1,2}[.)]|[a-z]\))[ \t]?[^\n]*", regex.IGNORECASE)
_NEXT = regex.compile(r"(?:[^\S\n]*\n)+[^\n]*")
# "This was the statement he made.": what follows is that statement.
_MADE = regex.compile(
    r"\b(?:this|that|here) (?:is|was|'s) (?:basically |exactly )?(?:the|what|how|his|her|their) [^\n.!?:]{0,60}\b(?:s?he|they) (?:\w+ )?"
    r"(?:made|gave|said|wrote|told|put it|argued|sent|posted)\b[^\n.!?:]{0,40}[.:]\s*$",
    regex.MULTILINE | regex.IGNORECASE,
)
# Who copies a page, a message or an abstract: what comes behind it is not theirs.
_PASTED = regex.compile(
    r"\b(?:cop(?:y|ied)[ -]?(?:and[ -])?past(?:ed|ing) (?:an?|the|this|it|here|from)|(?:here(?:'s| is)|this is) (?:the|an?|what) (?:\w+ ){0,3}"
    r"(?:e-?mail|letter|message|text|abstract|transcript|press release|statement)"
    r"|(?:text|transcript|abstract|excerpt|quote|passage) (?:from|of) (?:the|this|their|his|her|an?) (?:\w+ ){0,3}\w+)\b[^\n:：]{0,80}[:：](?!//|\d)"
    r"|^[^\n]{0,40}\b(?:got|received)(?: back)? (?:this|the following) (?:\w+ ){0,3}(?:e-?mail|letter|message|response|reply|request|notice)\b[^\n]*$",
    regex.MULTILINE | regex.IGNORECASE,
)
# What follows on "Then she argued …", in the same paragraph.
_ARGUED = regex.compile(
    r"\b(?:s?he|they|(?:my|the|this|that|an?|one) (?:\w+ ){0,2}\w+)(?: (?:then|also|later|even|just|still))? "
    r"(?:argue[sd]?|claim(?:s|ed)|insist(?:s|ed)|compare[sd]?|conclude[sd]?|contend(?:s|ed)|maintain(?:s|ed)|went on (?:to|about)|ranted?|lectured)\b"
    r"[^.!?\n]{0,160}[.!?:]",
    regex.IGNORECASE,
)
_OWN_AGAIN = regex.compile(r"\b(?:i|i'm|i've|i'd|my|me|we|our|imo|imho|but|however)\b", regex.IGNORECASE)
_BEFORE = 700
_REST = 4
"""Letters of one's own beside somebody else's words that make these no word of one's own."""
_READ = 20_000
"""Characters of a post that are looked at."""


@lru_cache(maxsize=64)
def reported(text: str) -> tuple[tuple[int, int], ...]:
    """Where somebody else's words stand in the post `text`, [start, end) each, in no order; several of its sentences are asked about."""
    text = text[:_READ]
    found = [match.span() for match in _LINE.finditer(text)]
    found += [match.span() for match in _MARKED.finditer(text) if len(match.group()) >= _LEAST]
    lines = (_SPEAKER, _LINE_OF) if _OWN_LINE.search(text) else (_SPEAKER,)
    found += [
        match.span() for pattern in (_PARAGRAPH, _ITALIC, _NAMED, *lines) for match in pattern.finditer(text)
    ]
    for pattern in (_LEAD, _NOT_SAID, _MADE):
        listed = 0
        for lead in pattern.finditer(text):
            if lead.end() >= listed:  # else it stands in a list that is another's already
                listed = _listed(text, lead.end())
                found.append((lead.end(), listed))
    found += [(pasted.end(), len(text)) for pasted in _PASTED.finditer(text)]
    for letter in _LETTER.finditer(text):
        signed = _SIGNED.search(text, letter.end())
        found.append((letter.start(), signed.end() if signed else len(text)))
    return tuple((start, end) for start, end in found if start < end)


def is_reported(text: str, start: int, end: int) -> bool:
    """Whether the sentence [start, end) of the post `text` is somebody else's words, but for the marks and spaces around it and an
    "etc."."""
    if _is_argued(text, start, end):
        return True
    letters = [place for place in range(start, end) if text[place].isalnum()]
    own = letters
    for begin, stop in reported(text):
        own = [place for place in own if not begin <= place < stop]
    return len(own) <= min(_REST, len(letters) // 10)


def _listed(text: str, start: int) -> int:
    """Where the list ends that begins at `start` of the post `text`, or, where none does, the next paragraph."""
    end = start
    while item := _LIST.match(text, end):
        end = item.end()
    if end == start and (paragraph := _NEXT.match(text, start)):
        end = paragraph.end()
    return end


def _is_argued(text: str, start: int, end: int) -> bool:
    """Whether the sentence goes on with what somebody argued before it, in its paragraph."""
    paragraph = text.rfind("\n", 0, start) + 1
    before = text[max(paragraph, start - _BEFORE) : start]
    argued = [match.end() for match in _ARGUED.finditer(before)]
    return bool(argued) and not _OWN_AGAIN.search(before[argued[-1] :] + text[start:end])
