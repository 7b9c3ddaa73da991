"""Brings the German catalogue up to date with the code: `make messages`, then write the German that is missing."""

import sys

from tests.catalogue import german
from tests.catalogue.texts import texts


def main() -> int:
    """This function will write the catalogue anew, and say what is still to be written; 1 while anything is."""
    found = texts()
    said = german.written() if german.PO.exists() else {}
    german.write(found, said)
    left = list(german.faults(found, said))
    gone = len(said.keys() - found.keys())
    counted = f"{len(found)} texts, {len(left)} to be written in {german.PO}, {gone} dropped."
    sys.stdout.write("\n".join([*left, counted, ""]))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
