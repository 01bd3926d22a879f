-- What a policy would have given, beside what was ordered: sums of the years, the largest differences, the funds. Goes on where derive.sql ends.
actual AS MATERIALIZED (
    -- What stands ordered for the same time: by this statement, its revisions and the quarters of its year.
    SELECT b.declaration_id, sum(CASE WHEN o.direction = 'GIVE' THEN o.amount ELSE -o.amount END) AS ordered
    FROM bounded b,
        LATERAL (
            SELECT id FROM funds_profitdeclaration same
            WHERE same.enterprise_id = b.enterprise_id AND same.starts_on >= b.starts_on AND same.ends_on <= b.ends_on
            OFFSET 0
        ) same,
        LATERAL (SELECT id FROM funds_reinvestmentrun WHERE declaration_id = same.id OFFSET 0) r,
        LATERAL (
            SELECT direction, amount FROM funds_reinvestmentorder
            WHERE run_id = r.id AND status NOT IN ('REJECTED', 'CANCELLED')
            OFFSET 0
        ) o
    GROUP BY b.declaration_id
),
compared AS MATERIALIZED (
    -- Where a nearer policy would go on counting, nothing changes.
    SELECT
        b.declaration_id,
        b.enterprise_id,
        EXTRACT(YEAR FROM b.starts_on)::int AS year,
        NOT b.is_agency AND b.policy_id = %(policy)s AS is_touched,
        b.base,
        COALESCE(a.ordered, 0) AS ordered,
        CASE
            WHEN b.is_agency THEN 0
            WHEN b.policy_id = %(policy)s THEN b.reinvested
            ELSE COALESCE(a.ordered, 0)
        END AS tried,
        b.base > 0 AND b.reinvested < b.base * b.warn_below AS is_minor
    FROM bounded b
    LEFT JOIN actual a ON a.declaration_id = b.declaration_id
)
SELECT
    (
        SELECT json_agg(y ORDER BY y.year)
        FROM (
            SELECT
                year,
                count(*) AS declarations,
                count(*) FILTER (WHERE is_touched) AS touched,
                count(*) FILTER (WHERE is_touched AND is_minor) AS minor,
                sum(base)::text AS base,
                sum(ordered)::text AS ordered,
                sum(tried)::text AS tried
            FROM compared
            GROUP BY year
        ) y
    ) AS years,
    (
        SELECT json_agg(r)
        FROM (
            SELECT
                c.declaration_id,
                c.enterprise_id,
                (SELECT name FROM funds_communityenterprise WHERE id = c.enterprise_id) AS enterprise,
                c.year,
                c.is_touched,
                c.is_minor,
                c.base::text AS base,
                c.ordered::text AS ordered,
                c.tried::text AS tried
            FROM compared c
            ORDER BY abs(c.tried - c.ordered) DESC, c.declaration_id
            LIMIT %(rows)s
        ) r
    ) AS rows,
    (
        SELECT json_agg(f)
        FROM (
            SELECT
                s.fund_id,
                (SELECT short_name FROM funds_communityfund WHERE id = s.fund_id) AS fund,
                sum(s.part)::text AS tried
            FROM share s
            JOIN compared c ON c.declaration_id = s.declaration_id AND c.is_touched
            GROUP BY s.fund_id
            ORDER BY s.fund_id
        ) f
    ) AS funds
