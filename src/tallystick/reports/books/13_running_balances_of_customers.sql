-- The running balance of each customer equals its postings
SELECT coalesce(kept.customer_id, held.customer_id) || ' ' || coalesce(kept.account, held.account),
       coalesce(held.minor, 0),
       coalesce(kept.balance_minor, 0)
FROM ledger_customerbalance kept
FULL JOIN
    (SELECT customer_id,
            account,
            currency,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor
     FROM ledger_posting
     WHERE customer_id IS NOT NULL
     GROUP BY 1,
              2,
              3) held ON held.customer_id = kept.customer_id
AND held.account = kept.account
AND held.currency = kept.currency
