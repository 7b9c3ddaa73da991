-- Each allocation to a top-up request has a lot of its amount without the tax that was due then, which is closed when it
-- is released; no other has one. Each lot that was taxed has one tax document of what it opened with, and no other has
SELECT allocation.id::text,
       CASE invoice.kind
           WHEN 'topup' THEN allocation.amount_minor || ' ' || (allocation.released_at IS NOT NULL)
           ELSE ''
       END,
       coalesce(lot.amount_minor + coalesce(document.tax_minor, 0) || ' ' || (lot.taken_back_at IS NOT NULL), '')
FROM allocations_allocation allocation
JOIN invoices_invoice invoice ON invoice.id = allocation.invoice_id
LEFT JOIN wallets_lot lot ON lot.allocation_id = allocation.id
LEFT JOIN wallets_taxdocument document ON document.lot_id = lot.id
UNION ALL
SELECT lot.id::text,
       CASE
           WHEN lot.is_taxed THEN lot.amount_minor::text
           ELSE ''
       END,
       coalesce(document.net_minor::text, '')
FROM wallets_lot lot
LEFT JOIN wallets_taxdocument document ON document.lot_id = lot.id
WHERE lot.is_taxed
    OR document.id IS NOT NULL
