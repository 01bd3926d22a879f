"""What no statement can do to a participatory budget: change what was voted on, allocate unpublished votes, spend the
money set aside on anything but the projects chosen.

Written by hand like the other walls of the ledger: no setting of a session switches them off.
"""

from django.db import migrations

WALLS = """
CREATE FUNCTION budget_round_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.frozen_text <> '' AND (
        NEW.fund_id, NEW.topic_id, NEW.title, NEW.amount, NEW.ballot_method, NEW.most_choices, NEW.method, NEW.stops, NEW.utility,
        NEW.completion, NEW.then_greedy, NEW.compares, NEW.threshold_per_mille, NEW.pool_id, NEW.frozen_text,
        NEW.fingerprint, NEW.ballot_id
    ) IS DISTINCT FROM (
        OLD.fund_id, OLD.topic_id, OLD.title, OLD.amount, OLD.ballot_method, OLD.most_choices, OLD.method, OLD.stops, OLD.utility,
        OLD.completion, OLD.then_greedy, OLD.compares, OLD.threshold_per_mille, OLD.pool_id, OLD.frozen_text,
        OLD.fingerprint, OLD.ballot_id
    ) THEN
        PERFORM ledger_refuse('budgetround_stays_as_frozen', 'What was frozen before the vote stays as it is');
    END IF;
    IF OLD.outcome IS NOT NULL
        AND (NEW.outcome, NEW.recount_hash, NEW.spent) IS DISTINCT FROM (OLD.outcome, OLD.recount_hash, OLD.spent) THEN
        PERFORM ledger_refuse('budgetround_outcome_stays', 'An allocation stays as it is');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budget_round_stays BEFORE UPDATE ON funds_budgetround
    FOR EACH ROW EXECUTE FUNCTION budget_round_stays();

CREATE FUNCTION budget_round_counts() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM consultation_ballot WHERE id = NEW.ballot_id AND status = 'PUBLISHED') THEN
        PERFORM ledger_refuse('budgetround_counts_published_votes', 'Only published votes are allocated');
    END IF;
    IF NEW.spent IS DISTINCT FROM (
        SELECT coalesce(sum(cost), 0) FROM funds_budgetproposal WHERE round_id = NEW.id AND is_winner
    ) THEN
        PERFORM ledger_refuse('budgetround_spends_on_the_chosen', 'What is allocated is what the chosen projects cost');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budget_round_counts BEFORE UPDATE ON funds_budgetround
    FOR EACH ROW WHEN (OLD.status <> 'ALLOCATED' AND NEW.status = 'ALLOCATED')
    EXECUTE FUNCTION budget_round_counts();

CREATE FUNCTION budget_proposal_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    stands funds_budgetround;
BEGIN
    SELECT * INTO stands FROM funds_budgetround WHERE id = coalesce(NEW.round_id, OLD.round_id);
    IF TG_OP <> 'UPDATE' OR (NEW.round_id, NEW.number, NEW.title, NEW.text, NEW.cost, NEW.status, NEW.purpose)
        IS DISTINCT FROM (OLD.round_id, OLD.number, OLD.title, OLD.text, OLD.cost, OLD.status, OLD.purpose) THEN
        IF stands.frozen_text <> '' THEN
            PERFORM ledger_refuse('budgetproposal_stays_as_frozen', 'What is put to the vote stays as it is');
        END IF;
    END IF;
    IF TG_OP = 'INSERT' AND stands.status <> 'CALL' THEN
        PERFORM ledger_refuse('budgetproposal_comes_in_the_call', 'Proposals come while they are called for');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.is_winner <> OLD.is_winner AND stands.status <> 'VOTING' THEN
        PERFORM ledger_refuse('budgetproposal_is_chosen_by_the_count', 'Projects are chosen by the allocation alone');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER budget_proposal_stays BEFORE INSERT OR UPDATE OR DELETE ON funds_budgetproposal
    FOR EACH ROW EXECUTE FUNCTION budget_proposal_stays();

CREATE FUNCTION budget_exclusion_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT FROM funds_budgetproposal AS proposal JOIN funds_budgetround AS stands ON stands.id = proposal.round_id
        WHERE proposal.id = coalesce(NEW.first_id, OLD.first_id) AND stands.frozen_text <> ''
    ) THEN
        PERFORM ledger_refuse('proposalexclusion_stays_as_frozen', 'What is put to the vote stays as it is');
    END IF;
    IF TG_OP = 'INSERT' AND (SELECT round_id FROM funds_budgetproposal WHERE id = NEW.first_id)
        IS DISTINCT FROM (SELECT round_id FROM funds_budgetproposal WHERE id = NEW.second_id) THEN
        PERFORM ledger_refuse('proposalexclusion_within_one_round', 'Both proposals belong to one round');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER budget_exclusion_stays BEFORE INSERT OR UPDATE OR DELETE ON funds_proposalexclusion
    FOR EACH ROW EXECUTE FUNCTION budget_exclusion_stays();

CREATE FUNCTION budget_money_is_asked() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM funds_account WHERE id = NEW.pool_id AND starts_with(code, 'pool:budget:'))
        AND NOT EXISTS (
            SELECT FROM funds_budgetproposal AS proposal JOIN funds_budgetround AS stands ON stands.id = proposal.round_id
            WHERE proposal.request_id = NEW.id AND proposal.is_winner AND stands.pool_id = NEW.pool_id
                AND NEW.amount <= proposal.cost
        ) THEN
        PERFORM ledger_refuse(
            'spendingrequest_budget_money_is_for_the_chosen', 'Money set aside for a participatory budget is for its projects'
        );
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER budget_money_is_asked AFTER INSERT OR UPDATE OF pool_id, amount ON funds_spendingrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.pool_id IS NOT NULL)
    EXECUTE FUNCTION budget_money_is_asked();
"""

OPEN = """
DROP TRIGGER budget_money_is_asked ON funds_spendingrequest;
DROP FUNCTION budget_money_is_asked();
DROP TRIGGER budget_exclusion_stays ON funds_proposalexclusion;
DROP FUNCTION budget_exclusion_stays();
DROP TRIGGER budget_proposal_stays ON funds_budgetproposal;
DROP FUNCTION budget_proposal_stays();
DROP TRIGGER budget_round_counts ON funds_budgetround;
DROP FUNCTION budget_round_counts();
DROP TRIGGER budget_round_stays ON funds_budgetround;
DROP FUNCTION budget_round_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0012_budgeting")]

    operations = [
        migrations.RunSQL(WALLS, OPEN),
    ]
