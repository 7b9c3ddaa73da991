-- Each reminder that was written has billed the late fee that it adds, and no other has billed one
SELECT reminder.id::text,
       CASE
           WHEN message.unique_key IS NULL THEN 0
           ELSE reminder.fee_minor
       END,
       coalesce(fee.fee_minor, 0)
FROM dunning_reminder reminder
LEFT JOIN dunning_latefee fee ON fee.reminder_id = reminder.id
LEFT JOIN LATERAL
    (SELECT unique_key
     FROM correspondence_message
     WHERE unique_key = 'reminder:' || reminder.id
     LIMIT 1) message ON TRUE
WHERE reminder.fee_minor > 0
    OR fee.id IS NOT NULL
