"""Every choice that can change a run, and the layers it makes. Names in, a Config and a plan out.

config      Config: every setting, with its default, range and help text
layers      a Config's layers in order: shapes, weights, cost
recipes     RECIPES: settings under a name; configure()
"""
