"""Whether a sentence states something that can be so or not, or says what its author thinks, asks, bids or chats."""

from __future__ import annotations

import regex

from truthgpt.corpus.fold import plain
from truthgpt.truth.claims.claim import Kind
from truthgpt.truth.lexing import Language

_TALK = regex.compile(
    r"^\W*(?:hi(?!-)|hello|hey(?!-)|thanks?(?! to\b)|thank you|welcome(?! trust)|cheers|good (?:morning|evening|night|afternoon)|sorry|congrat\w*|lol|lmao"
    r"|tl;?dr|edit ?\d?:|happy (?:birthday|new year)|long time lurker|throwaway"
    r"|obrigad[oa]s?|ola"
    r"|oi(?= ?[,!.]|$| (?:gente|pessoal|a todos|tudo|galera|meu|minha)\b)"
    r"|bom dia|boa (?:tarde|noite)|boas|parabens|desculpem?|bem-vind[oa]s?|kkk\w*|feliz (?:natal|ano)"
    r"|valeu|abracos?)\b"
    r"|^\W*\[?(?:https?://|www\.)\S+\W*$|^\W*\[[^\]]*\]\(\S+\)\W*$"
    r"|^\W*(?:my |this is my )?first (?:post (?:here|on|in|so|ever|everyone|be)\b|time (?:poster|posting)\b)"
    r"|\bas an ai(?: (?:language )?(?:model|assistant)|,)|\bcomo (?:uma? )?(?:ia|assistente)(?: (?:de|virtual)|,)"
    r"|^\W*(?:let me (?:know|explain)|here (?:is|are) (?:the|my|some) (?:answer|list|summary))"
    r"|^\W*(?:大家好|[你您]好(?!\p{Han}{2,})|谢谢|感谢|多谢|早上好|晚上好|晚安|抱歉|对不起|不好意思|欢迎|恭喜|祝(?!融|贺|捷|酒)|哈哈|新人|作为(?:一个)?(?:ai|人工智能))"
)
_QUESTION_ZH = regex.compile(
    r"(?:吗|(?<![什那这怎多要])么|(?<!不|没有|没)(?:什么|怎么|多么)(?<![不没有未说做]什么)|呢)\W*$|^(?:为什么|怎么|请问|谁知道|有没有人|有人知道)"
)
_QUESTION_WORD = regex.compile(
    r"^\W*(?:why|how|who|what|where|when|which|does|do|did|is|are|can|could|would|should|has|have|alguem sabe|sera que"
    r"|por que|como e que|quem sabe)\b.*\?[^\p{L}\d]*$"
)
_COMMAND = regex.compile(
    r"^\W*(?:please|pls|do not|don't|never (?:buy|use|trust|go|give)|let's|let us|remember (?:to|that)|make sure|be careful)\b"
    r"|^\W*(?:check|click|read|watch|see|look|share|follow|join|sign|buy|use|try|vote|call|send|stop|keep|avoid|ask"
    r"|tell|give|help|visit|download|subscribe|bring|wash|take|turn|put|add|go|come|wait|think|enjoy|stay|write|post|report|wear"
    r"|open|close|donate|boycott|support|book|consider|imagine|note)\b"
    r"(?! (?:for|by|on|of) \b.*\b(?:was|were|is|are|fell|rose|passed|failed|ended|found|showed|said|has|have|had|came|began|opened)\b)"
    r" (?:the|a|an|this|that|these|your|it|me|us|out|in|on|to|for|at|up|down|away|off|here|my|our|them|him|her|by|with|some|if|before"
    r"|about|one|two|all|any|every|not|home|only|early|more)\b"
    r"|^\W*por favor\b|^\W*nao (?:\w+em|\w+am|\w+es|\w+as) (?:o|a|os|as|um|uma|este|esta|isso|em|nada|de|no|na|com|para|nisto|neste"
    r"|nesta|essa|esse|mais|por)\b"
    r"|^\W*(?:veja|vejam|leia|leiam|partilhem|partilha|compartilhem|compartilhe|assinem|assine|votem|vote|olhem|olha|faca|facam"
    r"|evitem|evite|comprem|compre|usem|use|lembrem-se|lembre-se|vamos|experimentem|experimente|tentem|parem|pare|ajudem|ajude"
    r"|sigam|siga|cliquem|clique|venham|venha|tenham|tenha|liguem|ligue|levem|leve|lavem|lave|doem|doe|fiquem|fique|tragam)\b"
    r"|^\W*(?:请(?!问|了|假|求|客|来|愿)|别(?!人|的|墅|克)|不要|千万(?!富|元|吨|人|美元|别墅|级|年|公里|用户|粉丝)|快(?:去|来|看)|让我们|记得|一定要|务必|大家(?:快|都去)|点击(?!量|率|数)|转发(?!量|率|数))"
)
_OPINION = regex.compile(
    r"\b(?:i|we) (?:\w+ )?(?:think|believe|feel|guess|love|hate|like|prefer|hope|wish|doubt|suppose|want|miss|enjoy\w*|loved|hated|felt"
    r"|disagree|agree|recommend|suspect|wonder|find|would)\b"
    r"|\b(?:should|ought|must|need to|needs to|had better|deserves?|imho|imo|in my (?:\w+ )?(?:opinion|view|experience))\b"
    r"|\b(?:ugly|beautiful|boring|terrible|awful|horrible|amazing|awesome|great|lovely|delicious|disgusting|ridiculous|stupid|dumb"
    r"|overrated|underrated|worth|best|worst|better|worse|good|bad|nice|perfect|fantastic|brilliant|pathetic|shame|shameful|sad"
    r"|disappointing|disappointed|annoying|favou?rite|excellent|useless|crazy|insane|cute|cool|unfair|wrong|gorgeous|hideous"
    r"|wonderful|disgrace|disgraceful|embarrassing|beautifully|funny|interesting|too much|incredible|incredibly)\b"
    r"|\b(?:honestly|frankly|unfortunately|sadly|luckily|thankfully|hopefully|obviously|clearly|personally)\b"
    r"|\b(?:eu )?(?:acho|penso|acredito|adoro|adorei|odeio|odiei|gosto|gostei|amo|amei|prefiro|espero|duvido|detesto|sinto|recomendo|queria)\b"
    r"|\b(?:na minha opiniao|deviam|devia|deveriam?|devem? |devemos|tem que|temos que|precisam? de|precisamos|merecem?)\b"
    r"|\b(?:feio|feia|lind[oa]s?|bonit[oa]s?|horrivel|terrivel|pessim[oa]s?|maravilhos[oa]s?|otim[oa]s?|chat[oa]|aborrecid[oa]|melhor"
    r"|melhores|pior|piores|ridicul[oa]|delicios[oa]|vergonha|pena|triste|injust[oa]|incrivel|fantastic[oa]|excelente|inutil|perfeit[oa]"
    r"|infelizmente|felizmente|sinceramente|burr[oa]|estupid[oa]|car[oa] demais|favorit[oa]|sobrevalorizad[oa]|bom|boa|fraco|fraca)\b"
    r"|(?:我|我们|个人)(?:\p{Han}{0,2})(?:觉得|认为|感觉|喜欢|讨厌|希望|爱|恨|相信|猜|怀疑|建议|支持|反对|推荐)|应该|应当|必须|最好|最差|最棒|最美"
    r"|太\p{Han}{1,4}了|真的?(?:很|太|是|好|难|香|美)|好看|难看|好吃|难吃|无聊|糟糕|漂亮|可惜|遗憾|垃圾|值得|不值|精彩|完美|可怕|离谱|不公平"
    r"|很(?:好|差|美|棒|丑|烂|失望|满意|舒服|可爱|方便)|丑|浪费时间|可笑|失望|过誉|不该"
)
_QUOTED = regex.compile(r"[\"“«「][^\"”»」]{0,400}[\"”»」]")
_HEARD = regex.compile(
    r"^(?!i |we |eu |nos )(?:\W*(?:the|a|an|o|os|as)? ?[\w' .-]{1,60}? )?(?:said|says|told|claims?|claimed|argued?|argues|announced|warned|thinks|believes"
    r"|insists?|insisted|stated|wrote|ruled|found|voted|according to|disse|diz|dizem|disseram|afirm(?:a|ou|am)|declarou|defende|defendeu|acha que|acham que"
    r"|acredita que|garantiu|alertou|avisou|pediu|considera|criticou|segundo)\b"
)
_HEARD_ZH = regex.compile(
    r"^(?!我|我们|个人)[^，。]{1,20}(?:表示|指出|称|宣布|认为|强调|警告|批评|说|呼吁|建议|据)[，：:,]?"
)


def kind_of(text: str, language: Language) -> Kind:
    """What kind of sentence `text` is. What another person thinks, said by name, is a claim."""
    line = plain(text).strip()
    bare = line.rstrip("\"'”’»)]*_ ")
    if (
        bare.endswith(("?", "？"))
        or (language == "zh" and _QUESTION_ZH.search(bare))
        or _QUESTION_WORD.search(bare)
    ):
        return "question"
    if _TALK.search(line) or not any(char.isalnum() for char in line):
        return "talk"
    if _COMMAND.search(line):
        return "command"
    own = _QUOTED.sub("“”", line)
    heard = _HEARD_ZH.search(own) if language == "zh" else _HEARD.search(own)
    return "opinion" if _OPINION.search(own) and not heard else "claim"
