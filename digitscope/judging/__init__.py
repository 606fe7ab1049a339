"""Judging: finished runs in; figures, pictures and verdicts with their uncertainty out.

evaluate      run -> metrics.json, predictions.npz
corruptions   test images, spoilt in fifteen ways
robustness    run -> accuracy on spoilt digits
figures       confusion matrices, errors, differences as pictures
significance  how far apart two models or recipes are: more than luck?
comparison    what comparing finds: groups, differences, verdicts in words
trainee       a process of its own that trains for the page, then judges
compare       runs -> a verdict with its uncertainty
"""
