"""Numbers that carry a check: digits in, whether the check holds out. Separators are gone before they come here."""

from __future__ import annotations

from datetime import date

IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
    "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
    "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28,
    "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20,
    "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29,
    "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    "YE": 30,
}  # fmt: skip
"""Characters of an IBAN by country (SWIFT IBAN registry, ISO 13616)."""

_CPF_WEIGHTS = ((10, 9, 8, 7, 6, 5, 4, 3, 2), (11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
_CNPJ_WEIGHTS = ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
_CN_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CN_ID_CHECKS = "10X98765432"
# The first two digits of GB/T 2260: provinces, municipalities, autonomous regions, Taiwan, Hong Kong, Macau; 83 is
# written into residence permits for people of Taiwan.
_CN_PROVINCES_LISTED = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83"
)
_CN_PROVINCES = frozenset(_CN_PROVINCES_LISTED.split())


def luhn(digits: str) -> bool:
    """Whether the last of `digits` is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> luhn("4111111111111111")
    True
    """
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def card(digits: str) -> bool:
    """Whether `digits` is a payment card's number: an issuer's prefix with a length that it uses, and `luhn`."""
    return len(digits) in _card_lengths(digits) and luhn(digits) and len(set(digits)) > 1


def iban(letters: str) -> bool:
    """Whether `letters`, in capitals, is an IBAN: its country's length, and 1 modulo 97 (ISO 13616, ISO 7064)."""
    if IBAN_LENGTHS.get(letters[:2]) != len(letters) or not (letters.isascii() and letters.isalnum()):
        return False
    moved = letters[4:] + letters[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1


def cpf(digits: str) -> bool:
    """Whether `digits`, 11 of them, is a Brazilian CPF by its two check digits; eleven equal ones are none."""
    return len(digits) == 11 and len(set(digits)) > 1 and _modulo_11(digits, _CPF_WEIGHTS)


def cnpj(letters: str) -> bool:
    """Whether `letters`, 14 of them, is a Brazilian CNPJ by its two check digits.

    The first twelve may be capitals since July 2026 (Receita Federal, IN 2.229/2024); each counts as its ASCII code
    less 48.
    """
    return len(letters) == 14 and len(set(letters)) > 1 and _modulo_11(letters, _CNPJ_WEIGHTS)


def cn_id(letters: str) -> bool:
    """Whether `letters`, 17 digits and a digit or X, is a Chinese resident's number: province, date of birth and
    check character (GB 11643-1999, ISO 7064 MOD 11-2)."""
    if len(letters) != 18 or letters[:2] not in _CN_PROVINCES or not _is_birth(letters[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(letters, _CN_ID_WEIGHTS, strict=False))
    return _CN_ID_CHECKS[total % 11] == letters[17]


def old_cn_id(digits: str) -> bool:
    """Whether `digits`, 15 of them, can be a Chinese resident's number of before 1999, which has no check digit."""
    return len(digits) == 15 and digits[:2] in _CN_PROVINCES and _is_birth("19" + digits[6:12])


def _card_lengths(digits: str) -> tuple[int, ...]:
    """Lengths that the issuer of the prefix uses (ISO/IEC 7812 ranges as the networks publish them)."""
    four = int(digits[:4])
    two = four // 100
    if digits[0] == "4":
        return (16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720 or 3528 <= four <= 3589 or four == 6062:
        return (16,)
    if two in (34, 37):
        return (15,)
    if two in (36, 38, 39) or 3000 <= four <= 3059:
        return (14,)
    if two in (50, 56, 57, 58, 60, 62, 63, 64, 65, 67, 81):
        # Discover, UnionPay, Maestro, Elo, RuPay.
        return (16, 17, 18, 19)
    return ()


def _modulo_11(letters: str, weights: tuple[tuple[int, ...], ...]) -> bool:
    for row in weights:
        remainder = (
            sum((ord(letter) - 48) * weight for letter, weight in zip(letters, row, strict=False)) % 11
        )
        if ord(letters[len(row)]) - 48 != (0 if remainder < 2 else 11 - remainder):
            return False
    return True


def _is_birth(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False
