-- 2220 of each sold batch of vouchers equals what its vouchers that nobody redeemed are worth; of others it is 0
SELECT coalesce(batch.id, held.object_id)::text,
       CASE
           WHEN batch.sold_at IS NULL THEN 0
           ELSE batch.amount_minor * (batch.quantity -
                                          (SELECT count(*)
                                           FROM wallets_redemption redemption
                                           WHERE redemption.batch_id = batch.id))
       END,
       coalesce(held.minor, 0)
FROM wallets_voucherbatch batch
FULL JOIN
    (SELECT object_id, -sum(CASE side
                                WHEN 'D' THEN amount_minor
                                ELSE -amount_minor
                            END) AS minor
     FROM ledger_posting
     WHERE account = '2220'
     GROUP BY 1) held ON held.object_id = batch.id
