"""Diagrams of machines and layers, and packet ladders.

A map of the package. The libraries of the extra `draw` are imported by `render.needed`, when
something is drawn with them:

============= ====================================================================
labels        the words of a diagram: what a row waits for and what it sends
rows          a row in full, for tables
machine       Machine -> Diagram: states, merged edges, loops inside their state
dot           Diagram -> DOT, for Graphviz
mermaid       Diagram -> Mermaid stateDiagram-v2
plantuml      Diagram -> PlantUML
render        DOT -> SVG and PNG by the Graphviz inside pygraphviz' wheel
font          the typeface of a picture, inside it
html          Machine -> one offline page: the diagram, the cells and the rows
stack         layers -> DOT: who binds what into whom, with drivers and interfaces
steps         the frozen list of steps that a ladder is drawn from
ladder        steps -> text, as in the figures of RFC 9293
ladder_figure steps -> SVG and Mermaid sequenceDiagram
============= ====================================================================
"""
