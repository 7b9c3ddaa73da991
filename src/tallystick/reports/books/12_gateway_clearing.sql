-- 10. Gateway clearing of each account equals what came through it, less refunds, fees and disputes
SELECT coalesce(ours.account_id, held.object_id) || ' ' || coalesce(ours.currency, held.currency),
       coalesce(ours.minor, 0),
       coalesce(held.minor, 0)
FROM
    (SELECT account_id,
            currency,
            sum(minor) AS minor
     FROM
         (SELECT account_id,
                 coalesce(nullif(came_currency, ''), currency) AS currency,
                 CASE kind
                     WHEN 'refund' THEN -coalesce(came_minor, total_minor)
                     ELSE coalesce(came_minor, total_minor)
                 END AS minor
          FROM payments_payment
          WHERE status = 'completed'
              AND method = 'gateway'
              AND reversed_at IS NULL
          UNION ALL SELECT account_id,
                           currency, -amount_minor
          FROM payments_gatewayfee
          UNION ALL SELECT dispute.account_id,
                           coalesce(nullif(payment.came_currency, ''), dispute.currency),
                           -coalesce(payment.came_minor, dispute.amount_minor)
          FROM payments_dispute dispute
          JOIN payments_payment payment ON payment.id = dispute.payment_id
          WHERE dispute.kind = 'chargeback'
              AND dispute.state IN ('opened',
                                    'lost')
          UNION ALL SELECT account_id,
                           fee_currency, -fee_minor
          FROM payments_dispute
          WHERE fee_minor > 0
              AND NOT fee_returned) each
     GROUP BY 1,
              2) ours
FULL JOIN
    (SELECT object_id,
            currency,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor
     FROM ledger_posting
     WHERE account = '1120'
     GROUP BY 1,
              2) held ON held.object_id = ours.account_id
AND held.currency = ours.currency
