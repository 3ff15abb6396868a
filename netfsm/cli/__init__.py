"""The command line, one file a verb; `main` is the entry point, `app` the list of verbs.

========= =====================================================================
main      `netfsm` and `python -m netfsm`: tells what to install where click is missing
app       the group of verbs, each loaded when it is asked for; exceptions to exit codes
common    exit codes, the JSON reply, `--format`, how findings are told
extras    which extra brings a library that is missing
tables    tables for people, plain outside a terminal
pictures  a machine or the layer graph as the bytes of a file
progress  what is being done now, on a terminal
specs     what a SPEC on the command line means
list, check, show, draw, run, conform, replay, trace, explain, view: the verbs
demo      `make demo`
schemas/  JSON Schemas of what `--format json` prints
========= =====================================================================
"""
