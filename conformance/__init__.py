"""Suites made from specs, the targets they run against, and verdicts. `netfsm.conformance`.

A map of the package, from the top:

================ ================================================================================
run              one run of all suites: `run(["arp"])` gives a `Report`
report, folder   rows taken, failures, JSON; the folder with index.html, junit.xml and the rest
replay           a recorded case again
targets          what is driven: self, reference, those of other packages
profiles         how much is tried
suites           each suite as a stream of cases; `results` has the form of a case
tour             the shortest walks that take every row
boundary         examples that Z3 finds at the edges of a spec, each taken from where it begins
random_machine   random walks with Hypothesis; `random_moves` draws, `minimal` makes short
vectors          cases with known answers; `vector_walk` reads steps, `vector_begin` their begin,
                 `vector_run` runs cases; `case_file` writes a step as such a case
formats          round trips and faults of a format's codec
ends             two hosts on a lossy wire
placed           a subject and its model put into the middle of things
begin_form       where such a walk begins, as JSON has it
pair             a subject beside the model, every step compared; `subjects` are what is driven,
                 `crew` all machines of a scope together
properties       invariants, steps, outputs and musts asked of live steps
witness          event arguments that take a row; `candidates` are values worth trying
view, inputs     what expressions see; what events are called with; `plain` is the form in files
================ ================================================================================
"""
