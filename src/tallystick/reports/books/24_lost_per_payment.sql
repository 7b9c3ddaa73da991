-- 7. What of each payment was lost is what its lost disputes took
SELECT payment.id::text,
       coalesce(sum(dispute.taken_minor), 0),
       payment.lost_minor
FROM payments_payment payment
LEFT JOIN payments_dispute dispute ON dispute.payment_id = payment.id
GROUP BY payment.id
