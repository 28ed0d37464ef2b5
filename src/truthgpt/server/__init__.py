"""A request over HTTP comes in; an answer, streamed, or the page goes out. Imports every floor below."""
