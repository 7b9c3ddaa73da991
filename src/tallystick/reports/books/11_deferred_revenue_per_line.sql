-- 9. Deferred revenue of each line is between 0 and its net amount
SELECT object_id::text,
       0,
       CASE
           WHEN held.minor * sign(line.net_minor) BETWEEN 0 AND abs(line.net_minor) THEN 0
           ELSE held.minor
       END
FROM
    (SELECT object_id, -sum(CASE side
                                WHEN 'D' THEN amount_minor
                                ELSE -amount_minor
                            END) AS minor
     FROM ledger_posting
     WHERE account = '2400'
     GROUP BY 1) held
JOIN invoices_invoiceline line ON line.id = held.object_id
