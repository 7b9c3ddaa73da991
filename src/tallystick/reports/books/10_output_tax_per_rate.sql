-- 8. Output tax of each rate and currency equals the tax of issued documents, of purchases, and of top-ups that stand,
-- less what is not owed of written-off invoices
SELECT coalesce(documents.rate, held.object_id) || ' ' || coalesce(documents.currency, held.currency),
       coalesce(documents.minor, 0),
       coalesce(held.minor, 0)
FROM
    (SELECT rate,
            currency,
            sum(minor) AS minor
     FROM
         (SELECT line.tax_rate_id AS rate,
                 invoice.currency,
                 line.tax_minor AS minor
          FROM invoices_invoiceline line
          JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
          WHERE invoice.state = 'issued'
          UNION ALL SELECT line.tax_rate_id,
                           note.currency, -part.tax_minor
          FROM invoices_creditnoteline part
          JOIN invoices_creditnote note ON note.id = part.credit_note_id
          JOIN invoices_invoiceline line ON line.id = part.invoice_line_id
          UNION ALL SELECT relieved.tax_rate_id,
                           given_up.currency,
                           CASE given_up.kind
                               WHEN 'write_off' THEN -relieved.tax_minor
                               ELSE relieved.tax_minor
                           END
          FROM invoices_writeofftax relieved
          JOIN invoices_writeoff given_up ON given_up.id = relieved.write_off_id
          UNION ALL SELECT charge.tax_rate_id,
                           payment.currency,
                           charge.tax_minor - charge.credited_tax_minor
          FROM wallets_charge charge
          JOIN payments_payment payment ON payment.id = charge.payment_id
          UNION ALL SELECT document.tax_rate_id,
                           wallet.currency,
                           document.tax_minor
          FROM wallets_taxdocument document
          JOIN wallets_lot lot ON lot.id = document.lot_id
          JOIN wallets_wallet wallet ON wallet.id = lot.wallet_id
          WHERE lot.taken_back_at IS NULL) each
     GROUP BY 1,
              2) documents
FULL JOIN
    (SELECT object_id,
            currency, -sum(CASE side
                               WHEN 'D' THEN amount_minor
                               ELSE -amount_minor
                           END) AS minor
     FROM ledger_posting
     WHERE account = '2300'
     GROUP BY 1,
              2) held ON held.object_id = documents.rate
AND held.currency = documents.currency
