-- The sums of tax of each day and rate equal the documents, uses and postings that are folded into them
SELECT concat_ws(' ', coalesce(kept.day, held.day), coalesce(kept.tax_rate_id, held.tax_rate_id),
                 coalesce(kept.currency, held.currency)),
       concat_ws(' ', coalesce(held.net, 0), coalesce(held.tax, 0)),
       concat_ws(' ', coalesce(kept.net_minor, 0), coalesce(kept.tax_minor, 0))
FROM reports_taxday kept
FULL JOIN
    (WITH folded AS
         (SELECT posting.id,
                 posting.entry_id,
                 posting.account,
                 posting.side,
                 posting.amount_minor,
                 posting.currency,
                 posting.object_id
          FROM ledger_posting posting
          WHERE posting.id <= (SELECT coalesce(max(posting_id), 0) FROM reports_taxmark)),
     entry AS
         (SELECT id, rule, subject_id, effective_date
          FROM ledger_journalentry
          WHERE rule IN ('J02', 'J15', 'J16', 'J17', 'J26') AND id IN (SELECT entry_id FROM folded)),
     each AS
         (SELECT entry.effective_date AS day,
                 line.tax_rate_id,
                 invoice.currency,
                 CASE entry.rule
                     WHEN 'J02' THEN line.net_minor
                     ELSE -line.net_minor
                 END AS net,
                 0 AS tax
          FROM entry
          JOIN invoices_invoice invoice ON invoice.id = entry.subject_id
          JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
          WHERE entry.rule IN ('J02', 'J15')
          UNION ALL SELECT entry.effective_date,
                           line.tax_rate_id,
                           note.currency,
                           -part.net_minor,
                           0
          FROM entry
          JOIN invoices_creditnote note ON note.id = entry.subject_id
          JOIN invoices_creditnoteline part ON part.credit_note_id = note.id
          JOIN invoices_invoiceline line ON line.id = part.invoice_line_id
          WHERE entry.rule = 'J26'
          UNION ALL SELECT entry.effective_date,
                           document.tax_rate_id,
                           wallet.currency,
                           CASE entry.rule
                               WHEN 'J16' THEN document.net_minor
                               ELSE -document.net_minor
                           END,
                           0
          FROM entry
          JOIN wallets_lot lot ON lot.allocation_id = entry.subject_id
          JOIN wallets_wallet wallet ON wallet.id = lot.wallet_id
          JOIN wallets_taxdocument document ON document.lot_id = lot.id
          WHERE entry.rule IN ('J16', 'J17')
          UNION ALL SELECT
              (SELECT own.effective_date
               FROM ledger_journalentry own
               WHERE own.subject_id = used.charge_id
                   AND own.rule = CASE WHEN used.gross_minor > 0 THEN 'J18' ELSE 'J19' END
                   AND own.effective_date >= used.used_date
               ORDER BY own.effective_date, own.id
               LIMIT 1),
                           charge.tax_rate_id,
                           payment.currency,
                           used.gross_minor - used.tax_minor,
                           0
          FROM wallets_taxeduse used
          JOIN wallets_charge charge ON charge.payment_id = used.charge_id
          JOIN payments_payment payment ON payment.id = charge.payment_id
          WHERE used.id <= (SELECT coalesce(max(taxed_use_id), 0) FROM reports_taxmark)
          UNION ALL SELECT given.effective_date,
                           posting.object_id,
                           posting.currency,
                           CASE
                               WHEN given.rule NOT IN ('J12', 'J13') THEN 0
                               WHEN posting.side = 'C' THEN 1
                               ELSE -1
                           END * coalesce(whole.amount_minor,
                                          round(posting.amount_minor * 100 / nullif(rate.percent, 0))::bigint,
                                          0),
                           CASE posting.side
                               WHEN 'C' THEN posting.amount_minor
                               ELSE -posting.amount_minor
                           END
          FROM folded posting
          JOIN ledger_journalentry given ON given.id = posting.entry_id
          JOIN catalog_taxrate rate ON rate.id = posting.object_id
          LEFT JOIN ledger_posting whole ON whole.entry_id = posting.entry_id
          AND whole.account = '6200'
          AND abs(whole.amount_minor * rate.percent - posting.amount_minor * 100) <= 100
          WHERE posting.account = '2300')
     SELECT day, tax_rate_id, currency, sum(net) AS net, sum(tax) AS tax
     FROM each
     GROUP BY 1,
              2,
              3) held ON held.day = kept.day
AND held.tax_rate_id = kept.tax_rate_id
AND held.currency = kept.currency
