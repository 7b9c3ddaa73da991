-- 7. Disputed funds equal the open disputes (there are none yet)
SELECT object_id::text,
       0,
       sum(CASE side
               WHEN 'D' THEN amount_minor
               ELSE -amount_minor
           END)
FROM ledger_posting
WHERE account = '1130'
GROUP BY object_id
