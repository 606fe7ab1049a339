"""The command line: arguments in, one call of the package, text or JSON out.

flags        the arguments that commands share, and one for each setting
console      how commands answer
text         layers, epochs, judgements and runs as text
sheets       the pages of many files, each read
transcript   readings as text and CSV
leaderboard  an exploration under way, on the terminal
doctor       what is installed, what is missing, what this machine can do
training     a training as the command line runs it
reading      the commands that read
runs         the commands that list, show and delete runs
comparing    the command that compares
serving      the commands that serve and export
main         the other commands; errors as one sentence
"""
