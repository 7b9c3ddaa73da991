-- The sums of each account and day equal the postings that are folded into them, in base currency too
SELECT coalesce(kept.account, held.account) || ' ' || coalesce(kept.currency, held.currency) || ' '
       || coalesce(kept.day, held.day),
       concat_ws(' ', coalesce(held.debit, 0), coalesce(held.credit, 0), coalesce(held.debit_base, 0),
                 coalesce(held.credit_base, 0)),
       concat_ws(' ', coalesce(kept.debit_minor, 0), coalesce(kept.credit_minor, 0),
                 coalesce(kept.debit_base_minor, 0), coalesce(kept.credit_base_minor, 0))
FROM ledger_accountday kept
FULL JOIN
    (SELECT posting.account,
            posting.currency,
            entry.effective_date AS day,
            coalesce(sum(amount_minor) FILTER (WHERE side = 'D'), 0) AS debit,
            coalesce(sum(amount_minor) FILTER (WHERE side = 'C'), 0) AS credit,
            coalesce(sum(base_minor) FILTER (WHERE side = 'D'), 0) AS debit_base,
            coalesce(sum(base_minor) FILTER (WHERE side = 'C'), 0) AS credit_base
     FROM ledger_journalentry entry
     JOIN ledger_posting posting ON posting.entry_id = entry.id
     WHERE posting.id <= (SELECT coalesce(max(posting_id), 0) FROM ledger_foldmark)
     GROUP BY 1,
              2,
              3) held ON held.account = kept.account
AND held.currency = kept.currency
AND held.day = kept.day
