"""A static model: a vector for each token of the packaged MiniLM, so that embedding is an average.

As model2vec makes one (its own `distill` asks for an older transformers): each token alone through
the model, principal components of what comes out, rarer tokens weighted up by Zipf's law.
"""

from pathlib import Path

import numpy as np
from tutelage.models.reference import parse_reference

DIMENSIONS = 256


def make_static(reference: str, folder: Path) -> None:
    """Distil the sentence-transformers model that `reference` names into `folder`."""
    from model2vec import StaticModel
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    source = parse_reference(reference, Path()).file
    assert source is not None
    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokens = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    model = SentenceTransformer(str(source))
    vectors = model.encode([token.removeprefix("##") for token in tokens], batch_size=512)
    vectors = vectors - vectors.mean(axis=0)
    _, _, components = np.linalg.svd(vectors, full_matrices=False)
    ranked = (vectors @ components[:DIMENSIONS].T) * np.log(np.arange(2, len(tokens) + 2))[:, None]
    for name in ("[PAD]", "[CLS]", "[SEP]"):
        ranked[tokenizer.token_to_id(name)] = 0
    tokenizer.no_padding()
    tokenizer.no_truncation()
    static = StaticModel(ranked.astype(np.float32), tokenizer, normalize=True)
    static.save_pretrained(folder)
