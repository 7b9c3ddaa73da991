"""Explaining a number (`docs/model.md`, 34): the rule that makes it, its parts down to postings, and what is left out.

Owns the one registry of numbers that can be explained. Computes no number that anybody is charged by: each is added up
here a second time, from its leaves, and agrees with what the pages show.
"""
