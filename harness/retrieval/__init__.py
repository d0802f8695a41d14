"""Finding context: a corpus cut into chunks and searched."""

from harness.retrieval.chunk import Chunk, Hit
from harness.retrieval.corpus import chunk_corpus, load_corpus
from harness.retrieval.index import Index

__all__ = ["Chunk", "Hit", "Index", "chunk_corpus", "load_corpus"]
