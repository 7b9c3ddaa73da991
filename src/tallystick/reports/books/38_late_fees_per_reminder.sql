-- Each reminder that was written has billed the late fee that it adds, and no other has billed one
SELECT reminder.id::text,
       CASE
           WHEN EXISTS
                    (SELECT
                     FROM correspondence_message
                     WHERE unique_key = 'reminder:' || reminder.id)
                OR EXISTS
                    (SELECT
                     FROM correspondence_paperletter
                     WHERE unique_key = 'reminder:' || reminder.id) THEN reminder.fee_minor
           ELSE 0
       END,
       coalesce(fee.fee_minor, 0)
FROM dunning_reminder reminder
LEFT JOIN dunning_latefee fee ON fee.reminder_id = reminder.id
WHERE reminder.fee_minor > 0
    OR fee.id IS NOT NULL
