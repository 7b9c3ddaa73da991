-- What the kept months of a currency will earn is all that is left of its lines
SELECT coalesce(line.currency, month.currency),
       coalesce(line.minor, 0),
       coalesce(month.minor, 0)
FROM
    (SELECT currency, sum(left_minor) AS minor
     FROM reports_deferredline
     GROUP BY 1) line
FULL JOIN
    (SELECT currency, sum(minor) AS minor
     FROM reports_deferredmonth
     GROUP BY 1) month ON month.currency = line.currency
