"""What the database refuses by itself, each by one guard alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from projects.contracts import operations
from projects.contracts.models import Contract
from projects.contracts.services import operations as services
from projects.contracts.terms import operations as terms
from tests.factories.communities import VenueFactory
from tests.projects.contracts.awards.conftest import PDF, asked, judged, review, spend
from tests.projects.contracts.test_grades import ended
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)
Walk = Callable[..., Contract]


def test_terms_are_within_the_law(walk: Walk, owner: Any) -> None:
    row = walk("DRAFT")
    year = "starts_on + interval '1 year' + interval '1 day'"
    update = f"UPDATE projects_contract SET {{}} WHERE id = {row.pk}"
    grounds = "is_content_fixed = true, is_lasting = true, is_money_stable = true, is_price_steady = true"
    late = f"{grounds}, ends_on = starts_on + interval '3 years' + interval '1 day'"

    with owner():
        alone("contract_term_is_within_the_law", update.format(f"ends_on = {year}"))
        alone("contract_term_is_within_the_law", update.format(late))
        alone("contract_needs_residents", update.format("opinions_needed = 0"))
        alone("contract_kind_is_known", update.format("kind = 'WHIM'"))
        alone("contract_stands_on_one_thing", update.format("purchase_id = NULL"))
        alone(
            "contract_is_prolonged_forward", update.format("prolonged_to = ends_on"), beside=["wall_contract_prolonged"]
        )
        alone("wall_contract_prolonged", update.format("prolonged_to = ends_on + 1"))
        alone("contract_one_a_purchase", copied(row, number="'HT-9'"))
        line = row.lines.get(number=1)
        item = row.deliverables.get(number=1)
        alone("contractline_is_a_part", f"UPDATE projects_contractline SET amount = 0 WHERE id = {line.pk}")
        alone("contractline_number_is_unique", f"UPDATE projects_contractline SET number = 2 WHERE id = {line.pk}")
        alone("deliverable_number_is_unique", f"UPDATE projects_deliverable SET number = 2 WHERE id = {item.pk}")
        alone("deliverable_is_judged_whole", f"UPDATE projects_deliverable SET target = 0 WHERE id = {item.pk}")


def test_what_is_offered_is_what_was_awarded(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("DRAFT")
    offer = f"UPDATE projects_contract SET status = 'OFFERED' WHERE id = {row.pk}"

    with owner():
        Contract.objects.filter(pk=row.pk).update(organization=people.organizations[1])
        alone("wall_contract_of_its_award", offer)
        Contract.objects.filter(pk=row.pk).update(organization=row.organization)
        row.lines.filter(number=1).update(amount=Decimal("22999.99"))
        alone("contract:offered_adds_up", offer)


def test_three_parties_and_fixed_terms(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("AGREED")
    update = f"UPDATE projects_contract SET {{}} WHERE id = {row.pk}"
    line, item = row.lines.get(number=1), row.deliverables.get(number=1)
    joined = f"joined_by_id = {people.manager.pk}, joined_at = now()"

    with owner():
        alone("contract_of_an_award_has_three_parties", update.format("signed_at = now()"))
        alone("contract_joined_by_another", update.format(joined))
        alone("contractline:fixed_with_the_offer", f"UPDATE projects_contractline SET title = 'x' WHERE id = {line.pk}")
        alone("deliverable:fixed_with_the_offer", f"UPDATE projects_deliverable SET title = 'x' WHERE id = {item.pk}")
        sample = (
            "INSERT INTO projects_acceptancesample (contract_id, delivery, seed, roll_size, roll_hash, size, drawn_at)"
        )
        values = f"VALUES ({row.pk}, 1, repeat('a', 64), 9, repeat('b', 64), 9, now())"
        alone("wall_acceptancesample_drawn", f"{sample} {values}")


def test_money_of_a_running_contract(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("RUNNING")
    bill, by = spend(people, row), people.manager.pk
    more = terms.propose_supplement(
        by=people.street_officer,
        now=people.now,
        contract=row,
        amount=Decimal("100.00"),
        line=row.lines.get(number=1),
        reason="增加",
    )
    payment = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=1)
    bills, pay = "UPDATE projects_expenditure SET {} WHERE id = %s", "UPDATE projects_awardpayment SET {} WHERE id = %s"
    paid = "status = 'PAID', paid_on = now(), reference = ''"
    waits = row.instalments.get(number=2)
    last = row.instalments.get(number=3)

    with owner():
        alone("wall_expenditure_fits", copied(bill, amount="78000", invoice_number="'9'"))
        alone("expenditure_invoice_counts_once", copied(bill))
        alone("expenditure_checked_by_another", bills.format(f"checked_by_id = {by}"), bill.pk)
        alone("expenditure:entered_figures_stay", bills.format("amount = 1"), bill.pk)
        alone("wall_supplement_fits", copied(more, number="2", amount="7700.01"))
        alone("supplement_number_is_unique", copied(more))
        alone("supplement_changes_something", copied(more, number="2", amount="0"))
        alone("supplement:proposed_terms_stay", "UPDATE projects_supplement SET amount = 1 WHERE id = %s", more.pk)
        alone("awardpayment_once_an_instalment", copied(payment))
        alone("wall_awardpayment_made", copied(payment, instalment_id=str(waits.pk), amount=str(waits.amount)))
        alone("wall_awardpayment_made", copied(payment, instalment_id=str(last.pk), amount=str(last.amount)))
        alone("wall_awardpayment_made", copied(payment, instalment_id=str(waits.pk), amount="1"))
        alone("awardpayment:requested_sum_stays", pay.format("amount = 1"), payment.pk)
        alone("awardpayment_approved_by_another", pay.format("approved_by_id = requested_by_id"), payment.pk)
        alone("awardpayment_paid_has_its_transfer", pay.format(paid), payment.pk, beside=["awardpayment:lifecycle"])


def test_nothing_is_accepted_without_the_residents(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("DELIVERED")
    accept = f"UPDATE projects_contract SET status = 'ACCEPTED' WHERE id = {row.pk}"
    sample = row.samples.get()
    place = sample.places.first()
    assert place is not None
    item = row.deliverables.get(number=1)
    judge = f"UPDATE projects_deliverable SET result = 'PASSED', actual = 1, judged_in = 2, judged_by_id = 1 WHERE id = {item.pk}"

    with owner():
        alone("wall_deliverable_judged", judge.replace("judged_by_id = 1", f"judged_by_id = {people.supervisor.pk}"))
        judged(people, row)
        asked(people, row, 4)
        alone("wall_contract_accepted", accept)
        alone("acceptancesample_drawn_once", copied(sample))
        alone("sampledresident_is_drawn_once", copied(place, number="999"), beside=["wall_sampledresident_drawn"])


def test_reviews_records_and_ends(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("RUNNING")
    found = review(people, row)
    record = services.record_service(
        by=people.manager,
        now=people.now,
        contract=row,
        kind="MEALS",
        served_on=people.now.date(),
        place="食堂",
        people=9,
    )
    settled = terms.propose_settlement(
        by=people.street_reviewer, now=people.now, contract=row, ground="AGREED", done="无", work_value=Decimal(0)
    )
    reviews = "UPDATE projects_contractreview SET {} WHERE id = %s"
    end = f"UPDATE projects_contract SET status = 'TERMINATED', closed_by_id = {people.street_reviewer.pk} WHERE id = {row.pk}"

    with owner():
        alone("contractreview_mends_by_a_day", copied(found, conclusion="'MEND'"))
        alone("contractreview:recorded_findings_stay", reviews.format("findings = 'x'"), found.pk)
        alone("servicerecord_is_possible", copied(record, people="0"))
        alone(
            "servicerecord:entered_figures_stay",
            "UPDATE projects_servicerecord SET people = 1 WHERE id = %s",
            record.pk,
        )
        alone("settlement_gives_back_the_rest", "UPDATE projects_settlement SET refund = 1 WHERE id = %s", settled.pk)
        alone("wall_contract_ended_early", end)
        Contract.objects.filter(pk=row.pk).update(status="TERMINATED", closed_by=people.street_officer)
        alone("wall_settlement_stays", "UPDATE projects_settlement SET done = 'x' WHERE id = %s", settled.pk)


def test_posts_venues_and_awards(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("RUNNING")
    old = services.record_posts(
        by=people.street_officer,
        now=people.now,
        division=people.places["street"],
        kind="SOCIAL_WORK",
        posts=5,
        amount=Decimal(100),
        starts_on=row.starts_on.replace(year=2017),
        ends_on=row.starts_on.replace(year=2018),
        agency_name="某机构",
    )
    award = services.enter_award(
        by=people.manager,
        now=people.now,
        contract=row,
        title="优秀项目",
        level="DISTRICT",
        granted_by="区民政局",
        granted_on=people.now.date(),
    )
    hall = VenueFactory(division=row.division)
    venue = (
        "INSERT INTO projects_venueoperation (contract_id, venue_id, hours_a_week, opening_hours, services, "
        f"free_services, handed_over, entered_at, entered_by_id) VALUES ({row.pk}, {hall.pk}, 1, 'x', 'x', '', '', "
        f"now(), {people.manager.pk})"
    )

    with owner():
        alone("purchasedposts_are_possible", copied(old, filled="6"))
        alone("purchasedposts_are_a_service_since_2020", copied(old, starts_on="'2020-03-01'", ends_on="'2021-03-01'"))
        alone("wall_purchasedposts_kind", copied(old, contract_id=str(row.pk)))
        alone("wall_venueoperation_kind", venue)
        alone("projectaward_entered_once", copied(award))
        alone(
            "projectaward_checked_by_another",
            "UPDATE projects_projectaward SET checked_by_id = entered_by_id WHERE id = %s",
            award.pk,
        )


def test_who_approves_what_is_added_and_what_is_given_back(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("RUNNING")
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now}
    more = terms.propose_supplement(
        **by, contract=row, amount=Decimal("100.00"), line=row.lines.get(number=1), reason="增加"
    )
    settled = terms.propose_settlement(
        by=people.street_reviewer, now=people.now, contract=row, ground="AGREED", done="无", work_value=Decimal(0)
    )
    supplement = f"UPDATE projects_supplement SET {{}} WHERE id = {more.pk}"
    settlement = f"UPDATE projects_settlement SET {{}} WHERE id = {settled.pk}"
    same = f"agreed_by_id = {people.manager.pk}, approved_by_id = {people.manager.pk}"

    with owner():
        alone("supplement_approved_by_another", supplement.format("approved_by_id = proposed_by_id"))
        alone("supplement_approved_by_a_third", supplement.format(same))
        alone("settlement_is_reckoned", settlement.format("ground = 'WHIM'"))
        alone("settlement_refund_has_its_transfer", settlement.format("refund_reference = '9'"))
        alone("projects_settlement_contract_id_key", copied(settled))
    terms.agree_supplement(by=people.manager, now=people.now, supplement=more)
    terms.approve_supplement(by=people.street_reviewer, now=people.now, supplement=more)
    with owner():
        part = row.instalments.get(supplement=more)
        alone("projects_instalment_supplement_id_key", copied(part, number="9"))


def test_rows_of_a_contract_wait_for_its_signatures(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("RUNNING")
    found = review(people, row, evidence=[PDF])
    entry = {"by": people.manager, "now": people.now, "contract": row}
    record = services.record_service(**entry, kind="MEALS", served_on=people.now.date(), place="食堂", people=9)
    award = services.enter_award(
        **entry, title="优秀项目", level="DISTRICT", granted_by="区民政局", granted_on=people.now.date()
    )
    milestone = row.milestones.get()
    operations.report_milestone(by=people.manager, now=people.now, milestone=milestone, report="已办", evidence=[PDF])
    unsigned = f"UPDATE projects_contract SET signed_at = NULL WHERE id = {row.pk}"

    with owner():
        alone("wall_contractreview_signed", f"{unsigned}; {copied(found)}")
        alone("wall_servicerecord_signed", f"{unsigned}; {copied(record)}")
        alone("wall_projectaward_signed", f"{unsigned}; {copied(award, granted_by=repr('市民政局'))}")
        for table, guard in (
            ("contractreview", "projects_contractreview__contractreview_id_attach_969586ae_uniq"),
            ("milestone", "projects_milestone_evide_milestone_id_attachment__d5985c98_uniq"),
        ):
            pair = f"{table}_id, attachment_id"
            through = f"projects_{table}_evidence"
            alone(guard, f"INSERT INTO {through} ({pair}) SELECT {pair} FROM {through}")


def test_posts_and_a_venue_have_one_contract(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("RUNNING")
    day = row.starts_on
    old = services.record_posts(
        by=people.street_officer,
        now=people.now,
        division=people.places["street"],
        kind="SOCIAL_WORK",
        posts=5,
        amount=Decimal(100),
        starts_on=day.replace(year=2017),
        ends_on=day.replace(year=2018),
        agency_name="某机构",
    )
    hall = VenueFactory(division=row.division)
    columns = "contract_id, venue_id, hours_a_week, opening_hours, services, free_services, handed_over, entered_at, entered_by_id"
    venue = (
        f"INSERT INTO projects_venueoperation ({columns}) "
        f"VALUES ({row.pk}, {hall.pk}, {{}}, 'x', 'x', '', '', now(), {people.manager.pk})"
    )
    kind = ["wall_venueoperation_kind"]
    of_contract = f"UPDATE projects_purchasedposts SET contract_id = {row.pk} WHERE id = {old.pk}"

    with owner():
        alone("venueoperation_is_possible", venue.format(169), beside=kind)
        alone("projects_venueoperation_contract_id_key", f"{venue.format(1)}; {venue.format(2)}", beside=kind)
        alone(
            "projects_purchasedposts_contract_id_key",
            f"{of_contract}; {copied(old, contract_id=str(row.pk))}",
            beside=["wall_purchasedposts_kind"],
        )


def test_the_lot_and_what_was_said_stay(people: SimpleNamespace, walk: Walk, owner: Any) -> None:
    row = walk("DELIVERED")
    asked(people, row, 4)
    sample, opinion = row.samples.get(), row.opinions.order_by("pk")[0]
    place = sample.places.order_by("pk")[0]
    silent = sample.places.filter(opinion=None).order_by("pk")[0]

    with owner():
        alone("acceptancesample:append_only", "UPDATE projects_acceptancesample SET size = 1 WHERE id = %s", sample.pk)
        alone("sampledresident:append_only", "DELETE FROM projects_sampledresident WHERE id = %s", silent.pk)
        alone(
            "acceptancesample_can_be_drawn_again",
            copied(sample, seed="'chosen'"),
            beside=["acceptancesample_drawn_once"],
        )
        alone("sampledresident_number_is_drawn_once", copied(place), beside=["sampledresident_is_drawn_once"])
        alone("projects_acceptanceopinion_sampled_id_key", copied(opinion))
        alone(
            "acceptanceopinion:given_on_a_delivery",
            copied(opinion, sampled_id=str(silent.pk), delivery="9"),
            says="acceptanceopinion_on_a_delivery",
        )


def test_no_public_money_pays_the_last_instalment_of_a_failed_evaluation(
    people: SimpleNamespace, walk: Walk, owner: Any
) -> None:
    row = walk("ACCEPTED")
    payment = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=3)
    Contract.objects.filter(pk=row.pk).update(evaluation=ended(row, "FAIL"))

    with owner():
        alone(
            "wall_awardpayment_made",
            copied(payment),
            beside=["awardpayment_once_an_instalment"],
            says="instalment_last_waits_for_its_evaluation",
        )
