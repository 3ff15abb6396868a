"""Explores compositions: machines that meet, in every way that is possible.

A map of the package:

========= =========================================================================================
checking  compositions by name: found, explored in parallel, kept by content; their findings
explored  `explore`: one composition, what became of its properties, what went wrong
search    breadth-first search, and what leads to a goal
verdicts  what is held against every state and step
world     the whole: queues, budgets, and every step that is possible
end       one end: a call, a timer or a message, with the signals and completions that follow
slots     one machine of an end, put into a state and stepped; haunted: with its ghosts
choices   how hands choose, every way; ghosts, scopes, messages, values: what an end holds
replay    a run taken again by the runtime, which must come to the same
story     a run as the steps of a packet ladder; labels: its words; reasons: why something is false
========= =========================================================================================
"""
