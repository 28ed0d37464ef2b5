"""The words beside a number in, what they say it is out: a telephone, something else that is counted, or nothing."""

from __future__ import annotations

import re
from typing import Literal

Cue = Literal["phone", "other", ""]

# Texts are put in small letters before they are searched: letters of either case cost three times as much.
_BEFORE = 48
_AFTER = 24
_CLOSE = 22

_PHONE = r"""
    (?<![a-zà-ÿ])(?=[a-z])(?:call(?:ing|ed)?|phone|tele?phone|t[ée]l|mobile|cell(?:phone)?|text(?:ing|ed)?\s(?:me|him|her|us|them|my|at|on|to)|(?:or|and)\stext|text:|whats\s?app|whats|signal|telegram|viber|wechat|vx|v信
    |fax|sms|dial(?:ed)?|ring|ph|mob|landline|voicemail|hmu|contact|reach\s(?:me|us|him|her|them|out)|reachable|my\snumber|(?:his|her|our|their|new)\snumber
    |number(?:'s)?\s(?:is|here)|digits|call\sor\stext
    |lig(?:ue|a|ar|uem|uei)|telefone|fone|telem[óo]vel|tlm|tlf|celular|cel|zap(?:zap)?|wpp|wats|discar?|contat[oe]|contacto
    |chama(?:r|\sno)?|recado|(?:meu|seu|nosso|novo|teu)\sn[úu]mero|n[úu]mero\s(?:dele|dela|novo|é)|ligações|fixo)(?![a-zà-ÿ])
    | (?=[^\x00-\x7f])(?:[☎📞📱📲]|电话|電話|手机|手機|致电|致電|拨打|撥打|拨|来电|來電|座机|座機|传真|傳真|联系|聯絡|聯繫|短信|简讯|簡訊
    |加我|微信|薇信|(?<![单證证牌编票件户奖奖密书單編])(?:号码|號碼)|打给|打給|热线|固话|手机号|打\s?$)
"""
_OTHER = r"""
    (?<![a-zà-ÿ])(?=[a-z])(?:orders?|track(?:ing)?|invoice|ref(?:erence)?|ticket|case|isbn|issn|ean|upc|gtin|sku|doi|pmid|arxiv|model|serial|s/n|imei|part
    |asin|item|product|patent|confirmation|booking|transaction|txid|hash|commit|build|version|timestamp|epoch|unix|bug|issue
    |catalog(?:ue)?|lot|batch|flight|parcel|shipment|steam|seed|coordinates?|lat(?:itude)?|score|record|docket|barcode|app\s?id
    |user\s?id|uid|id|pin|code|account|routing|sort\scode|passport|licen[cs]e|policy|member(?:ship)?|lottery|powerball|jackpot
    |pedido|rastrei[oa](?:mento)?|protocolo|nota\sfiscal|nf-?e|c[óo]digo|processo|s[ée]rie|boleto|chamado|encomenda|fatura|lote
    |matr[íi]cula|coordenadas?|inscri[çc][ãa]o|edital|placar|patente|refer[êe]ncia|artigo|compra|envio|senha|chave\sde\sacesso|loteria
    |mega-?sena|quina|conta|ag[êe]ncia|ap[óo]lice|passaporte|renavam|chassi|cep|rg|nis|pis)(?![a-zà-ÿ])
    \.?(?:'s)?\s?(?:numbers?|n[úu]mero|no|n[ºo°]|num|id|code)?\.?(?:\s(?:is|was|é|era))?
    |[\#№] | qq | (?=[^\x00-\x7f])(?:订单|訂單|单号|單號|快递(?!员|小哥)|快遞|快件|物流|运单|编号|編號|序列号|序號|流水|条码|條碼|型号|型號|案号|工单|书号|版本
    |时间戳|坐标|座標|学号|考号|工号|车次|航班|批号|货号|密码|验证码|群号|比分|房间号|抽奖|彩票|中奖|播放|阅读|人口|点赞|粉丝|销量
    |浏览|准考证|提取码|兑换码|发票|账号|賬號|账户|护照|会员号|车牌|发动机号)
"""
_ANY = re.compile(f"(?P<phone>{_PHONE})|(?P<other>{_OTHER})", re.VERBOSE)
# After a number nouns and orders tell: "(11) 91234-5678 whats", "is my cell"; "I called" goes on with another matter.
_NAMED = re.compile(
    r"(?<![a-zà-ÿ])(?:phone|mobile|cell|landline|(?:my|his|her|our|their)\snumber|whats(?:app)?|zap|wpp|celular|telefone|telem[óo]vel|contato|contacto"
    r"|fixo|número\sdel[ea]|(?:call|text|ring)\s(?:it|me|us|him|her|them|now|or\stext)|lig(?:a|ue|uem)|cham[ae])(?![a-zà-ÿ])|电话|電話|手机|手機|微信|号码|號碼"
)
_APART = re.compile(r"[0-9,;!?，。；！？\n]|\.\s")
_UNIT = re.compile(
    r"\s?(?:%|(?:people|users|views|points|followers|subscribers|members|votes|dollars|euros?|bucks|usd|brl|miles|km|kg|years"
    r"|times|steps|lines|bytes|inhabitants|pessoas|habitantes|usu[áa]rios|seguidores|visualiza[çc][õo]es|reais|pontos|votos"
    r"|d[óo]lares|quil[ôo]metros|anos|vezes|linhas|likes|curtidas|downloads|karma|gold|coins|xp)\b"
    r"|[元人次万亿年块个票粉岁米公步]|美元|人民币|[€$£¥])",
    re.IGNORECASE,
)


def cue(text: str, start: int, end: int) -> Cue:
    """What the words nearest to `text[start:end]` call it: those before it first, then those after."""
    before = text[max(0, start - _BEFORE) : start].lower()
    found: re.Match[str] | None = None
    for match in _ANY.finditer(before):
        found = match
    if found and found["phone"]:
        return "phone"
    # "order 1234, 212-555-0100", "my order is late, 212-555-0100": that names another number, or none.
    if found and len(before) - found.end() <= _CLOSE and not _APART.search(before, found.end()):
        return "other"
    return "phone" if _NAMED.search(text[end : end + _AFTER].lower()) else ""


def counted(text: str, end: int) -> bool:
    """Whether a unit follows `end`: the number before it is an amount."""
    return _UNIT.match(text, end) is not None
