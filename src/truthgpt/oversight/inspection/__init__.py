"""The inspection: a model and a battery of measures come in; a report with numbers, intervals and limits goes out.

`result.Inspection` is what others take from it. May import everything below `oversight`, and of it `oversight.keys` and
`oversight.log` never: an inspection is a folder of files, which a certificate names by their digests.
"""
