-- Cheques in hand of each payment equal what came by cheque, until it is deposited, sent back or reversed
SELECT coalesce(payment.id, held.object_id)::text,
       CASE
           WHEN payment.id IS NULL
                OR payment.status <> 'completed'
                OR payment.reversed_at IS NOT NULL
                OR EXISTS
                    (SELECT
                     FROM payments_paymentevent event
                     WHERE event.payment_id = payment.id
                         AND event.event = 'deposit') THEN 0
           WHEN payment.came_minor IS NOT NULL THEN CASE
                                                        WHEN sent_back.minor IS NULL THEN payment.came_minor
                                                        ELSE 0
                                                    END
           ELSE payment.total_minor - coalesce(sent_back.minor, 0)
       END,
       coalesce(held.minor, 0)
FROM
    (SELECT *
     FROM payments_payment
     WHERE method = 'cheque'
         AND kind IN ('receipt',
                      'scheduled')) payment
LEFT JOIN
    (SELECT payment_id,
            sum(amount_minor) AS minor
     FROM payments_dispute
     WHERE kind = 'bank_return'
     GROUP BY 1) sent_back ON sent_back.payment_id = payment.id
FULL JOIN
    (SELECT object_id,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor
     FROM ledger_posting
     WHERE account = '1110'
     GROUP BY 1) held ON held.object_id = payment.id
