-- The reminders of an invoice follow one another: each of a later level, and none while the one before leaves time
SELECT told.id::text,
       'in order',
       CASE
           WHEN told.days <= told.days_before THEN 'a level that was passed'
           WHEN told.reminder_date <= told.pay_by_before THEN 'while there is time to pay'
           ELSE 'in order'
       END
FROM
    (SELECT id,
            days,
            reminder_date,
            lag(days) OVER said AS days_before,
            max(pay_by_date) OVER (said ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS pay_by_before
     FROM dunning_reminder WINDOW said AS (PARTITION BY invoice_id, from_date
                                           ORDER BY decided_at, days)) told
