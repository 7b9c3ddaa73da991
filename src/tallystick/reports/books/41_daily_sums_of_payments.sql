-- The sums of each day that reports read equal the payments that count on it
SELECT concat_ws(' ', coalesce(kept.day, held.day), coalesce(kept.currency, held.currency),
                 coalesce(kept.kind, held.kind), coalesce(kept.status, held.status),
                 coalesce(kept.method, held.method), coalesce(kept.reason, held.reason),
                 coalesce(kept.group_id, held.group_id)),
       concat_ws(' ', coalesce(held.payments, 0), coalesce(held.minor, 0)),
       concat_ws(' ', coalesce(kept.payments, 0), coalesce(kept.minor, 0))
FROM
    (SELECT day, currency, kind, status, method, reason, group_id, sum(payments) AS payments, sum(minor) AS minor
     FROM
         (SELECT day, currency, kind, status, method, reason, group_id, payments, minor
          FROM payments_dailysum
          UNION ALL SELECT CASE
                               WHEN change.status = 'completed' THEN change.received_date
                               ELSE coalesce(change.due_date, (change.created_at AT TIME ZONE state.zone)::date)
                           END,
                           change.currency,
                           change.kind,
                           change.status,
                           change.method,
                           CASE
                               WHEN change.status = 'failed' THEN change.failure_code
                               ELSE ''
                           END,
                           invoice.group_id,
                           change.sign,
                           change.sign * change.total_minor
          FROM payments_paymentchange change
          CROSS JOIN payments_countingstate state
          LEFT JOIN invoices_invoice invoice ON invoice.id = change.invoice_id) each
     GROUP BY 1, 2, 3, 4, 5, 6, 7) kept
FULL JOIN
    (SELECT CASE
                WHEN payment.status = 'completed' THEN payment.received_date
                ELSE coalesce(payment.due_date, (payment.created_at AT TIME ZONE state.zone)::date)
            END AS day,
            payment.currency,
            payment.kind,
            payment.status,
            payment.method,
            CASE
                WHEN payment.status = 'failed' THEN payment.failure_code
                ELSE ''
            END AS reason,
            invoice.group_id,
            count(*) AS payments,
            sum(payment.total_minor) AS minor
     FROM payments_payment payment
     CROSS JOIN payments_countingstate state
     LEFT JOIN invoices_invoice invoice ON invoice.id = payment.invoice_id
     WHERE payment.kind IN ('scheduled', 'receipt')
       AND payment.reversed_at IS NULL
       AND payment.deleted_at IS NULL
     GROUP BY 1, 2, 3, 4, 5, 6, 7) held ON (kept.day, kept.currency, kept.kind, kept.status, kept.method, kept.reason)
        = (held.day, held.currency, held.kind, held.status, held.method, held.reason)
    AND coalesce(kept.group_id, '00000000-0000-0000-0000-000000000000')
        = coalesce(held.group_id, '00000000-0000-0000-0000-000000000000')
WHERE EXISTS (SELECT FROM payments_countingstate)
