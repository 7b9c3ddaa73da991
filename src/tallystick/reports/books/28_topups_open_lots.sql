-- Each allocation to a top-up request has a lot of its amount, which is closed when it is released; no other has one
SELECT allocation.id::text,
       CASE invoice.kind
           WHEN 'topup' THEN allocation.amount_minor || ' ' || (allocation.released_at IS NOT NULL)
           ELSE ''
       END,
       coalesce(lot.amount_minor || ' ' || (lot.taken_back_at IS NOT NULL), '')
FROM allocations_allocation allocation
JOIN invoices_invoice invoice ON invoice.id = allocation.invoice_id
LEFT JOIN wallets_lot lot ON lot.allocation_id = allocation.id
