-- 7. What of each payment is in dispute is what its open disputes are about, as far as it is there
SELECT payment.id::text,
       least(coalesce(sum(dispute.amount_minor) FILTER (
                                                        WHERE dispute.state = 'opened'), 0), payment.allocated_minor + payment.unallocated_minor),
       payment.disputed_minor
FROM payments_payment payment
LEFT JOIN payments_dispute dispute ON dispute.payment_id = payment.id
GROUP BY payment.id
