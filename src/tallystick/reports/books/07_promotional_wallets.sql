-- 5. Promotional wallets are never below 0
SELECT object_id::text,
       0,
       least(0, -sum(CASE side
                         WHEN 'D' THEN amount_minor
                         ELSE -amount_minor
                     END))
FROM ledger_posting
WHERE account = '2210'
GROUP BY object_id
