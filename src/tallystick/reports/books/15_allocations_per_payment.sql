-- What is allocated of each payment equals its allocations
SELECT payment.id::text,
       coalesce(sum(part.amount_minor), 0),
       payment.allocated_minor
FROM payments_payment payment
LEFT JOIN allocations_allocation part ON part.payment_id = payment.id
AND part.released_at IS NULL
GROUP BY payment.id
