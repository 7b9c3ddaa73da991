-- The sums of each customer and month equal the postings that are folded into them, in base currency too
SELECT coalesce(kept.customer_id, held.customer_id) || ' ' || coalesce(kept.account, held.account) || ' '
       || coalesce(kept.currency, held.currency) || ' ' || coalesce(kept.month, held.month),
       concat_ws(' ', coalesce(held.minor, 0), coalesce(held.base, 0)),
       concat_ws(' ', coalesce(kept.balance_minor, 0), coalesce(kept.base_minor, 0))
FROM ledger_customermonth kept
FULL JOIN
    (SELECT posting.customer_id,
            posting.account,
            posting.currency,
            date_trunc('month', entry.effective_date)::date AS month,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor,
            sum(CASE side
                    WHEN 'D' THEN base_minor
                    ELSE -base_minor
                END) AS base
     FROM ledger_journalentry entry
     JOIN ledger_posting posting ON posting.entry_id = entry.id
     WHERE posting.customer_id IS NOT NULL
         AND posting.id <= (SELECT coalesce(max(posting_id), 0) FROM ledger_foldmark)
     GROUP BY 1,
              2,
              3,
              4) held ON held.customer_id = kept.customer_id
AND held.account = kept.account
AND held.currency = kept.currency
AND held.month = kept.month
