"""Spec mutants: mistakes put into a spec one at a time, and who tells them from the original.

A map of the package:

============ ====================================================================================
run          one run: which mutants, in which process, until when
judge        who judges a mutant: types, proofs, vectors, suites; together: compositions
judged       what became of a mutant; report: the table by machine, and JSON
record       the record of a whole run, and its page among the reference
make         every mutant of a machine; rows: those of one row; expressions: of one expression
mutant       a mutant, and where one is put in; edit: trees with one thing changed
============ ====================================================================================
"""
