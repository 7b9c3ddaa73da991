-- Numbers have no gap in any series
SELECT series.name,
       series.last,
       count(document.number)
FROM foundation_numberseries series
LEFT JOIN
    (SELECT kind || ':' || split_part(number, '-', 2) AS series, number
     FROM invoices_invoice
     WHERE number IS NOT NULL
     UNION ALL SELECT 'credit_note:' || split_part(number, '-', 2), number
     FROM invoices_creditnote
     UNION ALL SELECT 'receipt:' || split_part(receipt_number, '-', 2),
                      receipt_number
     FROM payments_payment
     WHERE receipt_number IS NOT NULL
     UNION ALL SELECT 'refund_receipt:' || split_part(number, '-', 2),
                      number
     FROM payments_receipt
     WHERE number LIKE 'RF-%'
     UNION ALL SELECT 'customer', number
     FROM customers_customer
     UNION ALL SELECT 'voucher_batch', number
     FROM wallets_voucherbatch
     UNION ALL SELECT 'topup_tax:' || split_part(number, '-', 2),
                      number
     FROM wallets_taxdocument
     UNION ALL SELECT 'purchase_tax:' || split_part(number, '-', 2),
                      number
     FROM wallets_purchasetaxdocument
     UNION ALL SELECT 'subscription', number
     FROM subscriptions_subscription) document ON document.series = series.name
GROUP BY series.name,
         series.last
