-- What is gone of each lot and did not expire, and beyond all lots, equals what charges drew and did not give back
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
     FROM wallets_draw
     GROUP BY 1) drawn ON drawn.id = ours.id
