-- 4. Customer credit of each credit note equals what is left on it
SELECT note.number,
       note.total_minor - note.allocated_minor - note.refunded_minor,
       coalesce(held.minor, 0)
FROM invoices_creditnote note
LEFT JOIN
    (SELECT object_id, -sum(CASE side
                                WHEN 'D' THEN amount_minor
                                ELSE -amount_minor
                            END) AS minor
     FROM ledger_posting
     WHERE account = '2100'
     GROUP BY 1) held ON held.object_id = note.id
