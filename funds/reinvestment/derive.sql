-- The rule of giving back (反哺): what each declaration of a selection gives, to the fen. Pure: it writes nothing.
-- Read by planner.py, which plans with it what is pending (plan.sql), and by trial.py, which tries a policy on past years (trial.sql). Set-based;
-- every search of a large table is tied to its row by a subquery that the query planner cannot flatten (LIMIT or OFFSET 0), so that the plan
-- stays on indexes at any size.
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
    WHERE $selected
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
        $policy AS policy_id
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
        SELECT found.id, above.depth
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
        COALESCE(p.rounding_places, 2) AS rounding_places,
        p.route,
        GREATEST(lawful.after_losses - lawful.reserve, 0) AS distributable,
        CASE
            WHEN is_agency THEN 0
            WHEN p.base = 'REVENUE' THEN lawful.revenue
            WHEN p.base = 'RENT' THEN lawful.rent
            WHEN p.base = 'RENT_RECEIVED' THEN (
                SELECT COALESCE(sum(receipt.amount), 0)
                FROM funds_letting letting
                JOIN funds_rentreceipt receipt ON receipt.letting_id = letting.id
                WHERE letting.enterprise_id = lawful.enterprise_id
                    AND receipt.received_on >= lawful.starts_on
                    AND receipt.received_on < lawful.ends_on
                    AND receipt.voided_at IS NULL
            )
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
            rounding_places,
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
    -- The exact amount, then at least the minimum, at most the cap, never more than there is or may be distributed; rounded to the policy's unit
    -- unless that would leave these bounds, then to the fen.
    SELECT
        based.*,
        b.exact,
        b.raised,
        b.capped,
        b.bounded,
        CASE
            WHEN r.rounded BETWEEN LEAST(minimum_amount, b.bounded) AND LEAST(base, cap_amount, CASE WHEN is_company THEN distributable END)
            THEN r.rounded
            ELSE round(b.bounded, 2)
        END AS reinvested
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
        ) b,
        LATERAL (SELECT round(b.bounded, rounding_places) AS rounded) r
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
