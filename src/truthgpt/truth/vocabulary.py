"""Words that mean the same, words that mean the opposite, and forms that no stemmer folds.

English and Portuguese words are written without accents and in lower case, Chinese ones as strings of characters.
These lists are short on purpose: a wrong synonym costs more than a missing one.
"""

from __future__ import annotations


def _groups(text: str) -> dict[str, str]:
    """Lines of words that mean the same: each word to the first of its line."""
    table: dict[str, str] = {}
    for line in text.strip().splitlines():
        head, *rest = line.split()
        for word in (head, *rest):
            table.setdefault(word, head)
    return table


def _pairs(text: str) -> dict[str, frozenset[str]]:
    """Lines `a b | c d`: each word of one side to the words of the other."""
    table: dict[str, set[str]] = {}
    for line in text.strip().splitlines():
        left, right = (side.split() for side in line.split("|"))
        for one, other in ((left, right), (right, left)):
            for word in one:
                table.setdefault(word, set()).update(other)
    return {word: frozenset(others) for word, others in table.items()}


SYNONYMS = _groups(
    """
    film movie
    car automobile
    buy purchase
    begin start commence
    finish end conclude
    big large
    small little tiny
    child kid
    quick fast rapid
    street road
    build construct
    shop store
    close shut
    help assist
    choose select
    rise increase grow climb
    fall decrease decline drop decreas
    approximately roughly about around
    usa us u.s u.s.a america
    uk u.k britain
    eu e.u
    doctor physician
    city town
    woman lady
    physician doctor
    photo picture photograph
    job occupation
    speak talk
    answer reply
    happen occur
    allow permit
    ban prohibit forbid
    require need
    use utilize
    show demonstrate
    tv television
    phone telephone
    bike bicycle
    plane airplane aeroplane
    cellphone smartphone
    kill murder
    color colour
    carro automovel
    comecar iniciar
    terminar acabar
    comprar adquirir
    construir erguer
    menino garoto
    menina garota
    filme longa-metragem
    rua avenida
    vencer derrotar ganhar
    subir aumentar crescer
    cair baixar diminuir
    rapido veloz
    eua estados_unidos
    aconteceu ocorreu
    aconteceram ocorreram
    """
)

# Opposites, as stems are looked up by word: one side against the other.
OPPOSITES = _pairs(
    """
    rise rose risen increase increased grow grew grown climb climbed gain gained | fall fell fallen decrease decreased
    rise rose risen increase increased grow grew grown climb climbed gain gained | decline declined drop dropped lose lost
    more higher up | less fewer lower down
    before earlier | after later
    first earliest | last final latest
    open opened opens | close closed closes shut
    inside in | outside
    above over | below under
    hot warm | cold cool
    big large | small little
    long longer longest | short shorter shortest
    tall taller tallest high | short shorter shortest low
    old older oldest | young younger youngest new newer newest
    win won wins | lose lost loses
    allow allowed allows permit permitted legal | ban banned bans forbid forbidden prohibit prohibited illegal
    begin began begins start started starts | end ended ends finish finished finishes stop stopped
    north northern | south southern
    east eastern | west western
    left | right
    alive living | dead died
    true | false
    safe | unsafe dangerous
    same | different
    good better best | bad worse worst
    fast faster fastest | slow slower slowest
    rich richer | poor poorer
    strong stronger | weak weaker
    accept accepted | reject rejected refuse refused
    support supported supports favor favour | oppose opposed opposes against
    arrive arrived | leave left depart departed
    buy bought | sell sold
    add added | remove removed
    always | never
    possible | impossible
    possible able | unable
    full | empty
    day | night
    morning | evening
    cheap cheaper cheapest | expensive pricey
    early | late
    public | private
    success succeed succeeded | failure fail failed
    healthy | unhealthy sick
    subiu subir sobe aumentou aumentar cresceu crescer aumento alta mais maior | caiu cair cai diminuiu diminuir baixou queda baixa menos menor
    antes | depois apos
    primeiro primeira | ultimo ultima
    aberto aberta abertos abertas abre abriu | fechado fechada fechados fechadas fecha fechou
    dentro | fora
    acima | abaixo
    quente | frio fria
    grande | pequeno pequena
    longo longa | curto curta
    alto alta | baixo baixa
    velho velha antigo antiga | novo nova jovem
    venceu ganhou vencer ganhar | perdeu perder
    permitido permitida permite legal | proibido proibida proibe ilegal
    comecou comeca inicio | terminou termina acabou fim
    norte | sul
    leste | oeste
    esquerda | direita
    vivo viva | morto morta
    verdadeiro verdadeira | falso falsa
    seguro segura | perigoso perigosa inseguro
    igual | diferente
    bom boa melhor | mau ma pior ruim
    rapido rapida | lento lenta
    rico rica | pobre
    forte | fraco fraca
    aceitou aceita | rejeitou rejeita recusou
    apoia apoiou | opoe opos contra
    comprou | vendeu
    sempre | nunca
    cheio cheia | vazio vazia
    dia | noite
    barato barata | caro cara
    cedo | tarde
    publico publica | privado privada
    """
)
OPPOSITES_ZH = (
    (("上涨", "上升", "增加", "增长", "提高", "增多"), ("下降", "下跌", "减少", "降低", "下滑")),
    (("之前", "以前", "前"), ("之后", "以后", "后")),
    (("第一", "首次", "首个"), ("最后", "最终")),
    (("开放", "打开", "开门", "营业"), ("关闭", "关门", "停业")),
    (("多于", "高于", "大于", "更多"), ("少于", "低于", "小于", "更少")),
    (("安全",), ("危险",)),
    (("赢", "胜"), ("输", "败")),
    (("允许", "合法"), ("禁止", "非法", "违法")),
    (("开始",), ("结束", "停止")),
    (("支持", "赞成"), ("反对",)),
    (("接受", "同意"), ("拒绝",)),
    (("北",), ("南",)),
    (("东",), ("西",)),
    (("男",), ("女",)),
    (("大",), ("小",)),
    (("高",), ("低", "矮")),
    (("长",), ("短",)),
    (("快",), ("慢",)),
    (("好",), ("坏",)),
    (("热",), ("冷",)),
    (("有",), ("无",)),
)
SYNONYMS_ZH = {
    "影片": "电影", "上升": "上涨", "增长": "上涨", "增加": "上涨", "下跌": "下降", "减少": "下降", "降低": "下降",
    "礼拜": "星期", "周日": "星期日", "星期天": "星期日", "周一": "星期一", "周二": "星期二", "周三": "星期三",
    "周四": "星期四", "周五": "星期五", "周六": "星期六", "千米": "公里", "使用": "用", "开始": "始", "由于": "因为",
    "大夫": "医生", "击败": "打败", "战胜": "打败", "购买": "买", "出售": "卖", "建造": "建", "修建": "建", "建设": "建",
    "导致": "引起", "造成": "引起",
}  # fmt: skip

# Past forms that no stemmer folds.
IRREGULAR = _groups(
    """
    rise rose risen rises
    fall fell fallen
    take took taken taking
    win won winning
    beat beaten
    begin began begun
    become became
    break broke broken
    bring brought
    build built
    buy bought
    catch caught
    choose chose chosen
    come came
    cut cutting
    die died dying dies
    draw drew drawn
    drink drank drunk
    drive drove driven driving
    eat ate eaten
    feel felt
    fight fought
    find found
    fly flew flown
    forget forgot forgotten
    freeze froze frozen
    give gave given giving
    go went gone
    grow grew grown
    hear heard
    hide hid hidden
    hold held
    keep kept
    know knew known
    lead led
    leave left
    lend lent
    lose lost
    make made making
    mean meant
    meet met
    pay paid
    read
    ride rode ridden
    ring rang rung
    run ran
    say said
    see saw seen
    sell sold
    send sent
    shake shook
    shoot shot
    show shown
    sing sang sung
    sink sank sunk
    sit sat
    sleep slept
    speak spoke spoken
    spend spent
    stand stood
    steal stole stolen
    strike struck
    swim swam swum
    teach taught
    tell told
    think thought
    throw threw thrown
    understand understood
    wake woke
    wear wore worn
    write wrote written
    man men
    woman women
    child children
    person people persons
    foot feet
    tooth teeth
    mouse mice
    life lives
    good better best
    bad worse worst
    subir subiu sobe subiram subindo subido
    cair caiu cai cairam caindo caido
    vencer venceu vence venceram vencido
    fazer fez faz fizeram feito feita feitos feitas fazem
    dizer disse diz disseram dito
    poder pode podem
    ver viu viram visto
    vir veio vieram
    dar deu deram
    por pos puseram posto
    ficar fica ficou ficaram ficam
    abrir abriu abre aberto aberta
    escrever escreveu escrito escrita
    trazer trouxe trouxeram
    saber soube
    custar custou custa custaram
    """
)
