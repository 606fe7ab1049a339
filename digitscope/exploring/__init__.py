"""Exploring: many settings and seeds in; ordinary runs, and a table of what helps, out.

space       what an exploration varies
study       an exploration's trials, in a file of Optuna's
workers     trainings in processes of their own, by Ray
explore     many settings, several seeds -> runs -> what helps
"""
