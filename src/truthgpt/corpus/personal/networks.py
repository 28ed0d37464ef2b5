"""IP addresses that stand for somebody's connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address

from truthgpt.corpus.personal.spans import Span

# Each begins with a character and looks behind it, not before it: a search then skips to the first that fits.
_V4 = re.compile(
    r"[0-9](?:(?<=IP.)|(?<=ip.)|(?<=Ip.)|(?<![0-9A-Za-z_.].)(?<![0-9A-Za-z][-+_].))[0-9]{0,2}\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}"
    r"(?![0-9A-Za-z_]|\.[0-9]|[-+][0-9A-Za-z])"
)
# Global unicast, 2000::/3 (RFC 4291): all that are handed out begin so, and no time or C++ name does.
_V6 = re.compile(r"[23](?<![0-9A-Za-z:.].)[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,34}(?![0-9A-Za-z])")
# Documentation ranges (RFC 5737) are not global, yet stand for addresses that are.
_DOCUMENTATION = tuple(IPv4Network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
_RESOLVERS_LISTED = (
    "8.8.8.8 8.8.4.4 1.1.1.1 1.0.0.1 9.9.9.9 149.112.112.112 208.67.222.222 208.67.220.220 4.2.2.1 4.2.2.2 "
    "114.114.114.114 114.114.115.115 223.5.5.5 223.6.6.6 119.29.29.29 180.76.76.76 94.140.14.14 76.76.2.0"
)
_RESOLVERS = frozenset(_RESOLVERS_LISTED.split())
_NETWORK = re.compile(
    r"\b(?:ips?|ipv4|address(?:es)?|server|host|ping|traceroute|banned?|ban|connect(?:ed|ion)?|dns|port|router|vpn|proxy|login"
    r"|logged|gateway|subnet|endere[çc]o|servidor|conex[ãa]o|roteador|porta|acesso)\b|服务器|伺服器|地址|网关|代理|登录|IP|封",
    re.IGNORECASE,
)
_RELEASE = re.compile(
    r"(?:\b(?:v|ver|vers(?:ion|[ãa]o)|versions|release[ds]?|build|firmware|update[ds]?|patch|driver|kernel|upgrade[ds]?|rev|sdk|chrome"
    r"|firefox|ios|android|windows|macos|java|python|node|app|bios|plugin|section|sections|chapter|clause|figure|step|paragraph|article"
    r"|item|rule|table|se[çc][ãa]o|cap[íi]tulo|cl[áa]usula|atualiza\w+|passo|artigo|oid|edition|mod|game|jdk)\b\.?|§|版本|升级|更新|固件|章|节|条款|驱动|补丁)"
    r"[^\n;!?。！？]{0,40}$",
    re.IGNORECASE,
)


def networks(text: str) -> Iterator[Span]:
    """The IP addresses of a folded text that belong to a connection: global ones, and those reserved for examples.

    Loopback, private, link-local, multicast and unspecified addresses are the same in every house, and the well-known
    public resolvers are services: none of them says who somebody is. Four small numbers that are called a version or a
    section, or are called nothing, are no address.
    """
    for match in _V4.finditer(text):
        if _is_v4(text, match):
            yield Span(*match.span(), "ip")
    for match in _V6.finditer(text):
        spelled = match.group().rstrip(":") if not match.group().endswith("::") else match.group()
        try:
            IPv6Address(spelled)
        except ValueError:
            continue
        yield Span(match.start(), match.start() + len(spelled), "ip")


def _is_v4(text: str, match: re.Match[str]) -> bool:
    try:
        address = IPv4Address(match.group())  # refuses octets above 255 and leading zeros
    except ValueError:
        return False
    if match.group() in _RESOLVERS:
        return False
    if not address.is_global and not any(address in net for net in _DOCUMENTATION):
        return False
    if address.is_multicast or address.is_reserved:
        return False
    if len(set(address.packed)) == 1:
        return False  # 99.99.99.99: nobody's, written where an address would stand
    before = text[max(0, match.start() - 48) : match.start()]
    named = [word.start() for word in _NETWORK.finditer(before)]
    release = _RELEASE.search(before)
    if release and not (named and named[-1] > release.start()):
        return False
    # No version has four parts of which one is large, save those of browsers, whose third part is beyond 255.
    return max(address.packed) >= 30 or bool(named) or text[match.end() : match.end() + 1] == ":"
