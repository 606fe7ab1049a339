"""Serving: the page and the reader over HTTP. Requests in, JSON, files and pictures out. No Keras.

guard       what keeps other web pages and machines away from a server
lookup      which run a request is about
trainer     one training at a time, in a process of its own
reading     POST /predict and /read
runs        what the page shows: itself, runs, weights, digits
training    a training from the page
app         all of it, as an ASGI application
http        HTTP itself, until Ctrl-C
"""
