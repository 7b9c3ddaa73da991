-- 1. Each entry has debits equal to credits in each currency
SELECT entry_id || ' ' || currency,
       0,
       sum(CASE side
               WHEN 'D' THEN amount_minor
               ELSE -amount_minor
           END)
FROM ledger_posting
GROUP BY entry_id,
         currency
