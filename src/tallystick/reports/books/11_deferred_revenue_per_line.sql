-- 9. Deferred revenue of each line, less what runs earned, is between 0 and its net amount, and 0 behind its last day
SELECT held.line_id::text,
       0,
       CASE
           WHEN held.minor = 0 THEN 0
           WHEN (line.period_end <= last.until OR ended.day <= last.until) AND line.invoice_date <= last.until AND line.issued_at < last.begun_at
               THEN held.minor
           WHEN held.minor * sign(line.net_minor) BETWEEN 0 AND abs(line.net_minor) THEN 0
           ELSE held.minor
       END
FROM
    (SELECT line_id, sum(minor) AS minor
     FROM
         (SELECT object_id AS line_id, CASE side
                                           WHEN 'C' THEN amount_minor
                                           ELSE -amount_minor
                                       END AS minor
          FROM ledger_posting posting
          JOIN ledger_journalentry entry ON entry.id = posting.entry_id
          WHERE posting.account = '2400'
              AND entry.rule <> 'J03'
          UNION ALL
          SELECT line_id, -minor
          FROM invoices_earnedpart) moved
     GROUP BY 1) held
LEFT JOIN
    (SELECT line.id, line.net_minor, line.period_end, invoice.invoice_date, invoice.issued_at
     FROM invoices_invoiceline line
     JOIN invoices_invoice invoice ON invoice.id = line.invoice_id) line ON line.id = held.line_id
LEFT JOIN
    (SELECT (month + interval '1 month')::date AS until, begun_at
     FROM invoices_revenuerun
     WHERE finished_at IS NOT NULL
     ORDER BY month DESC, begun_at DESC
     LIMIT 1) last ON TRUE
LEFT JOIN LATERAL
    (SELECT min(part.ended_date) AS day
     FROM invoices_creditnoteline part
     JOIN invoices_creditnote note ON note.id = part.credit_note_id
     WHERE part.invoice_line_id = held.line_id
         AND note.issued_at < last.begun_at) ended ON TRUE
