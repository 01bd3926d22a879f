"""How personal data are shortened before they are shown (Basis: Personal Information Protection Law art. 6, 51).

The full value is shown only where a rule asks for it, and that is an audited act.
"""

from __future__ import annotations

import re

STAR = "*"
TWO, THREE = 2, 3
_PAIRS = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文"
    "司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生"
    "梁丘左丘西门第五南荣东里仲长即墨达奚褚师"
)
COMPOUND_SURNAMES = frozenset(map("".join, zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))
_ALONE = r"(?<!\d)(?<!\d\.)"
"""No digit before it, nor the point of a decimal: 0.13912345678 seconds are no phone."""
PHONE = re.compile(_ALONE + r"(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
IDENTITY = re.compile(_ALONE + r"([1-9]\d{5})(\d{8})(\d{3}[\dXx])(?!\d)")
CARD = re.compile(_ALONE + r"\d{12,15}(\d{4})(?!\d)")


def mask_name(name: str) -> str:
    """Return a name as public notices show it: 王*, 王*明, 欧阳**; names of several words keep their first word."""
    plain = name.strip()
    if not plain:
        return ""
    if plain[:TWO] in COMPOUND_SURNAMES and len(plain) > TWO:
        return plain[:TWO] + STAR * (len(plain) - TWO)
    if " " in plain:
        return f"{plain.split()[0]} {STAR}"
    if len(plain) <= TWO:
        return plain[0] + STAR
    return plain[0] + STAR * (len(plain) - TWO) + plain[-1]


def mask_phone(phone: str) -> str:
    """Return a phone number as 138****1234; anything that is not a mainland mobile number shows its last two digits."""
    digits = re.sub(r"\D", "", phone)
    mobile = digits[-11:]
    if len(mobile) == 11 and mobile.startswith("1"):  # noqa: PLR2004 - the length of a mainland mobile number
        return f"{mobile[:3]}****{mobile[-4:]}"
    return f"****{digits[-2:]}" if digits else ""


def mask_identity(number: str) -> str:
    """Return an identity number with its first six and last four characters."""
    plain = number.strip()
    hidden = len(plain) - 10
    return f"{plain[:6]}{STAR * hidden}{plain[-4:]}" if hidden > 0 else STAR * len(plain)


def mask_text(text: str) -> str:
    """Return a text with every mobile number, identity number and card number in it shortened."""
    masked = IDENTITY.sub(lambda found: f"{found[1]}********{found[3]}", text)
    masked = CARD.sub(lambda found: f"****{found[1]}", masked)
    return PHONE.sub(lambda found: f"{found[1]}****{found[3]}", masked)
