-- What settled each invoice equals its allocations, small differences and what wallets paid of it
SELECT invoice.id::text,
       coalesce(parts.minor, 0) + coalesce(differences.minor, 0) + coalesce(drawn.minor, 0),
       invoice.allocated_minor + invoice.credited_minor + invoice.difference_minor + invoice.wallet_minor
FROM invoices_invoice invoice
LEFT JOIN
    (SELECT invoice_id,
            sum(amount_minor) AS minor
     FROM allocations_allocation
     WHERE released_at IS NULL
     GROUP BY 1) parts ON parts.invoice_id = invoice.id
LEFT JOIN
    (SELECT invoice_id,
            sum(amount_minor) AS minor
     FROM allocations_smalldifference
     GROUP BY 1) differences ON differences.invoice_id = invoice.id
LEFT JOIN
    (SELECT invoice_id,
            sum(amount_minor) AS minor
     FROM wallets_walletdraw
     WHERE taken_back_at IS NULL
     GROUP BY 1) drawn ON drawn.invoice_id = invoice.id
