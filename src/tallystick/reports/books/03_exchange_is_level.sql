-- 2. Account 1900 is 0 in base currency in every entry
SELECT entry_id::text,
       0,
       sum(CASE side
               WHEN 'D' THEN base_minor
               ELSE -base_minor
           END)
FROM ledger_posting
WHERE account = '1900'
GROUP BY entry_id
