-- Each paid lot that no top-up opened was opened by a sold voucher, or by the invoice for what was used
SELECT lot.id::text,
       1,
       count(redemption.payment_id) + count(usage.invoice_id)
FROM wallets_lot lot
LEFT JOIN wallets_redemption redemption ON redemption.lot_id = lot.id
LEFT JOIN wallets_usageinvoice usage ON usage.lot_id = lot.id
WHERE lot.kind = 'paid'
    AND lot.allocation_id IS NULL
GROUP BY lot.id
UNION ALL
SELECT invoice.id::text,
       invoice.total_minor,
       coalesce(lot.amount_minor, 0)
FROM invoices_invoice invoice
LEFT JOIN wallets_usageinvoice usage ON usage.invoice_id = invoice.id
LEFT JOIN wallets_lot lot ON lot.id = usage.lot_id
WHERE invoice.is_usage
    AND invoice.state <> 'draft'
UNION ALL
SELECT paid.id::text,
       paid.amount_minor,
       sum(part.minor)
FROM wallets_walletdraw paid
LEFT JOIN wallets_walletdrawpart part ON part.wallet_draw_id = paid.id
GROUP BY paid.id
