-- Each late fee is one line of an invoice of its own, for the payer of what was late, and none is for a late fee
SELECT coalesce(invoice.number, invoice.id::text),
       concat_ws(' ', fee.fee_minor, fee.currency, late.customer_id, 1, 'of no fee', 'stands'),
       concat_ws(' ', invoice.total_minor, invoice.currency, invoice.customer_id,
                     (SELECT count(*) FILTER (WHERE line.is_fee)
                      FROM invoices_invoiceline line
                      WHERE line.invoice_id = invoice.id
                      HAVING count(*) = 1),
                 CASE
                     WHEN EXISTS
                              (SELECT
                               FROM dunning_latefee other
                               WHERE other.invoice_id = fee.late_invoice_id) THEN 'of a fee'
                     ELSE 'of no fee'
                 END,
                 CASE
                     WHEN fee.taken_back_at IS NOT NULL
                          AND invoice.state = 'issued'
                          AND invoice.open_minor > 0 THEN 'is owed after it was taken back'
                     ELSE 'stands'
                 END)
FROM dunning_latefee fee
JOIN invoices_invoice invoice ON invoice.id = fee.invoice_id
JOIN invoices_invoice late ON late.id = fee.late_invoice_id
