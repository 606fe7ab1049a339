"""Run folders: what one training leaves behind, and how it is found again.

files       write whole files or none
metrics     Metrics: what metrics.json holds
run         Run: a training's folder, and the files in it
folder      the folder of runs: create, find, list
listing     runs -> summaries, filtered and sorted
"""
