"""Read models across rooms: what no single room can tell, such as whether all books agree. Writes own sums alone."""
