-- What is kept of each line of deferred revenue is what its postings, and the runs that earned of it, come to so far
WITH mark AS
    (SELECT coalesce(max(posting_id), 0) AS posting_id
     FROM reports_deferredmark),
run AS
    (SELECT DISTINCT run.id, run.month
     FROM invoices_revenuerun run
     JOIN ledger_journalentry entry ON entry.subject_id = run.id
     JOIN ledger_posting posting ON posting.entry_id = entry.id
     WHERE posting.id <= (SELECT posting_id FROM mark)),
posted AS
    (SELECT posting.object_id AS line_id,
            sum(CASE posting.side
                    WHEN 'C' THEN posting.amount_minor
                    ELSE -posting.amount_minor
                END) AS minor,
            min(part.ended_date) AS ended_date
     FROM ledger_posting posting
     JOIN ledger_journalentry entry ON entry.id = posting.entry_id
     LEFT JOIN invoices_creditnoteline part ON entry.rule = 'J26'
     AND part.credit_note_id = entry.subject_id
     AND part.invoice_line_id = posting.object_id
     WHERE posting.account = '2400'
         AND posting.id <= (SELECT posting_id FROM mark)
     GROUP BY 1),
earned AS
    (SELECT line_id, sum(minor) AS minor, max(earned_until) AS until
     FROM invoices_earnedpart
     WHERE run_id IN (SELECT id FROM run)
     GROUP BY 1),
held AS
    (SELECT posted.line_id,
            invoice.customer_id,
            invoice.currency,
            least(line.period_end, posted.ended_date) AS period_end,
            posted.minor AS deferred,
            posted.minor - coalesce(earned.minor, 0) AS minor,
            greatest(line.period_start, earned.until) AS since,
            date_trunc('month', greatest(line.period_start, earned.until, invoice.invoice_date))::date AS own_month,
            (SELECT max(month) + interval '1 month' FROM run)::date AS next_month
     FROM posted
     JOIN invoices_invoiceline line ON line.id = posted.line_id
     JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
     LEFT JOIN earned ON earned.line_id = posted.line_id
     WHERE posted.minor <> coalesce(earned.minor, 0))
SELECT coalesce(kept.line_id, held.line_id)::text,
       concat_ws(' ', coalesce(held.deferred, 0), coalesce(held.minor, 0), held.since, held.period_end, held.currency,
                 held.customer_id, greatest(held.own_month, held.next_month), held.next_month > held.own_month IS TRUE),
       concat_ws(' ', coalesce(kept.deferred_minor, 0), coalesce(kept.left_minor, 0), kept.since, kept.period_end,
                 kept.currency, kept.customer_id, kept.begins, kept.is_late IS TRUE)
FROM reports_deferredline kept
FULL JOIN held ON held.line_id = kept.line_id
UNION ALL
SELECT 'The last month that was run',
       (SELECT max(month) FROM run)::text,
       run_month::text
FROM reports_deferredmark
