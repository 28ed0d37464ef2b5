"""Prompts made ready for matching: bounded, folded, cut into sentences of words."""

from __future__ import annotations

import re

from truthgpt.corpus.fold import plain

HEAD = 4_000
TAIL = 2_000
"""Characters read from a prompt's two ends. What is asked stands first or last; pasted matter stands between."""

MOST_SENTENCES = 200
LONGEST = 1_500

_SENTENCE = re.compile(r"[.!?]+(?=[\s\"')\]]|$)|[\n。！？]+|[.!?]{2,}")
_QUOTED_WORD = re.compile(r"[\"“”](\w+(?: \w+)?)[\"“”]")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_MARK = re.compile(r"[,;:()\[\]{}\"<>*#~|«»“”，；：、（）「」《》]+|(?<!\w)'|'(?!\w)|(?<= )-+(?= )")
_OTHER = re.compile(r"[^\w|]+|_+")
_SPELLED = re.compile(r"(?<!\w)(?:[ai] )?(\w(?:[ .\-_*]\w){2,20})(?!\w)")
_MIXED = re.compile(r"(?<![\w$@])(?=[\w$@!]*[a-z])(?=[\w$@!]*[0-9$@!])[\w$@!]{2,24}(?![\w$@])")
_DIGITS = str.maketrans("013457$@!", "oieast" + "sai")
_HAN = re.compile(r"[\u3400-\u9fff]")

# Traditional characters of the words in the offences, as the simplified ones that the terms are written in.
_SIMPLIFIED = str.maketrans(
    "麼樣製彈藥買賣殺網釣魚擊銀號偽錢販運兒騙詐駭級實驗發詳細說寫給幫訴們該這個無夠獲軟體碼電腦帳戶竊盜聲稱猶屠納種恐嚇綁勒贖證據結構爆槍繞過檢測圖視頻會學習怎造氫氰劑氣",
    "么样制弹药买卖杀网钓鱼击银号伪钱贩运儿骗诈骇级实验发详细说写给帮诉们该这个无够获软体码电脑帐户窃盗声称犹屠纳种恐吓绑勒赎证据结构爆枪绕过检测图视频会学习怎造氢氰剂气",
)


def windows(prompt: str) -> str:
    """The part of `prompt` that is read: its first `HEAD` and last `TAIL` characters, as two sentences where it is longer."""
    if len(prompt) <= HEAD + TAIL:
        return prompt
    return f"{prompt[:HEAD]}\n{prompt[-TAIL:]}"


def folded(prompt: str) -> str:
    """The read part of `prompt` in one shape of characters, lower case, without accents."""
    return plain(windows(prompt))


def unmasked(text: str) -> str:
    """`text` with digits and signs that stand for letters read as letters, and spelled-out words joined; cheap, and lossy."""
    joined = _SPELLED.sub(_joined, text)
    return _MIXED.sub(lambda match: match[0].translate(_DIGITS), joined)


def _joined(match: re.Match[str]) -> str:
    """The letters spelled out as one word; an article or pronoun before them stays apart."""
    before = match[0][: match.start(1) - match.start()]
    return before + re.sub(r"[ .\-_*]", "", match[1])


def sentences(text: str) -> list[str]:
    """Sentences of folded `text` as words and clause marks (`|`) apart by one space, the first `MOST_SENTENCES` of them."""
    found: list[str] = []
    for piece in _SENTENCE.split(text):
        words = _OTHER.sub(
            " ", _MARK.sub(" | ", _APOSTROPHE.sub(" ", _QUOTED_WORD.sub(r"\1", piece)))
        ).strip()
        if words:
            found.append(words[:LONGEST])
            if len(found) == MOST_SENTENCES:
                break
    return found


def han(sentence: str) -> str:
    """`sentence` for the Chinese terms: simplified characters, no spaces; empty where it holds no Chinese."""
    return sentence.replace(" ", "").translate(_SIMPLIFIED) if _HAN.search(sentence) else ""
