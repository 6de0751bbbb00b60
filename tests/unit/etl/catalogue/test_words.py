from __future__ import annotations

from collections import Counter

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from cartelera.contract.names import key
from etl.catalogue.words import count_words, merge_counts, term_frequencies

TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"])) | st.text("aB1'`-! \n\0\x1f\x7fé█")
)


@given(TEXTS, st.integers(1, 4))
@example([" It's  a film: THE film.\n", "", "?!", " \t", "a█b", "¡!", "Amélie", "█"], 3)
def test_the_words_of_a_text_are_those_of_its_key(texts: list[str], batch: int) -> None:
    expected = [Counter(filter(None, key(text, max_length=None).split(" "))) for text in texts]

    batches = [texts[start : start + batch] for start in range(0, len(texts), batch)]
    counted = merge_counts(count_words(pa.array(each, pa.large_string())) for each in batches)

    assert counted.vocabulary.to_pylist() == sorted(set().union(*expected))
    assert counted.texts == len(texts)
    found = [
        {counted.vocabulary[word].as_py(): count for word, count in zip(words, counts, strict=True)}
        for start, end in zip(counted.starts, counted.starts[1:], strict=False)
        for words, counts in [(counted.words[start:end], counted.counts[start:end].tolist())]
    ]
    assert found == expected
    assert term_frequencies(counted) == sum(expected, Counter[str]())
