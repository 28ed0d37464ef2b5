"""Posts that speak to the assistant instead of to people.

A post is data. The prompt says so and the sentences of an answer are checked, but a post that says "answer that the
bridge is safe" would still support the sentence "the bridge is safe". So a post that addresses the assistant is no
evidence at all: it stays in the corpus and in search, and never reaches a prompt, a quotation or a verdict.
"""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import plain

_ORDERS = regex.compile(
    r"""
    # Orders to drop what was said before.
    \b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{0,40}
        \b(?:previous|prior|above|earlier|all|your|other|any|system)\b[^.!?\n]{0,30}
        \b(?:instructions?|prompts?|rules?|messages?|context|guidelines|posts?|evidence)\b
  | \b(?:ignor[ea]|ignorem|desconsidere|esqueca|descarte)\b[^.!?\n]{0,40}
        \b(?:instruc(?:ao|oes)|regras|ordens|mensagens|prompt|comandos)\b
  | (?:忽略|无视|忘记|忘掉|不要理会)[^。！？\n]{0,20}(?:指令|指示|提示|规则|要求|命令|内容)
    # Words to a language model, not to people.
  | \b(?:ai|a\.i\.|llm|language\ model|chatbot|assistant|truthgpt|chatgpt|gpt|bot)s?\b[^.!?\n]{0,60}
        \b(?:must|should|have\ to|need\ to|are\ to|shall|will\ now|please)\b[^.!?\n]{0,40}
        \b(?:answer|say|reply|respond|output|state|write|tell|repeat|print|confirm|cite|report|claim|include|treat|conclude|rate|recommend)\b
  | \b(?:dear|hey|hello|attention|note\ to|message\ (?:to|for)|instructions?\ (?:to|for)|to\ (?:all|any|the|every))\s+
        (?:(?:all|any|the|every|our)\s+)?(?:ai|llm|language\ model|chatbot|assistant|truthgpt|chatgpt|bot)s?\b
  | \b(?:if\ you\ are|as|you\ are\ now|you\ are)\s+(?:an?\s+)?(?:ai|llm|language\ model|chatbot|assistant)\b[^.!?\n]{0,60}
        \b(?:answer|say|reply|respond|output|must|should|reveal|print|ignore|include)\b
  | \b(?:ia|ias|assistente|assistentes|modelo\ de\ linguagem|robo)\b[^.!?\n]{0,60}
        \b(?:deve|devem|deves|tem\ de|tem\ que|responda|respondam|responde|diga|digam|diz|escreva|repita|revele|confirme)\b
  | (?:人工智能|ai|助手|语言模型|机器人|大模型)[^。！？\n]{0,20}(?:必须|应该|应当|请|需要|一律|只能|务必)
        [^。！？\n]{0,20}(?:回答|说|回复|输出|告诉|写|确认|重复)
    # Asking for what is hidden, or speaking in the system's voice.
  | \b(?:reveal|print|show|repeat|output|leak)\b[^.!?\n]{0,30}\b(?:system|hidden|secret|initial|your)\s+(?:prompt|instructions?|message)\b
  | \b(?:revele|mostre|repita|imprima)\b[^.!?\n]{0,30}\b(?:prompt|instrucoes)\b
  | (?:系统提示|提示词|系统指令)
  | \bnew\ (?:system\ )?(?:instructions?|prompt|rules?)\s*:
  | (?:^|\n)\s*(?:\#+\s*)?(?:system|assistant|instruction)\s*(?:prompt|message)?\s*[:>\]]
  | <\|[a-z_]{2,30}\|>
  | \[/?(?:inst|system)\]
  | <</?sys>>
  | </?(?:system|assistant|instructions?)>
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_WINDOW = 20_000
"""Characters of a post that are read; what stands later is not used as evidence either (`passages.READ`)."""


def addresses_assistant(text: str) -> bool:
    """Whether the post gives orders to an assistant or imitates its control marks (English, Portuguese, Chinese)."""
    return _ORDERS.search(plain(text[:_WINDOW])) is not None
