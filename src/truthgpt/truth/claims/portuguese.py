"""Portuguese verbs, as far as a closed list and their endings tell: which words can be the finite verb of a clause."""

from __future__ import annotations

from functools import lru_cache

from truthgpt.truth.lexicon import words

BE = words("é sao foi foram era eram está estao estava estavam estiveram esteve fica ficou ficaram ficam")
MODALS = words(
    "vai vao pode podem deve devem podera poderao poderia poderiam quer querem ira irao podia podiam"
)
_IRREGULAR = words(
    "tem tinha tinham teve tiveram ha havia houve fez fizeram faz fazem disse disseram diz dizem deu deram dão veio"
    " vieram vem pos puseram poe trouxe trouxeram soube souberam quis quiseram viu viram ve veem manteve mantiveram"
    " adoro odeio detesto acho tenho moro trabalho conheco fui obteve obtiveram saiu sairam sai saem caiu cairam cai caem foi propos interveio"
)
_PRESENT_BASES = (
    "aceit afirm ajud anunci apresent atras aument apoi caus chega cobr compr consegu continu cost cri custa decid defend"
    " deix dirig ensin entreg escrev estud export fal fech form funcion ganh gost inaugur indic investig jog lev lider"
    " mat mor mostr muda nega oferec organiz pag particip pass ped perd pes precis produz public receb recus represent"
    " resid resolv sent serv som sub trabalh trat us vend vence vest visit viv vot voa receb treina proib permit inclu mant"
    " pert toc cant"
)
_PRESENT = frozenset(
    base.rstrip("ae") + end for base in _PRESENT_BASES.split() for end in ("a", "am", "e", "em")
) - words(
    "forma formas custe cante cria causa causas compra compras conta cobra fala leva mata mate meta nega"
    " passe pagem perda pesa pese sente serve sobe some toca use uso vende venda vota vote casa jogam jogo publica"
    " publico marca gosta ganha estude treina trata leve doce mude morem tema peca ama falem pese indice trabalha mora mude cantam"
) | words(
    "fala mora trabalha custa vende ganha joga funciona estuda gosta somem morre morrem perde serve dirige mantem"
    " inclui produz pertence existe existem conta contam abre abrem pede perde sobe sobem desce descem"
)
_NOT_VERBS = words(
    "ou eu seu meu teu museu europeu ceu chapeu pneu romeu judeu sou vou dou estou ateu liceu trofeu ilheu reu breu"
    " fariseu amadeu tadeu hebreu plebeu mausoleu coliseu farsa para ceara viria seria rei lei frei sei"
)
_ENDINGS = ("ou", "eu", "iu", "ei", "aram", "eram", "iram", "avam", "arao", "erao", "irao")
_CLITICS = ("-se", "-lhe", "-lhes", "-o", "-a", "-os", "-as", "-me", "-nos")
SAY = words(
    "disse diz dizem disseram afirmou afirma afirmam anunciou anuncia confirmou confirma garantiu garante explicou explica"
    " avisou alertou revelou revela informou declarou declara admitiu acredita acham acha pensa decidiu concluiu mostra"
    " mostrou indica estima estimam prometeu espera"
)
_FROM_GERUND = {
    "fazendo": "fez", "sendo": "", "tendo": "", "dizendo": "disse", "vindo": "", "pondo": "", "havendo": "",
    "trazendo": "trouxe", "dando": "deu", "estando": "", "podendo": "", "incluindo": "", "considerando": "",
    "querendo": "", "indo": "", "vendo": "", "passando": "", "comecando": "", "segundo": "", "tornando": "",
    "mantendo": "manteve", "obtendo": "obteve", "saindo": "saiu", "caindo": "caiu", "dependendo": "",
    "significando": "", "causando": "causou", "quando": "", "mundo": "", "comando": "", "bando": "",
}  # fmt: skip


def bare(key: str) -> str:
    """`key` without a pronoun that hangs on it ("mudou-se" → "mudou")."""
    head, dash, _ = key.partition("-")
    return head if dash and key.endswith(_CLITICS) else key


@lru_cache(maxsize=65_536)
def form(key: str) -> str:
    """How `key` can be a finite verb: "aux", "past", "third" (present) or ""."""
    key = bare(key)
    if key in BE or key in MODALS:
        return "aux"
    if key in _IRREGULAR:
        return "past"
    if key in _NOT_VERBS or len(key) < 3:
        return ""
    if key.endswith(_ENDINGS):
        return "past"
    if key.endswith("ava") and len(key) > 5:
        return "past"
    return "third" if key in _PRESENT else ""


def is_plural(key: str) -> bool:
    """Whether a finite verb has a plural subject ("fugiram")."""
    return bare(key).endswith(("m", "ao", "ão")) and bare(key) not in ("tem", "vem", "mantem")


def is_infinitive(key: str) -> bool:
    return bare(key).endswith(("ar", "er", "ir", "or")) and len(bare(key)) > 3


def is_participle(key: str) -> bool:
    return key.endswith(("ado", "ada", "ados", "adas", "ido", "ida", "idos", "idas")) or key in words(
        "aberto aberta morto morta preso presa feito feita escrito escrita eleito eleita posto posta visto vista salvos"
        " salvo pago paga entregue presos mortos mortas eleitos"
    )


def past_of(gerund: str, *, plural: bool = False) -> str:
    """The past that belongs to a gerund ("destruindo" → "destruiu"), "" where it is not known."""
    if gerund in _FROM_GERUND:
        return "" if plural else _FROM_GERUND[gerund]
    stem, ending = gerund[:-4], gerund[-4:]
    past = {"ando": ("ou", "aram"), "endo": ("eu", "eram"), "indo": ("iu", "iram")}.get(ending)
    return stem + past[plural] if past and len(stem) > 1 else ""
