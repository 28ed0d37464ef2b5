"""The closed word classes that decide entailment, in English, Portuguese and Chinese.

Words are written without accents and in lower case, as `analysis` looks them up. Chinese entries are strings of
characters. Lists are closed classes of the grammar (negation, modality, quantity, direction), not topics.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


# Words that carry no content of their own: a sentence may gain or lose them.
LIGHT_EN = words(
    "a an the this that these those there here such so as is are was were be been being am do does did done doing"
    " have has had having it its itself he him his himself she her hers herself they them their theirs themselves"
    " we us our ours i me my mine you your yours who whom whose which what of to and or but also too then than"
    " in on at by for with from into onto upon about within during via per s t re ve ll d m will would shall"
    " mr mrs ms dr sir prof just even well however moreover furthermore additionally therefore thus hence indeed"
    " meanwhile while when where how either it's he's she's that's there's they're you're we're i'm i've ie eg"
    " one's which's can able now already very really quite get gets got became become becomes been et al"
)
LIGHT_PT = words(
    "o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela pelos pelas para pra pro ao aos"
    " com que e ou mas se este esta estes estas esse essa esses essas isto isso aquele aquela aquilo"
    " ele ela eles elas seu sua seus suas lhe lhes me te nos vos eu tu voce voces nosso nossa meu minha cujo cuja"
    " foi foram era eram e eh sao ser sendo sido esta estao estava estavam estar estado esteve tem tinha tinham ter tendo"
    " ha havia houve haver hao fosse seja sejam como quando onde qual quais tambem ja ainda muito bem entao assim"
    " porem portanto alem disso la ai dele dela deles delas neste nesta nesse nessa deste desta desse dessa num numa"
    " sr sra dr dra mais_ ate_ sobre entre_ desde_ durante quem tao tanto tal la so_ agora vai vao ir vem teve tiveram"
)
LIGHT_ZH = frozenset(
    "会的了着地得于在是也就都又和与及而把将被让给从向到之其这那些个们它他她它呢啊吧嘛哦呀及以并所过由为"
)
FEMININE_PT = words(
    "menina meninas garota garotas filha filhas irma irmas tia tias neta netas prima primas aluna alunas"
)
"""Portuguese words for women and girls whose stems would be those for men and boys."""
PRONOUNS = dict.fromkeys(
    words("i me my mine myself we us our ours eu meu minha meus minhas nos nosso nossa 我 咱"), "1"
)
PRONOUNS |= dict.fromkeys(words("you your yours voce voces teu tua tu 你 您"), "2")
PRONOUNS |= {
    "he": "m", "him": "m", "his": "m", "himself": "m", "she": "f", "her": "f", "hers": "f", "herself": "f",
    "ele": "m", "ela": "f", "他": "m", "她": "f",
}  # fmt: skip
ANAPHORS = words(
    "it its he his she her they their this these ele ela eles elas isso isto esse essa este esta esses essas seu sua"
)
ANAPHORS_ZH = ("它", "他", "她", "这", "该", "此", "其", "那")

# Content, although many lists of stop words hold them: they say which way round things are.
RELATIONS = words(
    "before after until since against between among above below over under inside outside without behind beside near"
    " because due off up down away back through across around along toward towards despite except like unlike"
    " antes depois apos ate desde contra entre acima abaixo dentro fora sem atras perto longe porque devido"
    " apesar exceto sobre cima baixo frente"
) - {"sobre"}

NEGATIONS = words(
    "not no never none nobody nothing neither nor cannot nowhere without hardly scarcely barely n't lack lacks lacked"
    " fail fails failed refuse refuses refused"
    " nao nunca jamais nem nenhum nenhuma ninguem nada sem tampouco falhou deixou recusou recusa"
)
NEGATIONS_ZH = (
    "从来没有", "从来不", "并没有", "并非", "不是", "没有", "从未", "绝不", "不会", "不能", "尚未", "未能",
    "不", "没", "未", "无", "非", "勿", "别",
)  # fmt: skip
# Words that hold a character of negation or modality and are neither.
PLAIN_ZH = (
    "不但", "不仅", "不过", "不断", "不同", "差不多", "无论", "非常", "无人机", "未来", "非洲", "不管", "不少", "不久",
    "不得不", "无法无天", "对不起", "不锈钢", "无线", "无数",
    "小说", "说明", "学说", "名称", "称为", "简称", "称号", "主要", "重要",
    "首要", "要素", "思想", "理想", "想法", "将军", "特别", "分别", "区别", "别人", "别的",
    "差别", "性别", "个别", "级别", "不动产", "除非", "不只", "南非", "北非",
)  # fmt: skip

# What a sentence says about its own standing. A claim must stand as its evidence stands.
MODALITY: dict[str, str] = {}
for _class, _members in {
    "possible": "may might could perhaps maybe possibly probably likely unlikely potentially apparently seemingly seems"
    " seem appears appear suggests suggest pode podem poderia poderiam talvez possivelmente provavelmente parece"
    " parecem podera poderao",
    "reported": "reportedly allegedly alleged supposedly purportedly rumor rumour rumored rumoured rumors rumours"
    " unconfirmed hearsay claimed claim claims claiming gossip supostamente suposto suposta alegadamente boato boatos"
    " rumores alegado alegada consta dizem dizer",
    "said": "said says say saying told tells according wrote writes argue argues argued asserts asserted insists"
    " insisted states stated disse diz afirma afirmou afirmam disseram afirmaram segundo conforme argumenta declarou"
    " declara escreveu garante garantiu",
    "belief": "deny denies denied nega negou negam imagine wish wishes fear fears feared worry worries doubt doubts doubted wonder wonders pretend pretends"
    " dream dreams suppose supposes unclear unsure uncertain unknown unproven disputed supposedly imagina imagine"
    " duvido duvida duvidam receia teme temem incerto desconhecido duvidoso"
    " think thinks thought believe believes believed feel feels guess opinion imho imo suspect suspects"
    " suspected assume assumes considers considered acho acha acham acredita acreditam acredito penso pensa opiniao"
    " suspeita suspeitam",
    "intent": "want wants wanted plan plans planned planning hope hopes hoped intend intends intended propose proposes"
    " proposed try tries tried trying attempt attempts attempted consider considering expects expected expect aims"
    " aim promise promises promised vows vowed demand demands demanded asked urges urged threatens threatened aspires"
    " wishes wish should ought must quer querem queria planeja pretende pretendem espera esperam tenta tentou tentam"
    " promete prometeu propos propoe exige deve devem deveria deveriam ameaca ameacou pediu",
    "future": "will shall won't upcoming gonna soon vai vao sera serao ira irao futuro",
    "condition": "if unless whether provided hypothetically otherwise caso",
    "conditional": "would seria seriam teria teriam",
    "past": "formerly former used ex-president antigamente ex",
    "unreal": "fake fictional imaginary pretend so-called hypothetical draft nearly almost ficticio ficticia quase",
}.items():
    MODALITY.update(dict.fromkeys(_members.split(), _class))
MODALITY_ZH = {
    "可能": "possible", "也许": "possible", "或许": "possible", "大概": "possible", "似乎": "possible",
    "恐怕": "possible", "据说": "reported", "传说": "reported", "传闻": "reported", "据传": "reported",
    "听说": "reported", "有人说": "reported", "网传": "reported", "涉嫌": "reported", "声称": "reported",
    "疑似": "reported", "表示": "said", "认为": "belief", "称，": "said", "说：": "said", "说，": "said",
    "觉得": "belief", "担心": "belief", "怀疑": "belief", "不清楚": "belief", "想象": "belief", "假设": "condition",
    "质疑": "belief", "猜测": "belief", "不一定": "possible", "未必": "possible",
    "以为": "belief", "好像": "possible", "仿佛": "possible", "或者": "or", "或": "or",
    "还是": "or", "要么": "or", "能否": "condition", "是否": "condition",
    "是不是": "condition", "有没有": "condition", "想": "intent", "要": "intent", "需要": "intent",
    "希望": "intent", "想要": "intent", "打算": "intent", "计划": "intent", "试图": "intent",
    "准备": "intent", "应该": "intent", "应当": "intent", "必须": "intent", "即将": "future",
    "将": "future", "将会": "future",
    "如果": "condition", "假如": "condition", "要是": "condition", "只要": "condition", "除非": "condition",
    "差点": "unreal", "几乎": "unreal", "假装": "unreal",
}  # fmt: skip
_FALSE = r"(?:false|untrue|not true|a lie|a myth|a hoax|a rumou?r|incorrect|fake|fake news|not the case)"
_FALSE_PT = r"(?:falso|falsos|falsa|falsas|mentira|mito|boato|inveridic[oa]|fake)"
_DEGREE = r"(?:simply |completely |totally |just |all |totalmente |completamente |tudo )?"
# How a sentence denies what follows in it, and what stands before in it. Matched without case and accents.
DENIED_BEFORE = (
    rf"\b(?:it|this|that) (?:is|was) {_DEGREE}{_FALSE} (?:that|to say)\b",
    r"\b(?:it|this|that) (?:isn't|wasn't|is not|was not) (?:true|the case|so) that\b",
    r"\b(?:false|untrue|misleading|bogus|baseless|debunked|unfounded) (?:\w+ ){0,2}(?:statements?|claims?|reports?|rumou?rs?|stories|assertions?"
    r"|allegations?)\b(?:[^.!?]{0,80}?)\bthat\b",
    r"\bcontrary to (?:the )?(?:claims?|rumou?rs?|posts?|belief|what)\b",
    r"^\W*(?:\w+ )?(?:rumou?r|myth|hoax|fake|false|fiction|debunked|misinformation|lie) ?[:\-–—]",
    rf"\b(?:e|foi) {_DEGREE}{_FALSE_PT}(?: dizer)? que\b",
    r"\bnao e verdade que\b",
    r"^\W*(?:boato|mito|mentira|falso|fake|fake news) ?[:\-–—]",
    r"(?:谣言|传言|假消息|误区|辟谣)[：:]",
)
DENIED_AFTER = (
    rf"\b(?:is|was|are|were) {_DEGREE}(?:{_FALSE}|misinformation|debunked|nonsense|unfounded|baseless)(?! that)\b",
    r"\b(?:isn't|wasn't|aren't) true\b",
    r"\b(?:has|have|had|was|were|is|been) (?:been )?(?:debunked|disproved|disproven|refuted|discredited)\b",
    r"\b(?:foi|foram) (?:desmentid[oa]s?|refutad[oa]s?)\b",
    rf"\b(?:e|sao|era|foi) {_DEGREE}{_FALSE_PT}(?! que)\b",
    r"\bnao (?:e|era) verdade(?! que)\b",
    r"(?:是|属于|纯属|系)(?:假的|谣言|不实|虚假|谎言|误传|错误的|不真实)|不是真的|并非事实|不属实|与事实不符|已被辟谣|被证伪|被推翻",
)

UNIVERSAL = words(
    "all every each always only entire everyone everybody everything whole solely exclusively any"
)
UNIVERSAL |= words(
    "todo todos toda todas cada sempre apenas somente so unico unica exclusivamente tudo qualquer"
)
UNIVERSAL_ZH = ("所有", "全部", "每个", "每", "总是", "只有", "唯一", "仅", "只", "任何", "一切", "全都")
PARTIAL = words(
    "some most many few several half mostly majority minority certain various often sometimes usually"
)
PARTIAL |= words(
    "rarely seldom partly alguns algumas muitos muitas varios varias poucos poucas maioria certos certas"
)
PARTIAL |= words("frequentemente raramente geralmente parte metade ocasionalmente")
PARTIAL_ZH = (
    "一些",
    "有些",
    "部分",
    "大多数",
    "多数",
    "许多",
    "很多",
    "少数",
    "不少",
    "几个",
    "有的",
    "经常",
    "有时",
    "往往",
)
MANY = words("most many majority muitos muitas maioria 大多数 多数 许多 很多")
FEW = words("few poucos poucas 少数 minority")

PREPOSITIONS = {
    "in": "at", "on": "at", "at": "at", "into": "to", "onto": "to", "to": "to", "from": "from", "of": "of",
    "for": "for",
    "with": "with", "without": "with", "sem": "with", "by": "by", "against": "against", "during": "at",
    "within": "at", "under": "under", "over": "over",
    "em": "at", "no": "at", "na": "at", "nos": "at", "nas": "at", "num": "at", "numa": "at", "ao": "to",
    "aos": "to",
    "para": "to", "pra": "to", "de": "of", "do": "of", "da": "of", "dos": "of", "das": "of", "com": "with",
    "por": "by",
    "about": "about", "pelo": "by", "pela": "by", "pelos": "by", "pelas": "by", "contra": "against",
}  # fmt: skip
RELATIVE = words("who which whose whom that que cujo cuja quem")
CONJUNCTIONS = words(
    "and but or while whereas although though e mas ou enquanto embora porem yet so because since"
)
BE = words("is are was were be been being am eh sao foi foram era eram ser sido seja being 是")
