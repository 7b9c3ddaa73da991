-- Each billed period of a subscription stands on a line of an issued invoice, for those days
SELECT subscription.number || ' ' || period.period_start,
       'issued',
       CASE
           WHEN line.invoice_id <> period.invoice_id THEN 'the line is on another invoice'
           WHEN invoice.state = 'draft' THEN 'the invoice is a draft'
           WHEN line.period_start > period.period_start
                OR line.period_end < period.period_end THEN 'the line is for other days'
           ELSE 'issued'
       END
FROM subscriptions_billedperiod period
JOIN subscriptions_subscription subscription ON subscription.id = period.subscription_id
JOIN invoices_invoiceline line ON line.id = period.line_id
JOIN invoices_invoice invoice ON invoice.id = period.invoice_id
WHERE period.period_end > period.period_start
