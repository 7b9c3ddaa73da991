-- What is recorded of each charge for its tax document has the charge's tax, less what was credited of it, and never more
-- than the whole charge
SELECT charge.payment_id::text,
       charge.tax_minor - charge.credited_tax_minor || ' within',
       coalesce(sum(used.tax_minor), 0) || CASE
           WHEN coalesce(sum(used.gross_minor), 0) BETWEEN 0 AND charge.net_minor + charge.tax_minor - charge.credited_minor
               THEN ' within'
           ELSE ' beyond ' || sum(used.gross_minor)
       END
FROM wallets_charge charge
LEFT JOIN wallets_taxeduse used ON used.charge_id = charge.payment_id
GROUP BY charge.payment_id
