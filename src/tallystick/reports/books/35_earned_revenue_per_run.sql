-- 9. What each run posted of deferred revenue is what it earned of the lines, in each currency and in base
SELECT run_id::text || ' ' || currency,
       (sum(earned), sum(earned_base))::text,
       (sum(posted), sum(posted_base))::text
FROM
    (SELECT part.run_id, part.currency, part.minor AS earned, part.base_minor AS earned_base,
            0 AS posted, 0 AS posted_base
     FROM invoices_earnedpart part
     JOIN invoices_revenuerun run ON run.id = part.run_id
     WHERE run.finished_at IS NOT NULL
     UNION ALL
     SELECT entry.subject_id, posting.currency, 0, 0,
            CASE posting.side
                WHEN 'D' THEN posting.amount_minor
                ELSE -posting.amount_minor
            END,
            CASE posting.side
                WHEN 'D' THEN posting.base_minor
                ELSE -posting.base_minor
            END
     FROM ledger_journalentry entry
     JOIN ledger_posting posting ON posting.entry_id = entry.id
     WHERE entry.rule = 'J03' AND posting.account = '2400') moved
GROUP BY run_id, currency
