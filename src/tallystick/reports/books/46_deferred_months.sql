-- What each kept month will earn is what the kept lines have left, spread over the days that are not earned
WITH RECURSIVE spread (currency, period_end, since, minor, month, part, next_month) AS
    (SELECT currency, period_end, since, left_minor::numeric, NULL::date, 0::numeric, begins
     FROM reports_deferredline
     UNION ALL
     SELECT currency,
            period_end,
            CASE WHEN step.part = 0 THEN since ELSE step.until END,
            minor - step.part,
            next_month,
            step.part,
            (next_month + interval '1 month')::date
     FROM spread
     CROSS JOIN LATERAL
         (SELECT until,
                 CASE
                     WHEN until >= period_end THEN minor
                     ELSE sign(minor) * div(2 * abs(minor) * (until - since) + (period_end - since),
                                            2 * (period_end - since))
                 END AS part
          FROM (SELECT least(period_end, (next_month + interval '1 month')::date) AS until) days) step
     WHERE minor <> 0)
SELECT concat_ws(' ', coalesce(kept.currency, line.currency), coalesce(kept.month, line.month)),
       concat_ws(' ', coalesce(line.minor, 0), coalesce(line.lines, 0)),
       concat_ws(' ', coalesce(kept.minor, 0), coalesce(kept.lines, 0))
FROM reports_deferredmonth kept
FULL JOIN
    (SELECT currency, month, sum(part) AS minor, count(*) AS lines
     FROM spread
     WHERE part <> 0
     GROUP BY 1,
              2) line ON line.currency = kept.currency
AND line.month = kept.month
