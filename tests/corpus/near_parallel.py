"""Sentences and their translations, put together from frames and names; all of it is invented."""

from __future__ import annotations

import random
from collections.abc import Iterator

_FRAMES: tuple[dict[str, str], ...] = (
    {
        "en": "The city of {place} will close the {thing} bridge for {days} days because {name} found cracks in it.",
        "pt": "A cidade de {place} vai fechar a ponte {thing} por {days} dias porque {name} encontrou rachaduras nela.",
        "es": "La ciudad de {place} cerrará el puente {thing} durante {days} días porque {name} encontró grietas en él.",
        "de": "Die Stadt {place} sperrt die Brücke {thing} für {days} Tage, weil {name} Risse darin gefunden hat.",
        "fr": "La ville de {place} fermera le pont {thing} pendant {days} jours car {name} y a trouvé des fissures.",
        "zh": "{place}市将关闭{thing}大桥{days}天，因为{name}在桥上发现了裂缝。",
    },
    {
        "en": "{name} says the library in {place} lends {days} telescopes and everyone can book one, even the {thing}.",
        "pt": "{name} diz que a biblioteca de {place} empresta {days} telescópios e todos podem reservar, até o {thing}.",
        "es": "{name} dice que la biblioteca de {place} presta {days} telescopios y todos pueden reservar, hasta el {thing}.",
        "de": "{name} sagt, die Bücherei in {place} verleiht {days} Fernrohre und jeder kann buchen, sogar das {thing}.",
        "fr": "{name} dit que la bibliothèque de {place} prête {days} télescopes et chacun peut réserver, même le {thing}.",
        "zh": "{name}说{place}的图书馆出借{days}台望远镜，人人都可以预约，连{thing}也行。",
    },
    {
        "en": "I walked {days} km from {place} to the lake with {name} and we saw the {thing} at dawn. Go if you can!",
        "pt": "Caminhei {days} km de {place} até o lago com {name} e vimos o {thing} ao amanhecer. Vá se puder!",
        "es": "Caminé {days} km desde {place} hasta el lago con {name} y vimos el {thing} al amanecer. ¡Ve si puedes!",
        "de": "Ich bin mit {name} {days} km von {place} zum See gelaufen und wir sahen im Morgengrauen das {thing}. Los!",
        "fr": "J'ai marché {days} km de {place} au lac avec {name} et nous avons vu le {thing} à l'aube. Allez-y !",
        "zh": "我和{name}从{place}走了{days}公里到湖边，黎明时看到了{thing}。有机会一定要去！",
    },
    {
        "en": "Prices at the {thing} market in {place} went up by {days} percent this year, writes {name} in a long report.",
        "pt": "Os preços no mercado {thing} em {place} subiram {days} por cento neste ano, escreve {name} num longo relatório.",
        "es": "Los precios en el mercado {thing} de {place} subieron un {days} por ciento este año, escribe {name}.",
        "de": "Die Preise auf dem Markt {thing} in {place} sind dieses Jahr um {days} Prozent gestiegen, schreibt {name}.",
        "fr": "Les prix au marché {thing} de {place} ont augmenté de {days} pour cent cette année, écrit {name}.",
        "zh": "{name}在一份长篇报告中写道，{place}的{thing}市场今年价格上涨了百分之{days}。",
    },
)
_PLACES = ("Port Alder", "Nova Lagoa", "Kestrelburg", "Saint-Orme", "Velha Serra", "Dunwick", "Rotherau")
_NAMES = ("Mira Okonjo", "Tiago Salles", "Ana Brandt", "Lu Wen", "Jonas Pell", "Ines Corvo", "Yuki Harada")
_THINGS = ("Halcyon", "Estrela", "Old Mill", "Morgenrot", "Aurora", "Tamarind")


def translations(count: int, rng: random.Random) -> Iterator[tuple[str, str]]:
    """`count` pairs of one sentence in two languages, or in one with some words of the other left in."""
    for _ in range(count):
        frame = rng.choice(_FRAMES)
        filled = {
            "place": rng.choice(_PLACES),
            "name": rng.choice(_NAMES),
            "thing": rng.choice(_THINGS),
            "days": rng.randint(2, 9_999),
        }
        one, other = rng.sample(sorted(frame), 2)
        yield frame[one].format(**filled), frame[other].format(**filled)
