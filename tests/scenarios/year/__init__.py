"""A whole year of one business, told by date: lived through the real jobs, and reckoned beside it by hand.

`story` says what people do, `business` lets the days pass and closes the months, `seen` reads what the product says of
a month at its end; `reckoning` does the sums without the product, and `by_hand` is the year as a bookkeeper writes it.
"""
