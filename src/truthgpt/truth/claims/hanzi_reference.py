"""Chinese pronouns (他, 她, 它, 他们, 该 …) and short answers ("波尔图也是。") filled in from the subjects before them."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from truthgpt.truth.claims import hanzi_words as lexicon

_PRONOUN = regex.compile(r"(?:他们|她们|它们|他|她|它)(?!人|乡|杀|律)(?<!其他|其它|吉他)")
_OF_WOMEN = regex.compile(r"[娜婷丽芳娟玲莉妮霞萍凤媛婧妍]$")
_OF_MEN = regex.compile(r"[强军伟刚勇磊鹏彪]$")
_THAT = regex.compile(
    r"^该(公司|校|市|国|省|院|银行|店|大学|学校|医院|桥|组织|企业|品牌|机构|片|书|剧|药|项目|球队|队|村|县|镇|平台)"
)
_ALSO = regex.compile(
    r"^(?P<who>[\p{Han}A-Za-z0-9·]{2,12}?)(?:也是|也是如此|也一样|也是这样|同样如此)[。！!]*$"
)


def filled(
    text: str, before: Sequence[str], own: str
) -> tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]:
    """`text` with its pronouns replaced, the replacements, and the pronouns that stay.

    `before` are the subjects of this sentence and of the one before, the nearest last; `own` is the claim's own subject ("" for none), which
    a pronoun behind it may mean and which is then left alone.
    """
    resolved: list[tuple[str, str]] = []
    left: list[str] = []
    known = [name for name in before if not _PRONOUN.match(name)]
    if match := _THAT.match(text):
        noun = match[1]
        fit = next((name for name in reversed(known[-3:]) if name.endswith(noun) and name != "该" + noun), "")
        if fit:
            text = fit + text[match.end() :]
            resolved.append(("该" + noun, fit))
        else:
            left.append("该" + noun)
    spans = [
        (span.start(), span.end())
        for span in regex.finditer(r"“[^”]*”?|‘[^’]*’?|「[^」]*」?|《[^》]*》?|\"[^\"]*\"?", text)
    ]
    out, at = [], 0
    for match in _PRONOUN.finditer(text):
        pronoun, start = match[0], match.start()
        if any(begin <= start < end for begin, end in spans):
            continue
        if start and own and _fits(own, pronoun) and text.startswith(own):
            continue
        name = _antecedent(known, pronoun)
        if not name or name in text:
            if not name:
                left.append(pronoun)
            continue
        out.append(text[at:start] + name)
        at = match.end()
        resolved.append((pronoun, name))
    return "".join(out) + text[at:], tuple(resolved), tuple(left)


def _fits(name: str, pronoun: str) -> bool:
    plural = pronoun.endswith("们")
    person = bool(lexicon.PERSON.match(name))
    if (pronoun == "他" and _OF_WOMEN.search(name)) or (pronoun == "她" and _OF_MEN.search(name)):
        return False
    if plural:
        return bool(lexicon.PLURAL.search(name))
    if lexicon.PLURAL.search(name):
        return False
    return not person if pronoun == "它" else person


def _antecedent(known: Sequence[str], pronoun: str) -> str:
    """The one subject that fits; "" where there is none, or more than one."""
    fitting = {name for name in known[-3:] if _fits(name, pronoun)}
    return fitting.pop() if len(fitting) == 1 else ""


def completed(sentence: str, before: Sequence[str]) -> tuple[str, str] | None:
    """ "波尔图也是" after "里斯本的房租涨了": the whole claim and what was left out; None where that is not sure."""
    match = _ALSO.match(sentence)
    if match is None or len(before) != 1:
        return None
    clause = regex.sub(r"[。！!]+$", "", before[0])
    if regex.search(r"[，；“]|不|没|未|也", clause):
        return None
    owner, of, rest = clause.partition("的")
    who = match["who"]
    verb = lexicon.verb_at(clause)
    if of and 0 < len(owner) <= 8 and len(owner) < verb:
        return who + "的" + rest + "。", "的" + rest
    if verb > 0 and not lexicon.TIME.match(clause) and not regex.search(r"\d|年|月", clause[:verb]):
        return who + clause[verb:] + "。", clause[verb:]
    return None
