"""A version of the corpus in, its card for machines out: JSON-LD in Croissant 1.0 (MLCommons, "Croissant Format
Specification", 2024).

Of an export, the shards are the distribution and the record set `posts` names their columns, so that any reader of
Croissant loads it. Of a corpus, the distribution is the files that it was imported from, with their hashes.
"""

from __future__ import annotations

from typing import Any

from truthgpt.corpus.provenance.card import Description, languages

MIME = {"parquet": "application/x-parquet", "jsonl": "application/jsonlines"}

_TYPES = {
    "created_at": "sc:DateTime",
    "score": "cr:Int64",
    "over_18": "sc:Boolean",
    "training": "sc:Boolean",
    "boilerplate": "cr:Float32",
    "spam": "cr:Float32",
    "quality": "cr:Float32",
}
_REPEATED = frozenset(("links", "mentions", "hashtags"))
_NESTED = {"personal": {"start": "cr:Int32", "end": "cr:Int32", "kind": "sc:Text"}}

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that the specification prescribes, word for word (its appendix 1)."""


def croissant(about: Description) -> dict[str, Any]:
    """The Croissant description of `about`, to be written as JSON."""
    counted = about.statistics
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": about.name,
        "description": (
            f"{counted.posts} posts; version {about.version} of a TruthGPT corpus, "
            f"content hash {about.content_hash}."
        ),
        "version": f"{about.version}.0.0",
        "datePublished": about.when[:10],
        "license": about.license,
        "inLanguage": languages(counted),
        "citeAs": f"{about.name}, version {about.version}, {about.content_hash}",
        "distribution": _shards(about) if about.shards else _files(about),
    }
    if not made["inLanguage"]:
        del made["inLanguage"]
    if about.shards:
        made["recordSet"] = [_records(about)]
    return made


def _files(about: Description) -> list[dict[str, Any]]:
    """The imported files, by name: where they were kept is nobody else's concern."""
    return [
        {
            "@type": "cr:FileObject",
            "@id": f"file-{number}",
            "name": file.name,
            "contentUrl": file.name,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": "application/octet-stream",
            "sha256": file.sha256,
        }
        for number, file in enumerate(about.files)
    ]


def _shards(about: Description) -> list[dict[str, Any]]:
    mime = MIME[about.format]
    return [
        *(
            {
                "@type": "cr:FileObject",
                "@id": shard.path,
                "name": shard.path,
                "contentUrl": shard.path,
                "contentSize": f"{shard.bytes} B",
                "encodingFormat": mime,
                "sha256": shard.sha256,
            }
            for shard in about.shards
        ),
        {
            "@type": "cr:FileSet",
            "@id": "shards",
            "name": "shards",
            "description": "All files of the set, in order.",
            "encodingFormat": mime,
            "includes": f"data/*.{about.format}",
        },
    ]


def _records(about: Description) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "posts",
        "name": "posts",
        "key": {"@id": "posts/id"},
        "field": [_field(about.format, name, meaning) for name, meaning in about.fields.items()],
    }


def _field(form: str, name: str, meaning: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"posts/{name}",
        "name": name,
        "description": meaning,
        "dataType": _TYPES.get(name, "sc:Text"),
        "source": _source(form, name),
    }
    if name in _REPEATED or name in _NESTED:
        made["repeated"] = True
    if name in _NESTED:
        del made["dataType"]
        made["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"posts/{name}/{part}",
                "name": part,
                "dataType": kind,
                "source": _source(form, name) | {"transform": {"jsonPath": part}},
            }
            for part, kind in _NESTED[name].items()
        ]
    return made


def _source(form: str, name: str) -> dict[str, Any]:
    # Columns are extracted alike from Parquet and from JSON Lines.
    return {"fileSet": {"@id": "shards"}, "extract": {"column": name}}
