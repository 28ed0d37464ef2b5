"""What a person types into a search in, what is looked for out.

A query is words, which rank posts, and demands, which a post meets or is not found: `nodes` says what there is, `parse`
reads it, `condition` asks the store for it. A question that is asked is no query: of it nothing is an operator.
"""

from truthgpt.search.syntax.condition import LookedFor, looked_for
from truthgpt.search.syntax.nodes import Node
from truthgpt.search.syntax.parse import QuerySyntaxError, parse

__all__ = ["LookedFor", "Node", "QuerySyntaxError", "looked_for", "parse"]
