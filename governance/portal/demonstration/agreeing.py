"""The agreement on dogs of 檀木林: passed by the neighbours' vote, filed, joined, and about to be changed."""

from __future__ import annotations

from django.db import transaction

from communities.notices import operations as notices
from consultation.ballots import operations as ballots
from consultation.ballots import voting
from consultation.conventions import operations as conventions
from consultation.conventions.models import Convention, ConventionVersion
from consultation.conventions.policy import ConventionKind
from governance.portal.demonstration.loop import COMMUNITY, moment, second_staff, voters
from governance.portal.demonstration.steps import Scene, place

TITLE = "檀木林社区文明养犬公约"
FIRST = (
    "第一条 遛狗应当牵绳，绳长不超过1.5米。\n"
    "第二条 主动避让老人、孕妇和儿童，乘电梯避开上下学时段。\n"
    "第三条 随手清理粪便。\n"
    "第四条 早六点前、晚十点后不让犬只吠叫扰邻。\n"
    "第五条 按规定免疫、登记。"
)
SECOND = (
    "第一条 遛狗应当牵绳，绳长不超过1.5米，进入楼道收短牵引绳。\n"
    "第二条 主动避让老人、孕妇和儿童，乘电梯避开上下学时段。\n"
    "第三条 随手清理粪便，社区在三处设置便袋箱。\n"
    "第四条 早六点前、晚十点后不让犬只吠叫扰邻。\n"
    "第五条 按规定免疫、登记。\n"
    "第六条 导盲犬、扶助犬不受乘梯时段限制。"
)
AGAINST = {8, 17, 26}
"""Who votes against it, by the order of the neighbours."""
JOINED = 11
"""So many neighbours have joined; how many more is theirs to decide."""


def agree(scene: Scene) -> None:
    """The neighbours pass the agreement, the street files it, and a second version is shown to the residents."""
    version = ConventionVersion.objects.filter(convention__title=TITLE, number=1).first()
    if version is None:
        version = conventions.draft_convention(
            by=scene.user("staff-tanmulin"),
            now=scene.ago(70).now,
            division=place(COMMUNITY),
            kind=ConventionKind.AGREEMENT,
            title=TITLE,
            text=FIRST,
            change="院坝会上反映养犬扰民的居民多，由养犬和不养犬的住户共同商定。",
        )
    _pass(scene, version)
    _join(scene)
    _draft_again(scene)


def _pass(scene: Scene, version: ConventionVersion) -> None:
    staff, reviewer = scene.user("staff-tanmulin"), scene.user("reviewer002")
    if version.status == "DRAFT":
        version = conventions.pass_check(
            by=reviewer, now=scene.ago(69).now, version=version, opinion="与养犬管理规定一致，未设定处罚。"
        )
    if version.status == "CHECKED":
        then = scene.ago(68)
        version = conventions.announce_version(by=staff, now=then.now, today=then.today, version=version)
    if version.status == "ANNOUNCED":
        after = scene.ago(60)
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        version.refresh_from_db()
        with transaction.atomic():  # else the clock closes on a slow machine what was opened for a day long past
            _vote(scene, version)
        version.refresh_from_db()
        then = scene.ago(48)
        version = conventions.adopt_version(by=staff, now=then.now, version=version, effective_on=then.today)
    if version.status == "ADOPTED":
        conventions.file_version(
            by=scene.user("street002"), now=scene.ago(45).now, version=version, number=f"{scene.today.year}-GY-07"
        )


def _vote(scene: Scene, version: ConventionVersion) -> None:
    staff = scene.user("staff-tanmulin")
    ballot = version.ballot or conventions.put_to_vote(
        by=staff,
        now=scene.ago(60).now,
        version=version,
        rule_key="council_default",
        opens_at=moment(scene, 57),
        closes_at=moment(scene, 50),
    )
    if ballot.status == "DRAFT":
        then = scene.ago(59)
        ballot = ballots.freeze_ballot(by=staff, now=then.now, today=then.today, ballot=ballot)
    if ballot.status == "FROZEN":
        ballots.open_due_ballots(by=scene.system, now=moment(scene, 57, 10))
        ballot.refresh_from_db()
    if ballot.status == "OPEN":
        for number, voter in enumerate(voters(scene)[:27]):
            if not ballot.votes.filter(entry__user=voter).exists():
                then_ = moment(scene, 56 - number % 5, 8 + number % 12)
                voting.cast_vote(by=voter, now=then_, ballot=ballot, choices=[2 if number in AGAINST else 1])
        ballots.close_due_ballots(by=scene.system, now=moment(scene, 50, 10))
        ballot.refresh_from_db()
    if ballot.status == "CLOSED":
        ballots.count_ballot(by=staff, now=moment(scene, 50, 11), ballot=ballot)
        ballot.refresh_from_db()
    if ballot.status == "COUNTED":
        ballots.publish_ballot(by=second_staff(scene), now=moment(scene, 50, 14), ballot=ballot)


def _join(scene: Scene) -> None:
    version = ConventionVersion.objects.get(convention__title=TITLE, number=1)
    for number, neighbor in enumerate(voters(scene)[:JOINED]):
        if version.is_in_force and not version.joins.filter(user=neighbor).exists():
            conventions.join_agreement(by=neighbor, now=moment(scene, 40 - number, 19), version=version)


def _draft_again(scene: Scene) -> None:
    convention = Convention.objects.get(title=TITLE)
    second = convention.versions.filter(number=2).first() or conventions.draft_version(
        by=scene.user("staff-tanmulin"),
        now=scene.ago(6).now,
        convention=convention,
        text=SECOND,
        change="施行以来居民提出设置便袋箱，并为导盲犬留出通道。",
    )
    if second.status == "DRAFT":
        second = conventions.pass_check(by=scene.user("reviewer002"), now=scene.ago(4).now, version=second)
    if second.status == "CHECKED":
        then = scene.ago(2)
        conventions.announce_version(by=scene.user("staff-tanmulin"), now=then.now, today=then.today, version=second)
