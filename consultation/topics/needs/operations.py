"""Common needs bundled and made topics of; resources shared among households."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from consultation.matters.models import Matter
from consultation.matters.policy import fitting
from consultation.topics import operations as topics
from consultation.topics.acting import managed
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.needs.models import Allotment, AllotmentShare, BundledMatter, CommonNeed
from consultation.topics.needs.policy import (
    LONGEST_HOUSEHOLD,
    LONGEST_NEED,
    LONGEST_RESOURCE,
    LONGEST_UNIT,
    MOST_HOUSEHOLDS,
    MOST_UNITS,
    AllotmentBasis,
    Household,
    share_out,
)
from consultation.topics.policy import LONGEST_TEXT, TopicPace
from consultation.topics.refusals import MatterElsewhere, TopicNotYours
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from communities.territory.models import Division
    from governance.accounts.models import User

FEWEST_MATTERS = 2


class TooFewMatters(Invalid):
    """One matter has nothing in common with others."""

    code = "too_few_matters"
    message = _("A common need is bundled from at least two matters.")


class MatterBundled(Conflict):
    """Each matter stands for one need."""

    code = "matter_bundled"
    message = _("One of the matters already belongs to a common need.")


class NeedHasItsTopic(NotNow):
    """A need becomes one topic."""

    code = "need_has_its_topic"
    message = _("This need has become a topic already.")


class SharesDoNotFit(Invalid):
    """A list of households that cannot be shared among."""

    code = "shares_do_not_fit"
    message = _("%(what)s")


def bundle_need(
    *, by: User, now: dt.datetime, division: Division, title: str, text: str, matters: Sequence[Matter]
) -> CommonNeed:
    """Bundle matters that show the same need; nobody's matter is answered or closed by it.

    Raises:
        TopicNotYours: `by` does not lead topics there.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        TooFewMatters, MatterElsewhere, MatterBundled: the matters do not belong together here.
    Basis: report S2: common needs become service projects.
    """
    if not by.has_perm("consultation.bundle_needs", division):
        raise TopicNotYours
    need = CommonNeed(
        division=division,
        title=fitting("title", title, LONGEST_NEED),
        text=fitting("text", text, LONGEST_TEXT),
        noted_at=now,
        noted_by=by,
    )
    refuse_personal_numbers(title=need.title, text=need.text)
    rows = sorted({matter.pk: matter for matter in matters}.values(), key=lambda row: row.pk)
    if len(rows) < FEWEST_MATTERS:
        raise TooFewMatters(field="matters")
    for row in rows:
        if not row.division.path.startswith(division.path):
            raise MatterElsewhere(field="matters", number=row.number)
    try:
        with transaction.atomic():
            need.full_clean()
            need.save()
            BundledMatter.objects.bulk_create(BundledMatter(need=need, matter=row) for row in rows)
            audit.record(
                by=by,
                verb="consultation.commonneed.bundled",
                row=need,
                now=now,
                after={"title": need.title, "matters": [row.number for row in rows]},
            )
    except IntegrityError as error:
        if "matter_id" in str(error):
            raise MatterBundled(field="matters") from error
        raise
    return need


def make_topic_of(*, by: User, now: dt.datetime, need: CommonNeed) -> Topic:
    """Prepare a topic out of a need; it takes up the matters that were sorted to deliberation, the others stay theirs.

    What many need is a deep topic: it is announced within the days of such.

    Raises:
        TopicNotYours: `by` does not lead topics there.
        NeedHasItsTopic: it has become one already.
    """
    with transaction.atomic():
        row = CommonNeed.objects.select_for_update(of=("self",)).select_related("division").get(pk=need.pk)
        if row.topic_id is not None:
            raise NeedHasItsTopic
        matters = Matter.objects.for_deliberation().filter(bundled_in__need=row, topics=None)
        topic = topics.prepare_topic(
            by=by,
            now=now,
            division=row.division,
            title=row.title,
            text=row.text,
            matters=list(matters.order_by("pk")),
            pace=TopicPace.DEEP,
        )
        row.topic = topic
        row.save(update_fields=["topic"])
        audit.record(by=by, verb="consultation.commonneed.made_topic", row=row, now=now, after={"topic": topic.pk})
        return topic


def allot(
    *,
    by: User,
    now: dt.datetime,
    topic: Topic,
    resource: str,
    unit: str,
    total: int,
    basis: str,
    households: Sequence[Household],
) -> Allotment:
    """Share a resource among the households of a topic in whole units, by largest remainder; written once.

    Raises:
        TopicNotYours, MoveClosed: `by` does not lead the topic, or it is not under deliberation or decided.
        WordsMissing, WordsTooLong: the names are not fit.
        SharesDoNotFit: nothing to share, nobody to share among, a household twice, or the resource was shared already.
    Basis: report S2b: needs of resettlement sites (vegetable plots) settled in common.
    """
    what = fitting("resource", resource, LONGEST_RESOURCE)
    measure = fitting("unit", unit, LONGEST_UNIT)
    homes = [Household(fitting("households", home.label, LONGEST_HOUSEHOLD), home.people) for home in households]
    if not 0 < total <= MOST_UNITS or not 0 < len(homes) <= MOST_HOUSEHOLDS or basis not in AllotmentBasis.values:
        raise SharesDoNotFit(field="households", what=_("Say how much there is, and among which households."))
    if len({home.label for home in homes}) < len(homes) or any(home.people < 1 for home in homes):
        raise SharesDoNotFit(field="households", what=_("Each household stands once, with at least one person."))
    with transaction.atomic():
        row = managed(topic, by)
        if row.status not in {TopicStatus.DELIBERATED, TopicStatus.DECIDED}:
            raise lifecycle.MoveClosed(move=_("Share a resource"), status=row.get_status_display())
        made = Allotment(topic=row, resource=what, unit=measure, total=total, basis=basis, made_at=now, made_by=by)
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            raise SharesDoNotFit(field="resource", what=_("This resource has been shared already.")) from error
        shares = share_out(total, homes, basis)
        AllotmentShare.objects.bulk_create(
            AllotmentShare(allotment=made, household=home.label, people=home.people, quantity=quantity)
            for home, quantity in zip(homes, shares, strict=True)
        )
        after = {"topic": row.pk, "resource": what, "total": total, "basis": basis, "households": len(homes)}
        audit.record(by=by, verb="consultation.allotment.made", row=made, now=now, after=after)
        return made
