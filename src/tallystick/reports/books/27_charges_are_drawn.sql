-- Each completed charge draws its whole total, and what was credited of it went back; no other payment is a charge
SELECT payment.id::text,
       payment.total_minor || ' less ' || coalesce(charge.credited_minor, 0),
       coalesce(sum(draw.drawn_minor), 0) || ' less ' || coalesce(sum(draw.returned_minor), 0)
FROM payments_payment payment
FULL JOIN wallets_charge charge ON charge.payment_id = payment.id
LEFT JOIN wallets_draw draw ON draw.charge_id = charge.payment_id
WHERE (payment.kind = 'charge' AND payment.status = 'completed')
    OR charge.payment_id IS NOT NULL
GROUP BY payment.id,
         charge.payment_id
