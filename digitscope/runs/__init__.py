"""Run folders: what one training leaves behind, and how it is found again.

files       write whole files or none
metrics     Metrics: what metrics.json holds
records     what the files of a run hold, read so that it can be relied on
liveness    whether a process is training a run
run         Run: a training's folder, and the files in it
folder      the folder of runs: create, find, list
listing     runs -> summaries, filtered and sorted
"""
