"""Words that carry what a post claims: to change one of them, or to add one, makes another claim of nearly the same text.

Numbers in digits are told by their characters; here are the words. A word that stands here needlessly only keeps apart
two posts that differ in just that word; a word that is missing lets a post be counted as a copy of its opposite.
"""

from __future__ import annotations

# "t" is what the apostrophe leaves of "don't", "n" of "n't".
_NEGATIONS = """
no not never none nobody nothing neither nor cannot without t dont doesnt didnt isnt arent wasnt werent wont cant
couldnt wouldnt shouldnt hasnt havent hadnt false fake hoax untrue incorrect wrong deny denies denied
não nao nunca jamais nem sem nenhum nenhuma ninguém ninguem nada falso falsa mentira
sin ningún ningun ninguna ninguno nadie tampoco
ne pas jamais aucun aucune rien sans faux fausse
nicht nie niemals kein keine keinen keinem keiner nichts ohne falsch
non mai nessuno nessuna niente senza
niet nooit geen niets zonder
не нет ни никогда никто ничего без ложь
لا لم لن ليس ليست بدون
değil yok hiç tidak bukan jangan tanpa không chẳng
"""

_NUMBERS = """
one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred hundreds thousand
thousands million millions billion billions trillion half twice double first second third all
dois duas três quatro cinco seis sete oito nove dez vinte cem mil milhão milhões bilhão bilhões metade
dos tres cuatro seis siete ocho nueve diez veinte cien millón millones
deux trois quatre cinq sept huit neuf dix vingt cent mille millions
zwei drei vier fünf sechs sieben acht neun zehn zwanzig hundert tausend million millionen milliarde milliarden
"""

WORDS = frozenset(f"{_NEGATIONS} {_NUMBERS}".split())
"""Whole words, folded as this package folds them."""

CHARACTERS = frozenset("不没沒未非无無假否二三四五六七八九十百千万萬亿億両两兩")
"""Characters of scripts without spaces that negate or count."""

NEGATIONS = frozenset(_NEGATIONS.split()) | frozenset("不没沒未非无無假否")
"""Those of both that negate."""
