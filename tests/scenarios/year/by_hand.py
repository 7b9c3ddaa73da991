"""The year as a bookkeeper writes it, customer by customer, from what `story` tells and the rules of the chart.

Good      100.00 + 20 % a month from Jan 5, Net 14: 120.00 charged to the card on each 19th. 12 invoices.
Late      300.00 + 20 % a quarter from Jan 10, Net 14: 360.00 by transfer, each quarter one reminder later; the fourth
          only after the service was suspended. 4 invoices, of which the revenue is deferred over the quarter. Fees of
          5.00 in the second quarter, and of 5.00 and 10.00 in the third and the fourth.
Promise   1,000.00 + 20 % once on Feb 2, Net 14: 1,200.00, promised for Mar 2 and not paid; 400.00 come in April, 800.00
          are written off in December with their tax (666.67 + 133.33), 240.00 of them come after all (200.00 + 40.00).
          Fees of 5.00 and 10.00 are written off, too.
Stolen    80.00 + 20 % a month from Mar 3, Net 7: 96.00 charged on each 10th; in April the card is stolen, and a new one
          pays on the 15th. 10 invoices.
Dispute   60.00 + 20 % a month from Feb 6, Net 14: 72.00 charged on each 20th. The payment of February is disputed and
          won, that of May is lost and paid by transfer in July; each costs 15.00. 11 invoices. The fee of 5.00 of the
          second reminder is charged to the card on its due date.
Payer     pays for the group on each 25th, Net 30 from each 8th: Anna 40.00 + 20 % and Bert 50.00 + 20 % (108.00), from
          April on Carl 30.00 + 10 %, too (141.00), from October on without Bert (81.00). In June only on Jul 7.
Bert      60.00 on each 2nd, due at once, from October on; transferred on the next day.
Yearly    1,200.00 + 20 % for a year from Feb 4, Net 14: 1,440.00 by transfer on Feb 10, deferred over 365 days. It ends
          early on Sep 16: 141 of 365 days are 463.56 + 92.71 of tax, which pay the fee of 100.00 + 20 %; 436.27 stay
          as credit.
"""

from datetime import date
from typing import Final

from tests.scenarios.year.reckoning import DISPUTE_FEE, Book, half_up
from tests.scenarios.year.story import YEAR

AT_20: Final = 20
AT_10: Final = 10


def on(month: int, day: int) -> date:
    """This function will return a day of the year; months go on behind the twelfth."""
    return date(YEAR + (month - 1) // 12, (month - 1) % 12 + 1, day)


def by_hand() -> Book:
    """This function will write down the whole year, but for the runs that earn deferred revenue."""
    book = Book()
    for tell in (good, late, promise, stolen, dispute, group, bert_alone, yearly):
        tell(book)
    return book


def good(book: Book) -> None:
    """This function will book whoever pays by card on every due date."""
    book.mail(on(1, 5), "autopay_agreed", "Good")
    for month in range(1, 13):
        book.card(on(month, 19), book.bill(on(month, 5), "Good", {AT_20: 10000}, terms=14))


def late(book: Book) -> None:
    """This function will book whoever pays later each quarter: due on the 24th, reminded 2 days before it, and 3, 12
    and 21 days after it, suspended 14 days after the last.
    """
    reminders = {
        1: [on(1, 22), on(1, 27)],
        4: [on(4, 22), on(4, 27), on(5, 6)],
        7: [on(7, 22), on(7, 27), on(8, 5), on(8, 14)],
        10: [on(10, 22), on(10, 27), on(11, 5), on(11, 14)],
    }
    # Each is due 7 days after its reminder, and reminded of with the invoice that is late.
    fees = {
        4: [book.late_fee(on(5, 6), "Late", 500, due=on(5, 13))],
        7: [
            book.late_fee(on(8, 5), "Late", 500, due=on(8, 12)),
            book.late_fee(on(8, 14), "Late", 1000, due=on(8, 21)),
        ],
        10: [
            book.late_fee(on(11, 5), "Late", 500, due=on(11, 12)),
            book.late_fee(on(11, 14), "Late", 1000, due=on(11, 21)),
        ],
    }
    paid = {1: on(1, 30), 4: on(5, 8), 7: on(8, 20), 10: on(12, 10)}
    for month, days in reminders.items():
        quarter = on(month, 10), on(month + 3, 10)
        claim = book.bill(on(month, 10), "Late", {AT_20: 30000}, terms=14, covers=quarter)
        for day in days:
            book.mail(day, "reminder", "Late", 36000)
        for each in [claim, *fees.get(month, ())]:
            book.bank(paid[month], each)


def promise(book: Book) -> None:
    """This function will book a promise that is broken: due on Feb 16, promised on Feb 20 for Mar 2. The reminder of
    the 12th day waits for that and leaves time until Mar 10, so that the one of the 21st day (Mar 9) waits for it.
    """
    claim = book.bill(on(2, 2), "Promise", {AT_20: 100000}, terms=14)
    for day in (on(2, 14), on(2, 19), on(3, 3), on(3, 11)):
        book.mail(day, "reminder", "Promise", 120000)
    book.mail(on(2, 20), "promise_noted", "Promise", 120000)
    book.bank(on(4, 15), claim, 40000)
    fees = [
        book.late_fee(on(3, 3), "Promise", 500, due=on(3, 10)),
        book.late_fee(on(3, 11), "Promise", 1000, due=on(3, 18)),
    ]
    # 20 / 120 of 800.00 is 133.33.
    book.give_up(on(12, 15), claim, tax=13333)
    for each in fees:
        book.give_up(on(12, 15), each)
    # 240.00 of 800.00 is 30 %: 200.00 of 666.67, 40.00 of 133.33.
    back = on(12, 28)
    book.enter(back, "J04", a1100=24000, a2100=-24000)
    book.enter(back, "J13", a1200=24000, a6200=-20000, a2300=-4000)
    book.enter(back, "J08", a2100=24000, a1200=-24000)
    book.taxed.append((back, "VAT 20 %", 20000, 4000))
    receipt = book.expect(back, back, 24000)
    receipt.course.append((back, "completed", back, 24000))
    book.moved.append((back, "Promise"))


def stolen(book: Book) -> None:
    """This function will book a card that is declined for good: told at once, reminded of on the third day."""
    book.mail(on(3, 3), "autopay_agreed", "Stolen")
    for month in range(3, 13):
        claim = book.bill(on(month, 3), "Stolen", {AT_20: 8000}, terms=7)
        if month != 4:
            book.card(on(month, 10), claim)
            continue
        claim.expected.course.append((on(4, 10), "failed", claim.due, 9600))
        book.mail(on(4, 10), "payment_failed", "Stolen", 9600)
        book.mail(on(4, 13), "reminder", "Stolen", 9600)
        book.mail(on(4, 15), "method_added", "Stolen")
        book.mail(on(4, 15), "autopay_agreed", "Stolen")
        book.card(on(4, 15), claim)


def dispute(book: Book) -> None:
    """This function will book two disputes: the second one opens the invoice again, and the reminders begin anew from
    that day.
    """
    book.mail(on(2, 6), "autopay_agreed", "Dispute")
    claims = {month: book.bill(on(month, 6), "Dispute", {AT_20: 6000}, terms=14) for month in range(2, 13)}
    for month, claim in claims.items():
        book.card(on(month, 20), claim)
    for opened in (on(3, 12), on(6, 9)):
        book.enter(opened, "J40", a1130=7200, a1120=-7200)
        book.enter(opened, "J40", a6110=DISPUTE_FEE, a1120=-DISPUTE_FEE)
    book.enter(on(3, 30), "J41", a1120=7200, a1130=-7200)
    lost, claim = on(7, 2), claims[5]
    book.enter(lost, "J09", a1200=7200, a2100=-7200)
    book.enter(lost, "J42", a2100=7200, a1130=-7200)
    book.moved.append((lost, "Dispute"))
    claim.taken.append((lost, -7200))
    claim.expected = book.expect(lost, claim.due, 7200)
    for day in (on(7, 5), on(7, 14)):
        book.mail(day, "reminder", "Dispute", 7200)
    fee = book.late_fee(on(7, 14), "Dispute", 500, due=on(7, 21))
    book.bank(on(7, 16), claim)
    book.card(on(7, 21), fee)


def group(book: Book) -> None:
    """This function will book the group's payer; members owe nothing."""
    for month in range(1, 13):
        nets = {AT_20: 4000 + (5000 if month < 10 else 0), AT_10: 3000 if month > 3 else 0}
        claim = book.bill(on(month, 8), "Payer", {percent: net for percent, net in nets.items() if net}, terms=30)
        if month == 6:
            book.mail(on(7, 6), "reminder", "Payer", 14100)
        book.bank(on(7, 7) if month == 6 else on(month, 25), claim)


def bert_alone(book: Book) -> None:
    """This function will book a member who left on Sep 30. Whoever is due at once hears a week before; of Oct 2 as soon
    as the group does not pay any more.
    """
    for day in (on(10, 1), on(10, 26), on(11, 25), on(12, 26)):
        book.mail(day, "coming_invoice", "Bert", 6000)
    for month in (10, 11, 12):
        book.bank(on(month, 3), book.bill(on(month, 2), "Bert", {AT_20: 5000}))


def yearly(book: Book) -> None:
    """This function will book a contract that is paid for a year ahead, and given up on Sep 16: 15 days of September,
    31, 30, 31, 31 and 3 until Feb 4 are 141 days.
    """
    claim = book.bill(on(2, 4), "Yearly", {AT_20: 120000}, terms=14, covers=(on(2, 4), on(14, 4)))
    book.bank(on(2, 10), claim)
    book.end_early(on(9, 16), claim, net=half_up(120000 * 141, 365), tax=half_up(24000 * 141, 365), fee=10000)
