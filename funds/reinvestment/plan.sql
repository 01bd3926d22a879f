-- What the planner writes for the declarations of one range of ids: one statement, one snapshot. Goes on where derive.sql ends.
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
    FROM total WHERE is_agency OR is_company OR policy_base NOT IN ('REVENUE', 'RENT', 'RENT_RECEIVED')
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
