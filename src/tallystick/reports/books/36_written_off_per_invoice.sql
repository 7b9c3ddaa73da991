-- 3. What is written off of each invoice is its write-offs less its recoveries, and stands in 6200 and 2300
SELECT invoice.id::text,
       coalesce(given_up.minor, 0) || ' ' || coalesce(given_up.minor - given_up.tax_minor, 0) || ' ' || coalesce(given_up.tax_minor, 0),
       invoice.written_off_minor || ' ' || coalesce(held.lost_minor, 0) || ' ' || coalesce(held.tax_minor, 0)
FROM invoices_invoice invoice
LEFT JOIN
    (SELECT invoice_id,
            sum(CASE kind
                    WHEN 'write_off' THEN amount_minor
                    ELSE -amount_minor
                END) AS minor,
            sum(CASE kind
                    WHEN 'write_off' THEN tax_minor
                    ELSE -tax_minor
                END) AS tax_minor
     FROM invoices_writeoff
     GROUP BY 1) given_up ON given_up.invoice_id = invoice.id
LEFT JOIN
    (SELECT entry.subject_id,
            sum(CASE posting.side
                    WHEN 'D' THEN posting.amount_minor
                    ELSE -posting.amount_minor
                END) FILTER (
                             WHERE posting.account = '6200') AS lost_minor,
            sum(CASE posting.side
                    WHEN 'D' THEN posting.amount_minor
                    ELSE -posting.amount_minor
                END) FILTER (
                             WHERE posting.account = '2300') AS tax_minor
     FROM ledger_journalentry entry
     JOIN ledger_posting posting ON posting.entry_id = entry.id
     WHERE entry.rule IN ('J12',
                          'J13')
     GROUP BY 1) held ON held.subject_id = invoice.id
WHERE invoice.written_off_minor <> 0
    OR given_up.minor IS NOT NULL
    OR held.subject_id IS NOT NULL
