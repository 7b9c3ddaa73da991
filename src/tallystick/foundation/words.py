"""Words of texts, for indexes that find by their beginnings, in every language and every collation of a database."""

from typing import Final

# What stands between words beside blanks. Indexes have the same list: another one is another index.
_MARKS: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_BLANKS: Final = str.maketrans(_MARKS + "\0\t\r\n", " " * (len(_MARKS) + 4))
# How long the beginning of a word is at least: among millions of rows shorter ones stand for half of a table.
_SHORTEST: Final = 3


def words_of(text: str) -> str:
    """This function will return the SQL for the words of a text, in small letters, as an index has them."""
    # Of quotes and of the driver's own sign there are two where one is meant.
    marks = _MARKS.replace("'", "''").replace("%", "%%")
    split = f"string_to_array(translate(lower({text}), '{marks}', '{' ' * len(_MARKS)}'), ' ')"
    return f"array_to_tsvector(array_remove({split}, ''))"


def words_query(text: str, *, shortest: int = _SHORTEST) -> str:
    """This function will return what asks for all the words of a text, of which the last may still grow.

    It grows when it has `shortest` characters. It is for `@@ lower(%s)::tsquery`; empty when the text has no word.
    """
    words = text.translate(_BLANKS).split()
    # Of the others only whole words are quick to find.
    grows = ":*" if words and len(words[-1]) >= shortest else ""
    return " & ".join(f"'{word}'" for word in words) + grows


def parted(query: str) -> tuple[str, str]:
    """This function will return the whole words of a query (`words_query`), and the one that may still grow."""
    whole, _, last = query.rpartition(" & ")
    return (whole, last) if last.endswith(":*") else (query, "")
