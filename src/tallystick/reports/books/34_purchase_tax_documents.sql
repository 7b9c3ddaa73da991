-- Each tax document of purchases has the sums of its lines, and each line those of the uses at its rate
SELECT document.number,
       document.net_minor || ' ' || document.tax_minor,
       coalesce(sum(line.net_minor), 0) || ' ' || coalesce(sum(line.tax_minor), 0)
FROM wallets_purchasetaxdocument document
LEFT JOIN wallets_purchasetaxline line ON line.document_id = document.id
GROUP BY document.id
UNION ALL
SELECT coalesce(line.document_id, used.document_id)::text,
       coalesce(line.net_minor, 0) || ' ' || coalesce(line.tax_minor, 0),
       coalesce(used.net_minor, 0) || ' ' || coalesce(used.tax_minor, 0)
FROM wallets_purchasetaxline line
FULL JOIN
    (SELECT part.document_id,
            charge.tax_rate_id,
            charge.tax_percent,
            sum(part.gross_minor - part.tax_minor) AS net_minor,
            sum(part.tax_minor) AS tax_minor
     FROM wallets_taxeduse part
     JOIN wallets_charge charge ON charge.payment_id = part.charge_id
     WHERE part.document_id IS NOT NULL
     GROUP BY 1,
              2,
              3) used ON used.document_id = line.document_id
AND used.tax_rate_id = line.tax_rate_id
AND used.tax_percent = line.tax_percent
