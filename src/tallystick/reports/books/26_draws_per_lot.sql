-- What is gone of each lot and did not expire, and beyond all lots, equals what charges and invoices took of it
SELECT ours.id::text,
       ours.minor,
       coalesce(drawn.minor, 0)
FROM
    (SELECT id,
            CASE
                WHEN taken_back_at IS NULL THEN amount_minor - left_minor - expired_minor
                ELSE 0
            END AS minor
     FROM wallets_lot
     UNION ALL SELECT id,
                      beyond_minor
     FROM wallets_wallet) ours
LEFT JOIN
    (SELECT coalesce(lot_id, wallet_id) AS id,
            sum(drawn_minor - returned_minor) AS minor
     FROM
         (SELECT lot_id,
                 wallet_id,
                 drawn_minor,
                 returned_minor
          FROM wallets_draw
          UNION ALL SELECT part.lot_id,
                           paid.wallet_id,
                           part.minor,
                           0
          FROM wallets_walletdrawpart part
          JOIN wallets_walletdraw paid ON paid.id = part.wallet_draw_id
          WHERE paid.taken_back_at IS NULL) each
     GROUP BY 1) drawn ON drawn.id = ours.id
