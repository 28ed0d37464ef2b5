# temporary, never committed
import daft
import pyarrow as pa
from daft import DataType

from truthgpt.corpus.clean import clean as _c
from truthgpt.corpus.clean import unescape
from truthgpt.corpus.languages import detect_many


@daft.func.batch(return_dtype=DataType.string())
def clean(t, m):
    return pa.array([_c(unescape(x) if k else x) for x, k in zip(t.to_pylist(), m.to_pylist())])


@daft.func.batch(return_dtype=DataType.string())
def language(t):
    return pa.array(detect_many(t.to_pylist()))


@daft.func.batch(return_dtype=DataType.list(DataType.string()))
def nolist(t):
    return pa.array([[] for _ in range(len(t))], pa.list_(pa.string()))


SP = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("kind", pa.string())]))


@daft.func.batch(return_dtype=DataType.from_arrow_type(SP))
def personal(t):
    return pa.array([[] for _ in range(len(t))], SP)


@daft.func.batch(return_dtype=DataType.float32())
def zero(t):
    return pa.array([0.0] * len(t), pa.float32())


def bands(t):
    return daft.functions.minhash(t, num_hashes=16, ngram_size=3)


def columns(t):
    return {
        "links": nolist(t),
        "mentions": nolist(t),
        "hashtags": nolist(t),
        "boilerplate": zero(t),
        "spam": zero(t),
        "quality": zero(t),
    }
