-- Each redeemed voucher is a completed payment of its kind, and opened a lot of its amount; no other is a voucher
SELECT payment.id::text,
       payment.total_minor || ' ' || payment.currency || ' ' || CASE
                                                                    WHEN batch.is_sold THEN 'paid'
                                                                    ELSE 'promotional'
                                                                END,
       lot.amount_minor || ' ' || wallet.currency || ' ' || lot.kind
FROM payments_payment payment
FULL JOIN wallets_redemption redemption ON redemption.payment_id = payment.id
LEFT JOIN wallets_voucherbatch batch ON batch.id = redemption.batch_id
LEFT JOIN wallets_lot lot ON lot.id = redemption.lot_id
LEFT JOIN wallets_wallet wallet ON wallet.id = redemption.wallet_id
AND wallet.id = lot.wallet_id
AND wallet.customer_id = payment.customer_id
WHERE payment.kind = 'voucher'
    OR redemption.payment_id IS NOT NULL
