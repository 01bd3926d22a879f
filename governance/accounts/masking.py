"""How personal data are shortened before they are shown (Basis: Personal Information Protection Law art. 51).

The full value is shown only where a rule asks for it, and that is an audited act.
"""

from __future__ import annotations

import re
import unicodedata

STAR = "*"
ID_LENGTH = 18
PHONE_LENGTH = 11
DOUBLE = 2
_SURNAMES = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离
长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭
南门 羊舌 微生 公户 公玉 公仪 梁丘 公仲 公上 公门 公山 公坚 左丘 公伯 西门 公祖 第五 公乘 贯丘 南荣 东里 东宫 仲长 子书 子桑 即墨
淳于 达奚 褚师 歐陽 司馬 東方 諸葛 尉遲 鍾離 長孫
"""
COMPOUND_SURNAMES = frozenset(_SURNAMES.split())
"""Surnames of two characters (复姓)."""
_ALONE = r"(?<!\d)(?<!\d\.)"
"""No digit before it, nor the point of a decimal: 0.13912345678 seconds are no phone."""
PHONE = re.compile(_ALONE + r"(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
IDENTITY = re.compile(_ALONE + r"([1-9]\d{5})(\d{8})(\d{3}[\dXx])(?!\d)")
CARD = re.compile(_ALONE + r"\d{12,15}(\d{4})(?!\d)")


def characters(text: str) -> list[str]:
    """Split a name into what people see as characters: variation selectors and accents stay with their base."""
    found: list[str] = []
    for sign in text:
        if found and (unicodedata.combining(sign) or unicodedata.category(sign) == "Mn"):
            found[-1] += sign
        else:
            found.append(sign)
    return found


def mask_name(name: str) -> str:
    """Return a name as a public notice shows it: 王*, 王*明, 欧阳**, 买**提; of several words the first stays.

    The surname stays where the name has two characters or a compound surname, else the first and the last character.
    """
    plain = unicodedata.normalize("NFC", name.strip())
    if " " in plain:
        return f"{plain.split()[0]} {STAR}"
    signs = characters(plain)
    if len(signs) <= 1:
        return STAR * len(signs)
    if len(signs) > DOUBLE and "".join(signs[:DOUBLE]) in COMPOUND_SURNAMES:
        return "".join(signs[:DOUBLE]) + STAR * (len(signs) - DOUBLE)
    if len(signs) == DOUBLE:
        return signs[0] + STAR
    return signs[0] + STAR * (len(signs) - DOUBLE) + signs[-1]


def mask_phone(phone: str) -> str:
    """Return a phone number as its owner may see it: 138****1234; a short or foreign one shows its last two digits."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("86") and len(digits) == PHONE_LENGTH + 2:
        digits = digits[2:]
    if len(digits) == PHONE_LENGTH and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    return STAR * max(len(digits) - 2, 0) + digits[-2:] if len(digits) > DOUBLE else STAR * len(digits)


def mask_identity(number: str) -> str:
    """Return an identity number as staff of the place see it: the first six and the last four signs."""
    return f"{number[:6]}{STAR * 8}{number[-4:]}" if len(number) == ID_LENGTH else STAR * len(number)


def mask_account(number: str) -> str:
    """Return a bank account as staff of the place see it: the last four digits."""
    digits = re.sub(r"\D", "", number)
    return f"{STAR * 4}{digits[-4:]}" if len(digits) > 4 else STAR * len(digits)  # noqa: PLR2004 - the four that are shown


def mask_text(text: str) -> str:
    """Return a text with every mobile number, identity number and card number in it shortened."""
    masked = IDENTITY.sub(lambda found: f"{found[1]}********{found[3]}", text)
    masked = CARD.sub(lambda found: f"****{found[1]}", masked)
    return PHONE.sub(lambda found: f"{found[1]}****{found[3]}", masked)
