-- Billing of each subscription goes on where its billed days end, or later
SELECT subscription.number,
       0,
       greatest(max(period.period_end) - subscription.next_period_start, 0)
FROM subscriptions_subscription subscription
JOIN subscriptions_billedperiod period ON period.subscription_id = subscription.id
AND period.period_end > period.period_start
GROUP BY subscription.id
