-- The rule of giving back (反哺), for the declarations of one range of ids: one statement, one snapshot.
-- Read by planner.py, which says what is pending and gives the parameters. Set-based; every search of a large table is tied to its row by a
-- subquery that the query planner cannot flatten (LIMIT or OFFSET 0), so that the plan stays on indexes at any size.
WITH due AS MATERIALIZED (
    SELECT
        d.id AS declaration_id,
        d.enterprise_id,
        d.starts_on,
        d.ends_on,
        d.ends_on - 1 AS last_day,
        d.revenue,
        d.rent,
        d.net_profit,
        d.losses_carried,
        d.registered_capital,
        d.reserve_before,
        -- The amounts of a policy are those of a year: a provisional quarter counts a fourth of them.
        CASE WHEN d.period_kind = 'QUARTER' THEN 0.25 ELSE 1 END AS of_year,
        e.legal_form = 'SOCIAL_SERVICE_AGENCY' AS is_agency,
        e.legal_form IN ('WHOLLY_OWNED_COMPANY', 'CONTROLLED_COMPANY') AS is_company,
        string_to_array(trim(BOTH '/' FROM v.path), '/')::bigint[] AS places
    FROM funds_profitdeclaration d
    JOIN LATERAL (
        SELECT legal_form, division_id FROM funds_communityenterprise WHERE id = d.enterprise_id OFFSET 0
    ) e ON TRUE
    JOIN LATERAL (SELECT path FROM communities_division WHERE id = e.division_id OFFSET 0) v ON TRUE
    WHERE d.id BETWEEN %(first)s AND %(last)s AND $pending
),
parameter AS MATERIALIZED (
    -- The rule values in force on the last day, nearest place first; few rows for few places.
    SELECT DISTINCT ON (place.leaf, place.last_day, p.key)
        place.leaf,
        place.last_day,
        p.key,
        (p.value #>> '{}')::numeric AS value
    FROM (
        SELECT DISTINCT due.places[cardinality(due.places)] AS leaf, due.last_day, above.id, above.depth
        FROM due, LATERAL unnest(due.places || 0::bigint) WITH ORDINALITY AS above(id, depth)
    ) place
    JOIN communities_policyparameter p
        ON COALESCE(p.division_id, 0) = place.id
        AND p.key IN ('reinvest.reserve_rate', 'reinvest.reserve_cap', 'reinvest.warn_below')
        AND p.status = 'ACTIVE'
        AND p.valid_from <= place.last_day
        AND (p.valid_to IS NULL OR p.valid_to > place.last_day)
    ORDER BY place.leaf, place.last_day, p.key, (p.division_id IS NOT NULL) DESC, place.depth DESC
),
rate AS MATERIALIZED (
    SELECT
        leaf,
        last_day,
        max(value) FILTER (WHERE key = 'reinvest.reserve_rate') AS reserve_rate,
        max(value) FILTER (WHERE key = 'reinvest.reserve_cap') AS reserve_cap,
        max(value) FILTER (WHERE key = 'reinvest.warn_below') AS warn_below
    FROM parameter
    GROUP BY leaf, last_day
),
chosen AS MATERIALIZED (
    -- The enterprise's own policy in force on the last day, else that of the nearest place above it.
    SELECT
        due.*,
        COALESCE(rate.reserve_rate, %(reserve_rate)s) AS reserve_rate,
        COALESCE(rate.reserve_cap, %(reserve_cap)s) AS reserve_cap,
        COALESCE(rate.warn_below, %(warn_below)s) AS warn_below,
        COALESCE(own.id, near.id) AS policy_id
    FROM due
    LEFT JOIN rate ON rate.leaf = due.places[cardinality(due.places)] AND rate.last_day = due.last_day
    LEFT JOIN LATERAL (
        SELECT p.id FROM funds_distributionpolicy p
        WHERE p.enterprise_id = due.enterprise_id
            AND p.approved_by_id IS NOT NULL
            AND p.valid_from <= due.last_day
            AND (p.valid_to IS NULL OR p.valid_to > due.last_day)
        LIMIT 1
    ) own ON TRUE
    LEFT JOIN LATERAL (
        SELECT found.id
        FROM unnest(due.places) WITH ORDINALITY AS above(id, depth),
            LATERAL (
                SELECT p.id FROM funds_distributionpolicy p
                WHERE p.division_id = above.id
                    AND p.enterprise_id IS NULL
                    AND p.approved_by_id IS NOT NULL
                    AND p.valid_from <= due.last_day
                    AND (p.valid_to IS NULL OR p.valid_to > due.last_day)
                LIMIT 1
            ) found
        WHERE own.id IS NULL
        ORDER BY above.depth DESC
        LIMIT 1
    ) near ON TRUE
),
lawful AS MATERIALIZED (
    -- Statutory order of a company: losses made good, then the reserve in whole fen until it reaches its cap.
    SELECT
        chosen.*,
        CASE WHEN is_company THEN net_profit - losses_carried ELSE net_profit END AS after_losses,
        CASE
            WHEN is_company AND net_profit > losses_carried AND reserve_before < reserve_cap * registered_capital
            THEN round((net_profit - losses_carried) * reserve_rate, 2)
            ELSE 0
        END AS reserve
    FROM chosen
    WHERE is_agency OR policy_id IS NOT NULL
),
based AS MATERIALIZED (
    SELECT
        lawful.*,
        p.base AS policy_base,
        p.fixed_amount,
        p.minimum_amount,
        p.cap_amount,
        p.route,
        GREATEST(lawful.after_losses - lawful.reserve, 0) AS distributable,
        CASE
            WHEN is_agency THEN 0
            WHEN p.base = 'REVENUE' THEN lawful.revenue
            WHEN p.base = 'RENT' THEN lawful.rent
            WHEN p.base = 'NET_PROFIT' THEN GREATEST(lawful.net_profit, 0)
            ELSE GREATEST(lawful.after_losses - lawful.reserve, 0)
        END AS base
    FROM lawful
    LEFT JOIN LATERAL (
        SELECT
            base,
            fixed_amount * lawful.of_year AS fixed_amount,
            minimum_amount * lawful.of_year AS minimum_amount,
            cap_amount * lawful.of_year AS cap_amount,
            route
        FROM funds_distributionpolicy
        WHERE id = lawful.policy_id AND NOT lawful.is_agency
        OFFSET 0
    ) p ON TRUE
),
tier AS MATERIALIZED (
    SELECT
        based.declaration_id,
        t.lower,
        LEAST(based.base, COALESCE(t.upper, based.base)) - t.lower AS slice,
        t.share,
        (LEAST(based.base, COALESCE(t.upper, based.base)) - t.lower) * t.share AS part
    FROM based,
        LATERAL (
            SELECT lower * based.of_year AS lower, upper * based.of_year AS upper, share FROM funds_policytier
            WHERE policy_id = based.policy_id AND lower * based.of_year < based.base
            OFFSET 0
        ) t
    WHERE based.policy_base <> 'FIXED_AMOUNT'
),
bounded AS MATERIALIZED (
    -- The exact amount, then at least the minimum, at most the cap, never more than there is or may be distributed.
    SELECT
        based.*,
        b.exact,
        b.raised,
        b.capped,
        b.bounded,
        round(b.bounded, 2) AS reinvested
    FROM based
    LEFT JOIN (SELECT declaration_id, sum(part) AS tiers FROM tier GROUP BY declaration_id) t
        ON t.declaration_id = based.declaration_id,
        LATERAL (
            SELECT CASE WHEN policy_base = 'FIXED_AMOUNT' THEN fixed_amount ELSE COALESCE(t.tiers, 0) END AS exact
        ) e,
        LATERAL (SELECT GREATEST(e.exact, minimum_amount) AS raised) m,
        LATERAL (SELECT LEAST(m.raised, cap_amount) AS capped) c,
        LATERAL (
            SELECT
                e.exact,
                m.raised,
                c.capped,
                CASE
                    WHEN base > 0 THEN LEAST(c.capped, base, CASE WHEN is_company THEN distributable END)
                    ELSE 0
                END AS bounded
        ) b
),
share AS MATERIALIZED (
    -- The destinations' parts in whole fen; what is left over goes one fen each to the largest remainders.
    SELECT
        x.declaration_id,
        x.fund_id,
        x.share,
        x.destination_id,
        x.reinvested,
        (floor(x.exact) + CASE
            WHEN row_number() OVER (
                PARTITION BY x.declaration_id ORDER BY x.exact - floor(x.exact) DESC, x.destination_id
            ) <= x.reinvested * 100 - sum(floor(x.exact)) OVER (PARTITION BY x.declaration_id)
            THEN 1 ELSE 0
        END) / 100 AS part
    FROM (
        SELECT b.declaration_id, b.reinvested, d.id AS destination_id, d.fund_id, d.share,
            b.reinvested * 100 * d.share AS exact
        FROM bounded b,
            LATERAL (
                SELECT id, fund_id, share FROM funds_policydestination WHERE policy_id = b.policy_id OFFSET 0
            ) d
        WHERE b.reinvested > 0
    ) x
),
before AS MATERIALIZED (
    -- What was ordered for the same time before and still stands: by earlier revisions, and by quarters of the year.
    SELECT b.declaration_id, o.fund_id, sum(CASE WHEN o.direction = 'GIVE' THEN o.amount ELSE -o.amount END) AS amount
    FROM bounded b,
        LATERAL (
            SELECT earlier.id FROM funds_profitdeclaration earlier
            WHERE earlier.enterprise_id = b.enterprise_id
                AND earlier.starts_on >= b.starts_on
                AND earlier.ends_on <= b.ends_on
                AND earlier.id <> b.declaration_id
            OFFSET 0
        ) earlier,
        LATERAL (SELECT id FROM funds_reinvestmentrun WHERE declaration_id = earlier.id OFFSET 0) r,
        LATERAL (
            SELECT fund_id, direction, amount FROM funds_reinvestmentorder
            WHERE run_id = r.id AND status NOT IN ('REJECTED', 'CANCELLED')
            OFFSET 0
        ) o
    GROUP BY b.declaration_id, o.fund_id
),
change AS MATERIALIZED (
    SELECT declaration_id, fund_id, COALESCE(share.part, 0) - COALESCE(before.amount, 0) AS amount
    FROM share
    FULL JOIN before USING (declaration_id, fund_id)
),
total AS MATERIALIZED (
    SELECT
        b.*,
        COALESCE(f.ordered, 0) AS ordered_before,
        f.ordered IS NOT NULL AS is_correction,
        CASE
            WHEN b.is_agency THEN 'NOT_DISTRIBUTABLE'
            WHEN c.changes > 0 THEN 'ORDERED'
            WHEN b.reinvested > 0 OR f.ordered IS NOT NULL THEN 'UNCHANGED'
            ELSE 'NOTHING_TO_GIVE'
        END AS outcome
    FROM bounded b
    LEFT JOIN (SELECT declaration_id, sum(amount) AS ordered FROM before GROUP BY declaration_id) f
        ON f.declaration_id = b.declaration_id
    LEFT JOIN (
        SELECT declaration_id, count(*) FILTER (WHERE amount <> 0) AS changes FROM change GROUP BY declaration_id
    ) c ON c.declaration_id = b.declaration_id
),
run AS (
    INSERT INTO funds_reinvestmentrun (
        declaration_id, enterprise_id, policy_id, outcome, warning, base_amount, reserve, reinvested, retained,
        difference, planned_at
    )
    SELECT
        declaration_id,
        enterprise_id,
        CASE WHEN NOT is_agency THEN policy_id END,
        outcome,
        CASE WHEN base > 0 AND reinvested < base * warn_below THEN 'NOT_THE_MAIN_PART' ELSE '' END,
        base,
        reserve,
        reinvested,
        base - reinvested,
        reinvested - ordered_before,
        %(now)s
    FROM total
    ORDER BY declaration_id
    ON CONFLICT (declaration_id) DO NOTHING
    RETURNING id, declaration_id, enterprise_id, outcome, warning
),
line AS (
    -- Every fen of the way, in the order in which it is told.
    SELECT declaration_id, 10 AS rank, 0::numeric AS tie, 'NET_PROFIT' AS kind, NULL::numeric AS basis,
        NULL::numeric AS rate, net_profit AS amount, NULL::bigint AS fund_id
    FROM total WHERE is_agency OR is_company OR policy_base NOT IN ('REVENUE', 'RENT')
    UNION ALL
    SELECT declaration_id, 20, 0, 'LOSSES', net_profit, NULL, losses_carried, NULL
    FROM total WHERE is_company AND losses_carried > 0
    UNION ALL
    SELECT declaration_id, 30, 0, 'RESERVE', after_losses, reserve_rate, reserve, NULL
    FROM total WHERE is_company AND reserve > 0
    UNION ALL
    SELECT declaration_id, 40, 0, 'BASE', NULL, NULL, base, NULL FROM total WHERE NOT is_agency
    UNION ALL
    SELECT declaration_id, 50, lower, 'TIER', slice, share, part, NULL FROM tier
    UNION ALL
    SELECT declaration_id, 50, 0, 'FIXED', NULL, NULL, exact, NULL
    FROM total WHERE base > 0 AND policy_base = 'FIXED_AMOUNT'
    UNION ALL
    SELECT declaration_id, 60, 0, 'MINIMUM', exact, NULL, raised, NULL FROM total WHERE base > 0 AND raised > exact
    UNION ALL
    SELECT declaration_id, 61, 0, 'CAP', raised, NULL, capped, NULL FROM total WHERE base > 0 AND capped < raised
    UNION ALL
    SELECT declaration_id, 62, 0, 'LIMIT', capped, NULL, bounded, NULL FROM total WHERE base > 0 AND bounded < capped
    UNION ALL
    SELECT declaration_id, 63, 0, 'ROUNDING', bounded, NULL, reinvested, NULL FROM total WHERE reinvested <> bounded
    UNION ALL
    SELECT declaration_id, 70, 0, 'REINVESTED', base, NULL, reinvested, NULL FROM total WHERE NOT is_agency
    UNION ALL
    SELECT declaration_id, 71, 0, 'RETAINED', base, NULL, base - reinvested, NULL FROM total WHERE NOT is_agency
    UNION ALL
    SELECT declaration_id, 80, destination_id, 'DESTINATION', reinvested, share, part, fund_id FROM share
    UNION ALL
    SELECT declaration_id, 90, fund_id, 'ORDERED_BEFORE', NULL, NULL, amount, fund_id FROM before
),
step AS (
    INSERT INTO funds_derivationstep (run_id, number, kind, basis_amount, rate, amount, fund_id)
    SELECT
        run.id,
        row_number() OVER (PARTITION BY run.id ORDER BY line.rank, line.tie),
        line.kind,
        line.basis,
        line.rate,
        line.amount,
        line.fund_id
    FROM run
    JOIN line ON line.declaration_id = run.declaration_id
),
numbered AS MATERIALIZED (
    SELECT nextval('funds_reinvestmentorder_id_seq') AS id, sorted.*
    FROM (
        SELECT
            run.id AS run_id,
            run.enterprise_id,
            change.fund_id,
            change.amount,
            COALESCE(total.route, 'DONATION') AS route,
            EXTRACT(YEAR FROM total.last_day)::int AS year
        FROM run
        JOIN total ON total.declaration_id = run.declaration_id
        JOIN change ON change.declaration_id = run.declaration_id AND change.amount <> 0
        ORDER BY run.id, change.fund_id
    ) sorted
),
proposal AS (
    INSERT INTO funds_reinvestmentorder (
        id, run_id, enterprise_id, fund_id, direction, route, amount, reference, status, proposed_at,
        decision_reference, payment_reference, evidence, receipt_number
    )
    SELECT
        id,
        run_id,
        enterprise_id,
        fund_id,
        CASE WHEN amount > 0 THEN 'GIVE' ELSE 'RETURN' END,
        route,
        abs(amount),
        'FB' || year || '-' || lpad(id::text, GREATEST(6, length(id::text)), '0'),
        'PROPOSED',
        %(now)s,
        '',
        '',
        '',
        ''
    FROM numbered
    RETURNING id, enterprise_id
),
event AS (
    INSERT INTO outbox_outboxevent (
        event_id, topic, object_label, object_key, division_key, payload, created_at, due_at, attempts, last_error
    )
    SELECT
        gen_random_uuid(), 'funds.order.proposed', 'funds.ReinvestmentOrder', id::text,
        (SELECT division_id FROM funds_communityenterprise WHERE id = enterprise_id),
        jsonb_build_object('status', 'PROPOSED', 'enterprise', enterprise_id), %(now)s, %(now)s, 0, ''
    FROM proposal
    ORDER BY id
)
SELECT
    (SELECT count(*) FROM run) AS planned,
    (SELECT count(*) FROM proposal) AS ordered,
    (SELECT count(*) FROM run WHERE outcome IN ('NOTHING_TO_GIVE', 'UNCHANGED')) AS nothing,
    (SELECT count(*) FROM run WHERE outcome = 'NOT_DISTRIBUTABLE') AS undistributable,
    (SELECT count(*) FROM run WHERE warning <> '') AS warned,
    (SELECT min(id) FROM run) AS first_run,
    (SELECT max(id) FROM run) AS last_run,
    (
        SELECT json_agg(
            json_build_array(
                declaration_id,
                (SELECT name FROM funds_communityenterprise WHERE id = chosen.enterprise_id),
                last_day
            ) ORDER BY declaration_id
        )
        FROM chosen WHERE policy_id IS NULL AND NOT is_agency
    ) AS without_policy
