"""Notes: context that people add to posts, shown where raters who usually disagree find it helpful.

In come ratings (`ratings`, or X's files by `files`), out come notes with a status, the rule that gave it and by what
margin (`scoring`). It may import `corpus`, `database`, `settings` and `errors` alone; `truth` learns reliabilities with its
factorisation.
"""
