"""How people ask for help to do a thing, in Portuguese; without accents, as the texts are."""

from __future__ import annotations

import re

from truthgpt.law.grammar import Grammar, anywhere, lines, whole, words

_FEW = r"(?: [^ |]+){0,4}?"
_WANT = "(?:eu |nos )?(?:so |apenas |tambem )?(?:quero|queria|gostaria de|preciso|precisava|desejo|pretendo|queremos|precisamos)"
_MAY = "(?:posso|podemos|pode|consigo|consegue|devo|deve|deveria|poderia|podia|se pode|(?:faco|fazer|faz|se faz) (?:para|pra))"
_GIVE = words(
    "de da dar diga diz ensine ensina ensinar mostre mostra mostrar explique explica explicar descreva descreve "
    "descrever forneca fornece fornecer liste lista listar escreva escreve escrever sugira sugere sugerir detalhe "
    "compartilhe partilhe ofereca envie manda mande gere gera gerar crie cria criar desenvolva desenvolver elabore "
    "elaborar recomende redija redige redigir prepare projete planeje planeie planejar encontre encontrar passe "
    "produza produzir componha faca faz fazer monte programe programa programar invente componha venda ache "
    "arranje arranja convenca imagine finja continue complete"
)
_FETCH = words(
    "encontrar achar encontro acho obter comprar compro baixar baixo ver vejo assistir acessar aceder descarregar arranjar "
    "arranjo ter ler enviar fazer escrever criar"
)
_WRITE = words("escrever escrevo criar crio fazer faco gerar gero redigir programar desenvolver produzir")
_HELP = words(
    "ajuda auxilio conselho conselhos dica dicas instrucoes guia tutorial receita receitas passos plano manual metodo "
    "ideias orientacao informacoes"
)
_WAY = words(
    "maneira maneiras forma formas jeito jeitos metodo metodos passo passos passo-a-passo tecnica tecnicas processo receita "
    "ingredientes materiais ferramentas truque truques dicas estrategia instrucoes guia equipamento"
)

PORTUGUESE = Grammar(
    clause=re.compile(
        r"(?:^|(?<=\| )|"
        + "|".join(f"(?<= {word} )" for word in ["e", "mas", "agora", "entao", "ou", "tambem", "ai"])
        + ")"
    ),
    bare=whole(
        "(?:(?:a|o|as|os|um|uma) )?" + words("instrucoes receita guia tutorial manual passos formula")
    ),
    polite=re.compile(
        "(?:"
        + lines(
            r"""
            (?:agora|tambem|oi|ola|ok|entao|caro|assistente|cara|mano|mas|e|primeiro)
            (?:voce |tu |vc |alguem )?(?:pode|podes|poderia|podia|consegue|consegues|poderias|deve|vai|sabe|sabes)(?: voce| tu)?
            (?:me |nos )?(?:diga|diz|dizer|explique|explica|explicar|mostre|mostra|mostrar|ensine|ensina|ensinar|conte|fale)(?: me| nos)?
            (?:passo a passo|em detalhe|em detalhes|exatamente|hipoteticamente)
            """
        )
        + " )+"
    ),
    asking=re.compile(
        "(?:"
        + lines(
            r"""
            (?:por favor|se faz favor)
            (?:eu )?(?:quero|preciso|gostaria|peco|ordeno) que(?: voce| tu| vc)?
            (?:vamos|vamos la)
            (?:me |nos )?(?:ajude|ajuda|ajudar|auxilie)(?: me| nos)?(?: a| em| com| para)?
            """
        )
        + " )+"
    ),
    how=whole(
        lines(
            rf"""
            (?:como|onde|aonde|quando|com que)(?: e que)?(?: eu| se| a gente| alguem| uma pessoa| nos| voce)?(?: {_MAY})?
            (?:qual|quais)(?: e| sao| seria)?{_FEW} {_WAY}(?: [^ |]+)? (?:de|para|pra|do|da)
            (?:o )?que (?:eu )?(?:preciso|devo|posso|tenho que|tenho de|uso|usar){_FEW} (?:para|pra)
            (?:de )?que{_FEW} (?:preciso|devo usar|usar|uso) (?:para|pra)
            {_WANT}(?: de)?(?: saber| aprender| entender| descobrir) (?:exatamente )?como(?: posso| se pode| consigo)?
            {_WANT}(?: de)?{_FEW} {_HELP}(?: em| para| pra| com| de| sobre| a)?(?: como)?
            (?:vamos)
            (?:existe|ha|tem|existem){_FEW} {_WAY} (?:de|para|pra)
            (?:me |nos )?(?:ensine|ensina|ensinar|ajude|ajuda|ajudar)(?: me| nos)? (?:a|como)
            """
        )
    ),
    tell=whole(
        lines(
            rf"""
            (?:me |nos )?{_GIVE}(?: me| nos)?
            (?:pense em|voce tem|tens|tem)
            {_WANT}(?= (?:um|uma|o|a|os|as|sua|seu|instrucoes|ajuda) )
            {_WANT}(?: de)? {_FETCH}
            onde(?: eu)?(?: posso| consigo| podemos| se pode| da para)? {_FETCH}
            como(?: eu| se)?(?: {_MAY})? {_WRITE}
            """
        )
    ),
    links=whole(
        words("a para pra de do da em com e ou que sobre por") + "(?: como)?|como|de como|sobre como"
    ),
    shields=whole(
        "sobre(?! como)|"
        + words(
            """
            contra prevenir prevencao evitar proteger protecao parar impedir detectar detetar denunciar denuncia reconhecer
            identificar defender defesa bloquear combater combate pena penas punicao punicoes sentenca lei leis legal legalidade
            historia historico noticia noticias vitima vitimas quem perigo perigos risco riscos consequencia
            consequencias conscientizacao sensibilizacao motivo motivos razao razoes opiniao debate estatisticas resumo filme
            livro poema musica piada resenha efeitos sinais sintomas tratamento remover recuperar sobreviver
            julgamento caso casos politica investigar preso acusado proibir desencorajar avisar alerta alertar diferenca definicao
            significado psicologia impacto causas exemplos documentario policia lidar reduzir deixar denunciar
            """
        )
    ),
    doubts=anywhere(
        words(
            "contra nega negam negou negar negadores negacionistas negacionismo desmentir refutar refuta afirmam afirma acreditam "
            "acredita quem porque falso errado mito responder resposta pessoas lei leis ilegal crime porque"
        )
    ),
    intend=whole(
        "(?:eu |nos )?(?:quero|queria|vou|vamos|pretendo|planejo|planeio|gostaria de|desejo|decidi|estou pensando em|penso em)"
    ),
    ask=anywhere(
        lines(
            r"""
            como (?:posso|faco|devo|fazer|consigo)
            me (?:ajude|ajuda|de|diga|ensine|mostre|explique)
            (?:ajuda|ajude|diz|ensina|mostra|explica) me
            (?:o )?que (?:devo|posso|preciso) (?:usar|fazer|comprar|dizer)
            qual (?:e )?(?:a|o) melhor (?:maneira|forma|jeito|metodo|arma|veneno|droga|lugar)
            onde (?:posso|consigo|compro|encontro)
            sem ser (?:pego|apanhado|descoberto|preso)
            passo a passo
            preciso de (?:ajuda|dicas|instrucoes)
            """
        )
    ),
    lead=re.compile("(?:(?:[^ |]{3,}mente|melhor|tambem|ate|comecar a|tentar|facilmente|a) )+"),
    joint=re.compile(
        lines(
            r"""
            [^ |]+ (?:ou|e|e depois)
            (?:usar|uso|escrever|criar|fazer|programar) (?:[^ |]+ ){1,4}(?:para|pra|que)
            (?:contratar|pagar|achar|convencer|obrigar|forcar) (?:[^ |]+ ){1,2}(?:para|pra|a)
            """
        )
        + " (?:[^ |]{3,}mente )?"
    ),
    quoted=re.compile(
        r".*(?<![^ ])"
        + words(
            "perguntou pergunta perguntaram disse diz escreveu intitulado chamado pesquisou traduza traduz significa frase manchete"
        )
        + r"(?: [^ |]+){0,2}(?: \|)* ?$"
    ),
    fiction=anywhere(
        words(
            "historia romance cena roteiro guiao poema cancao peca dialogo ficcao ficticio personagem filme"
        )
    ),
    exact=anywhere(
        lines(
            """
            (?:instrucoes|receita|passos|formula|procedimento)(?: [^ |]+)? (?:detalhad[oa]s?|exat[oa]s?|reais|real|complet[oa]s?|precis[oa]s?)
            passo a passo
            em (?:todos os )?detalhes?
            """
        )
    ),
    furtive=anywhere(
        lines(
            """
            sem ser (?:pego|apanhado|descoberto|detectado|preso|visto|rastreado)
            sem (?:deixar rastros?|levantar suspeitas?|que ninguem (?:saiba|perceba)|autorizacao|permissao|consentimento|receita medica|licenca)
            (?:ilegalmente|clandestinamente|ilegal|indetectavel|dark web|mercado negro)
            """
        )
    ),
    how_to="como",
    stops=words(
        "sobre contra quem que quando onde se porque antes depois durante seguro filme jogo musica livro poema bolo fantasia "
        "parar deixar largar sair vitimas aula desenho pintura maquete brinquedo relatorio artigo lei leis nao nunca"
    ),
    reach=14,
)
