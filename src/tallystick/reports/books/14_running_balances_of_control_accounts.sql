-- The running balance of each control account equals its postings, in base currency too
SELECT coalesce(kept.account, held.account) || ' ' || coalesce(kept.currency, held.currency),
       coalesce(held.minor, 0) * 1000003 + coalesce(held.base, 0),
       coalesce(kept.minor, 0) * 1000003 + coalesce(kept.base, 0)
FROM
    (SELECT account,
            currency,
            sum(balance_minor) AS minor,
            sum(base_minor) AS base
     FROM
         (SELECT account,
                 currency,
                 balance_minor,
                 base_minor
          FROM ledger_controlbalance
          UNION ALL SELECT account,
                           currency,
                           balance_minor,
                           base_minor
          FROM ledger_balancedelta) each
     GROUP BY 1,
              2) kept
FULL JOIN
    (SELECT account,
            currency,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor,
            sum(CASE side
                    WHEN 'D' THEN base_minor
                    ELSE -base_minor
                END) AS base
     FROM ledger_posting
     WHERE customer_id IS NULL
     GROUP BY 1,
              2) held ON held.account = kept.account
AND held.currency = kept.currency
