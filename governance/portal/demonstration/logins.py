"""The log-ins that the demonstration prints: one for each role, with where to use it."""

from __future__ import annotations

from django.conf import settings

from governance.portal.demonstration import data, delivery, granting, loop

DESK = (
    ("district", "区级管理员 district administrator"),
    ("district2", "区级复核 second district administrator"),
    ("street002", "街道经办 street officer (东兴寺街道)"),
    ("reviewer002", "街道审核 street reviewer (东兴寺街道)"),
    ("staff-tanmulin", "社区工作者 community staff (檀木林社区)"),
    ("staff2-tanmulin", "第二名社区工作者 second community staff, checks and publishes (檀木林社区)"),
    ("supervisor-tanmulin", "监督委员会 supervision committee (檀木林社区)"),
    ("auditor", "审计 auditor"),
    ("charity", "慈善会经办 charity officer, imports"),
    ("charity2", "慈善会复核 charity officer, confirms"),
)


DRAFTS = "/desk/funds/distributionpolicy/?status__exact=DRAFT"
DONATIONS = "/desk/funds/donation/?status__exact=PUBLISHED"


def text() -> str:
    """Return the log-ins as lines for a console."""
    number = [enterprise.slug for enterprise in data.ENTERPRISES].index("guangdajie") + 1
    lines = [
        f"Desk {settings.SITE_URL}/desk/ - password {data.PASSWORD}; the second factor is shown on the page",
        *(f"  {username:<20} {role}" for username, role in DESK),
        f"Pages {settings.SITE_URL}/ - sign in by phone; the code is shown on the page",
        *(f"  {phone:<20} 居民 resident {name}" for phone, name, _community in data.RESIDENTS),
        f"  {delivery.MANAGER[0]:<20} 社会组织负责人 manager of a social organization {delivery.MANAGER[1]}",
        f"  {f'1399001{1}{number:03d}':<20} 企业会计 enterprise accountant (光大街)",
        f"  {f'1399001{2}{number:03d}':<20} 企业负责人 enterprise head (光大街), whose order waits to be confirmed",
        *(
            f"  {f'1399003{position:04d}':<20} 居民 resident of 檀木林 {loop.NEIGHBOURS[position]}"
            for position in (0, 1, 2)
        ),
        f"  {delivery.EXPERT[0]:<20} 第三方评估人 evaluator of the third party {delivery.EXPERT[1]}",
        f"  {delivery.SECRETARY[0]:<20} 社区党组织评估人 evaluator of the party organization {delivery.SECRETARY[1]}",
        f"  {granting.EXPERTS[0][0]:<20} 创投评审专家 expert of a grant panel {granting.EXPERTS[0][1]}",
        "Worth a look:",
        f"  试算 what-if of a draft policy: {settings.SITE_URL}{DRAFTS} (street002: open it, “Try on past years”)",
        f"  感谢状 certificates of thanks (PDF): {settings.SITE_URL}{DONATIONS} (charity: open one of a unit, “View on site”)",
        f"API {settings.SITE_URL}/api/v1/docs - clients are made on the desk",
    ]
    return "\n".join(lines)
