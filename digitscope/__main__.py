"""`python -m digitscope`: the command line, where scripts are not on the PATH."""

from digitscope.cli.main import main

main()
