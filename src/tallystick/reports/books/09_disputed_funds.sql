-- 7. Disputed funds of each dispute equal its amount while it is open, and nothing before and after
SELECT coalesce(dispute.id, held.object_id)::text,
       CASE dispute.state
           WHEN 'opened' THEN coalesce(payment.came_minor, dispute.amount_minor)
           ELSE 0
       END,
       coalesce(held.minor, 0)
FROM payments_dispute dispute
JOIN payments_payment payment ON payment.id = dispute.payment_id
FULL JOIN
    (SELECT object_id,
            sum(CASE side
                    WHEN 'D' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor
     FROM ledger_posting
     WHERE account = '1130'
     GROUP BY object_id) held ON held.object_id = dispute.id
