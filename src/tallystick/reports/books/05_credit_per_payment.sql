-- 4. Customer credit of each payment equals what is unallocated of it; of anything but credit notes it is 0
SELECT coalesce(payment.id, held.object_id)::text,
       CASE
           WHEN payment.status = 'completed'
                AND payment.customer_id IS NOT NULL
                AND payment.reversed_at IS NULL
                AND payment.kind IN ('scheduled',
                                     'receipt') THEN payment.unallocated_minor + payment.refund_reserved_minor
           ELSE 0
       END,
       coalesce(held.minor, 0)
FROM payments_payment payment
FULL JOIN
    (SELECT object_id, -sum(CASE side
                                WHEN 'D' THEN amount_minor
                                ELSE -amount_minor
                            END) AS minor
     FROM ledger_posting
     WHERE account = '2100'
         AND NOT EXISTS
             (SELECT
              FROM invoices_creditnote note
              WHERE note.id = object_id)
     GROUP BY 1) held ON held.object_id = payment.id
