"""Exploring: many settings and seeds in; ordinary runs, and a table of what helps, out.

space       what an exploration varies
question    what an exploration is to find out
study       an exploration's trials, in a file of Optuna's
workers     trainings in processes of their own, by Ray
ranking     what an exploration has found: the settings, best first
explore     many settings, several seeds -> runs -> what helps
"""
