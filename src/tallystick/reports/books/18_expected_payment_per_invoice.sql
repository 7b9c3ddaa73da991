-- Each open invoice has exactly one live expected payment, for what is open; no other invoice has one
SELECT coalesce(invoice.number, invoice.id::text),
       CASE invoice.state
           WHEN 'issued' THEN invoice.open_minor
           ELSE 0
       END,
       coalesce(live.total_minor, 0)
FROM invoices_invoice invoice
LEFT JOIN payments_payment live ON live.invoice_id = invoice.id
AND live.kind = 'scheduled'
AND live.status IN ('pending',
                    'processing',
                    'failed')
WHERE live.status IS DISTINCT
    FROM 'processing'
