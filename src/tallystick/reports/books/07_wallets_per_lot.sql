-- 5. Prepaid money of each lot equals what is left of it, and is never below 0; beyond all lots a wallet only owes
SELECT coalesce(ours.id, held.object_id) || ' ' || coalesce(ours.account, held.account),
       coalesce(ours.minor, 0),
       coalesce(held.minor, 0)
FROM
    (SELECT id,
            CASE kind
                WHEN 'paid' THEN '2200'
                ELSE '2210'
            END AS account,
            greatest(left_minor, 0) AS minor
     FROM wallets_lot
     UNION ALL SELECT id,
                      '2200', -greatest(beyond_minor, 0)
     FROM wallets_wallet) ours
FULL JOIN
    (SELECT object_id,
            account, -sum(CASE side
                              WHEN 'D' THEN amount_minor
                              ELSE -amount_minor
                          END) AS minor
     FROM ledger_posting
     WHERE account IN ('2200',
                       '2210')
     GROUP BY 1,
              2) held ON held.object_id = ours.id
AND held.account = ours.account
