-- What is refunded and reserved of each payment equals its refunds
SELECT payment.id::text,
       coalesce(sum(refund.total_minor) FILTER (
                                                WHERE refund.status IN ('pending', 'processing')
                                                    OR refund.status = 'completed'
                                                    AND refund.reversed_at IS NULL), 0),
       payment.refunded_minor + payment.refund_reserved_minor
FROM payments_payment payment
LEFT JOIN payments_payment refund ON refund.refund_of_id = payment.id
GROUP BY payment.id
