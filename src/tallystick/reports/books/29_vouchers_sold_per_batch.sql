-- 2220 of each sold batch of vouchers equals what its vouchers that nobody redeemed are worth; of others it is 0
SELECT batch.id::text,
       CASE
           WHEN batch.sold_at IS NULL THEN 0
           ELSE batch.amount_minor * (batch.quantity -
                                          (SELECT count(*)
                                           FROM wallets_redemption redemption
                                           WHERE redemption.batch_id = batch.id))
       END,
       coalesce(
                    (SELECT -sum(CASE side
                                     WHEN 'D' THEN amount_minor
                                     ELSE -amount_minor
                                 END)
                     FROM ledger_posting
                     WHERE account = '2220'
                         AND object_id = batch.id), 0)
FROM wallets_voucherbatch batch
