-- 3. Receivables of each invoice equal what is open of it
SELECT coalesce(invoice.number, invoice.id::text, held.object_id::text),
       CASE invoice.state
           WHEN 'issued' THEN invoice.open_minor
           ELSE 0
       END,
       coalesce(held.minor, 0)
FROM invoices_invoice invoice
FULL JOIN
    (SELECT object_id,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor
     FROM ledger_posting
     WHERE account = '1200'
     GROUP BY 1) held ON held.object_id = invoice.id
