"""A program's or a person's request over HTTP comes in; an answer, streamed, or the page goes out. Imports every floor below."""
