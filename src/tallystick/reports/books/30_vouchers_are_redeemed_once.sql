-- Each voucher can be redeemed as often as its batch says, less the times that it was; and a batch has all its vouchers
SELECT voucher.batch_id || ' ' || voucher.number,
       batch.uses_per_voucher - count(redemption.payment_id),
       voucher.uses_left
FROM wallets_voucher voucher
JOIN wallets_voucherbatch batch ON batch.id = voucher.batch_id
LEFT JOIN wallets_redemption redemption ON redemption.voucher_id = voucher.id
GROUP BY voucher.id,
         batch.id
UNION ALL
SELECT batch.id::text,
       batch.quantity,
       count(voucher.id)
FROM wallets_voucherbatch batch
LEFT JOIN wallets_voucher voucher ON voucher.batch_id = batch.id
GROUP BY batch.id
