"""`python -m truthgpt`: the command line."""

from truthgpt.cli import main

main()
