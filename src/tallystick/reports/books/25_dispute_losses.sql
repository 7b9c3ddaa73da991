-- Dispute fees and losses of each dispute equal its fee, unless it came back, and what could not be taken
SELECT coalesce(ours.dispute_id, held.object_id) || ' ' || coalesce(ours.currency, held.currency),
       coalesce(ours.minor, 0),
       coalesce(held.minor, 0)
FROM
    (SELECT dispute_id,
            currency,
            sum(minor) AS minor
     FROM
         (SELECT id AS dispute_id,
                 currency,
                 loss_minor AS minor
          FROM payments_dispute
          UNION ALL SELECT id,
                           fee_currency,
                           fee_minor
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
     WHERE account = '6110'
     GROUP BY 1,
              2) held ON held.object_id = ours.dispute_id
AND held.currency = ours.currency
