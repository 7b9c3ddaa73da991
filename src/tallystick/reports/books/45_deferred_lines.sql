-- What is kept of each line of deferred revenue equals its postings less what was earned of it, as far as it is folded
SELECT coalesce(kept.line_id, held.line_id)::text,
       concat_ws(' ', coalesce(held.deferred, 0), coalesce(held.minor, 0), held.since),
       concat_ws(' ', coalesce(kept.deferred_minor, 0), coalesce(kept.left_minor, 0), kept.since)
FROM reports_deferredline kept
FULL JOIN
    (SELECT posted.line_id,
            posted.minor AS deferred,
            posted.minor - coalesce(earned.minor, 0) AS minor,
            greatest(line.period_start, earned.until) AS since
     FROM
         (SELECT object_id AS line_id,
                 sum(CASE side
                         WHEN 'C' THEN amount_minor
                         ELSE -amount_minor
                     END) AS minor
          FROM ledger_posting
          WHERE account = '2400'
              AND id <= (SELECT coalesce(max(posting_id), 0) FROM reports_deferredmark)
          GROUP BY 1) posted
     JOIN invoices_invoiceline line ON line.id = posted.line_id
     LEFT JOIN
         (SELECT line_id, sum(minor) AS minor, max(earned_until) AS until
          FROM invoices_earnedpart
          WHERE run_id IN
              (SELECT run.id
               FROM invoices_revenuerun run
               JOIN ledger_journalentry entry ON entry.subject_id = run.id
               JOIN ledger_posting posting ON posting.entry_id = entry.id
               WHERE posting.id <= (SELECT coalesce(max(posting_id), 0) FROM reports_deferredmark))
          GROUP BY 1) earned ON earned.line_id = posted.line_id
     WHERE posted.minor <> coalesce(earned.minor, 0)) held ON held.line_id = kept.line_id
