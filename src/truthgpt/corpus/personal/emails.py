"""E-mail addresses, plainly written or with "at" and "dot" spelled out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from truthgpt.corpus.personal.spans import Span
from truthgpt.corpus.personal.windows import near, windows

_LATIN = "A-Za-z0-9À-ÖØ-öø-ɏ"
# Lengths are those of RFC 5321; the look-behind keeps out @user@host, a platform's way to write a mention.
_LOCAL = rf"(?<![{_LATIN}@_%+/.-])[{_LATIN}_%+.'-]{{1,64}}"
_LABEL = rf"[{_LATIN}](?:[{_LATIN}-]{{0,61}}[{_LATIN}])?"
_PLAIN = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.){{1,5}}[A-Za-z]{{2,24}}(?![{_LATIN}@_])")
_AT_SIGN = re.compile("@")
# Spaced out against harvesters: "ana @ example . com"
_SPACED = re.compile(
    rf"{_LOCAL}(?: @ |@ )(?:{_LABEL} ?\. ?){{1,3}}(?:com|org|net|edu|info|io|br|pt|cn|uk|example)(?![{_LATIN}@_])",
    re.IGNORECASE,
)
_FILES_LISTED = "png jpg jpeg gif svg webp bmp ico pdf zip exe js ts py rb css html htm json xml yml yaml txt md csv mp3 mp4 avi sh"
_FILES = frozenset(_FILES_LISTED.split())
_COMMON_LISTED = (
    "com org net edu gov mil int info biz name pro dev app xyz online site io me tv cc co ai ly example test invalid localhost "
    "email mail cloud tech store shop blog club live news world life agency studio design page link one eu"
)
_COMMON = frozenset(_COMMON_LISTED.split())
_SHELL = re.compile(r"(?:\b(?:ssh|scp|rsync|sftp|mosh|git clone)\b[^\n,;]{0,30}|://[^\s/?#]*)$")

_AT = r"(?:\s?[\[({<]\s?(?:at|arroba|a|@|艾特|AT)\s?[\])}>]\s?|\s(?:at|arroba)\s|\s?艾特\s?|_at_|\s?\(a\)\s?)"
_DOT = r"(?:\s?[\[({<]\s?(?:dot|ponto|punto|点|\.)\s?[\])}>]\s?|\s(?:dot|ponto|punto)\s|\s?点\s?|_dot_|\.)"
_NAME = rf"[{_LATIN}_%+-]{{1,40}}"
_SPELLED = re.compile(
    rf"(?<![{_LATIN}@_])(?P<local>{_NAME}(?:{_DOT}{_NAME}){{0,3}})(?P<at>{_AT})"
    rf"(?P<host>[{_LATIN}-]{{2,40}})(?P<rest>(?:{_DOT}[{_LATIN}-]{{2,20}}){{0,2}}?{_DOT}"
    r"(?:com|org|net|edu|gov|info|io|me|co|dev|app|example|br|pt|cn|uk|de|fr|es|it|eu|us|ca|au|in|nl|hk|tw|jp)"
    rf"(?:{_DOT}(?:br|pt|cn|uk|au|hk|tw|jp))?)(?![{_LATIN}@_])",
    re.IGNORECASE,
)
_SPELLED_AT = re.compile(
    r"[\[({<]\s?(?:at|arroba|a|@|艾特)\s?[\])}>]|\s(?:at|arroba)\s(?=\S{2,60}(?:\s(?:dot|ponto|punto)\s|[.\[({<]))|艾特|_at_",
    re.IGNORECASE,
)
_MAILBOXES_LISTED = (
    "gmail googlemail hotmail outlook yahoo ymail live icloud me mac proton protonmail aol gmx mail zoho fastmail tutanota "
    "uol bol terra ig sapo clix qq foxmail sina sohu aliyun yeah 163 126 139 example exemplo"
)
_MAILBOXES = frozenset(_MAILBOXES_LISTED.split())
_INVITES = re.compile(
    r"\b(?:e-?mails?|mail|contact|reach|write|inbox|ping|addy|address|correio|contato|contacto|escrev\w+|endereço|mande|manda|envie)\b|邮|郵|信箱|联系",
    re.IGNORECASE,
)
_HASH = re.compile(
    rf"(?<![{_LATIN}@_#/])[{_LATIN}_.+-]{{2,40}}#(?:[A-Za-z0-9-]{{2,40}}\.){{1,3}}(?:com|cn|net|org|br|pt|example)(?![{_LATIN}])"
)


def emails(text: str) -> Iterator[Span]:
    """The e-mail addresses of a folded text. Mentions (`@user@host`), files (`logo@2x.png`), versions
    (`package@1.2.0`) and the targets of `ssh` are none."""
    stretches = list(windows(_AT_SIGN, text, 66, 320))
    for match in near(_PLAIN, text, stretches):
        found = _plain(text, match)
        if found:
            yield found
    for match in near(_SPACED, text, stretches):
        host = match.group().rpartition("@")[2].partition(".")[0].strip().lower()
        if host in _MAILBOXES or _INVITES.search(text, max(0, match.start() - 40), match.start()):
            yield Span(*match.span(), "email")
    for match in near(_SPELLED, text, list(windows(_SPELLED_AT, text, 130, 110))):
        if _is_clear(text, match):
            yield Span(match.start(), match.end(), "email")
    if "#" in text and ("邮" in text or "换" in text or "mail" in text.lower()):
        for match in _HASH.finditer(text):
            yield Span(match.start(), match.end(), "email")


def _plain(text: str, match: re.Match[str]) -> Span | None:
    local, _, host = match.group().partition("@")
    labels = host.split(".")
    # "write to ana@example.com.Please": the next sentence begins without a blank.
    while len(labels) > 2 and _begins_sentence(labels[-1]):
        labels.pop()
    end = match.start() + len(local) + 1 + len(".".join(labels))
    if (
        labels[-1].lower() in _FILES
        or _begins_sentence(labels[-1])
        or (labels[0].isdigit() and labels[1].isdigit())
    ):
        return None
    # root@host.example:~# is a shell's prompt, git@host:path a repository; algorithms of OpenSSH are named in this form.
    if (
        text.startswith((":~", ":/"), end)
        or (local == "git" and text.startswith(":", end))
        or host == "openssh.com"
    ):
        return None
    if _SHELL.search(text, max(0, match.start() - 45), match.start()):
        return None
    start = match.start() + len(local) - len(local.lstrip(".'-"))
    return Span(start, end, "email") if local.strip(".'-") else None


def _begins_sentence(label: str) -> bool:
    return label.istitle() and label.lower() not in _COMMON


def _is_clear(text: str, match: re.Match[str]) -> bool:
    """Whether the words spell an address: "jane at example dot com" does where something else says so as well;
    "bought at amazon dot com" does not."""
    local, at, rest = match["local"], match["at"], match["rest"]
    if "@" in at and at.strip() == "@":
        return False
    if not at.strip(" ").isalpha() or "艾特" in at or re.search(r"[\[({<]", rest):
        return bool(re.search(r"[\[({<_]|艾特", at + rest))
    if rest.startswith("."):
        # "look at example.com" names a site; only capitals make an address of it.
        return at.strip() == "AT" and not local.isupper()
    if at.strip().isupper() and not local.isupper():
        return True
    if re.search(r"[0-9_.+-]", local) or re.search(r"\s(?:dot|ponto)\s", local):
        return True
    if match["host"].lower() in _MAILBOXES:
        return True
    return _INVITES.search(text, max(0, match.start() - 40), match.start()) is not None
