-- No day of a subscription is billed twice
SELECT subscription.number || ' ' || period.period_start,
       0,
       greatest(period.period_end - period.next_start, 0)
FROM
    (SELECT subscription_id,
            period_start,
            period_end,
            lead(period_start) OVER (PARTITION BY subscription_id
                                     ORDER BY period_start, period_end) AS next_start
     FROM subscriptions_billedperiod
     WHERE period_end > period_start) period
JOIN subscriptions_subscription subscription ON subscription.id = period.subscription_id
