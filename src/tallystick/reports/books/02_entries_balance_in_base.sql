-- 1. Each entry has debits equal to credits in base currency, and is not empty
SELECT entry.id::text,
       0,
       CASE
           WHEN count(posting.id) = 0 THEN 1
           ELSE sum(CASE side
                        WHEN 'D' THEN base_minor
                        ELSE -base_minor
                    END)
       END
FROM ledger_journalentry entry
LEFT JOIN ledger_posting posting ON posting.entry_id = entry.id
GROUP BY entry.id
