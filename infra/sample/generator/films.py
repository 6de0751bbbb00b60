"""Generates well-formed films."""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from infra.sample.entries import (
    CastMember,
    Cell,
    Collection,
    Company,
    Country,
    CrewMember,
    Named,
    SpokenLanguage,
    country_entry,
    genre_entry,
    language_entry,
    literal_cell,
)
from infra.sample.generator.distributions import (
    Categorical,
    QuantileFunction,
    ZipfMandelbrot,
    normal_cdf,
)
from infra.sample.generator.reference import REFERENCE
from infra.sample.generator.words import (
    WORDS,
    company_name,
    gender,
    has_image,
    image_path,
    keyword_name,
    person_name,
    shuffled,
    word,
)
from infra.sample.raw_layout import CREDITS_FILE, KEYWORDS_FILE, MOVIES_FILE, RawWriter

type File = Literal["movies", "credits", "keywords"]
ALL_FILES: Final[tuple[File, ...]] = ("movies", "credits", "keywords")

_IDS_PER_FILM: Final = 10
# Between the brackets of `known_by_votes` in reference.toml.
_VOTE_BOUNDS: Final = (1, 10, 100, 1_000)
_SENTENCE_WORDS: Final = (8, 24)

_LIST_SIZES: Final = {
    name: Categorical(enumerate(weights)) for name, weights in REFERENCE.list_sizes.items()
}
_QUANTILES: Final = {name: QuantileFunction(points) for name, points in REFERENCE.quantiles.items()}
_LANGUAGES: Final = Categorical(REFERENCE.frequencies["languages"])
_COUNTRIES: Final = Categorical(REFERENCE.frequencies["countries"])
_ENGLISH_COUNTRIES: Final = Categorical(REFERENCE.frequencies["english_countries"])
_GENRES: Final = Categorical(
    (name, films**REFERENCE.genre_sharpening) for name, films in REFERENCE.frequencies["genres"]
)
_JOBS: Final = Categorical(((job, department), count) for job, department, count in REFERENCE.jobs)
_ALPHABETS: Final = Categorical((letters, 1.0) for letters in WORDS.alphabets.values())


@dataclass(slots=True)
class GeneratedFilm:
    """A film as a defect may still change it.

    `movie` has the cells of movies_metadata.csv beside those of the lists, which `render` writes,
    but for the crew's. Its records are in `files`; `repetition` is written a number of films later.
    `break_at` is the number of characters of the overview before its record breaks over two lines.
    """

    movie: dict[str, str]
    genres: list[Named]
    companies: list[Company]
    spoken_languages: list[SpokenLanguage]
    cast: list[CastMember]
    crew: list[CrewMember]
    keywords: list[Named]
    files: tuple[File, ...] = ALL_FILES
    repetition: "GeneratedFilm | None" = None
    break_at: int | None = None
    render: Callable[[Cell], str] = literal_cell

    def write(self, raw: RawWriter) -> None:
        """Write its records."""
        film_id = self.movie["id"]
        if "movies" in self.files:
            lists = {
                "genres": self.render(self.genres),
                "production_companies": self.render(self.companies),
                "spoken_languages": self.render(self.spoken_languages),
            }
            raw.write(MOVIES_FILE, {**self.movie, **lists}, self.break_at)
        if "credits" in self.files:
            cast: Cell = self.render(self.cast)
            raw.write(CREDITS_FILE, {"cast": cast, "crew": self.crew, "id": film_id})
        if "keywords" in self.files:
            raw.write(KEYWORDS_FILE, {"id": film_id, "keywords": self.render(self.keywords)})


class FilmGenerator:
    """Generates films, one after another.

    A film's figures correlate through a Gaussian copula: its fame is a standard normal variable,
    and so is what each figure's quantile is taken at.

    Parameters
    ----------
    films
        Number of films to generate, to which the populations are scaled.
    rng
        The source of randomness.
    """

    def __init__(self, films: int, rng: Random) -> None:
        self.rng = rng
        self.populations = {
            name: ZipfMandelbrot(population, films)
            for name, population in REFERENCE.populations.items()
        }
        self.vocabulary = [word(number) for number in range(self.populations["words"].size + 1)]
        self._id_bits = (films * _IDS_PER_FILM).bit_length()

    def film(self, number: int) -> GeneratedFilm:
        """Generate a film: its record, its credits and its keywords."""
        fame = self.rng.gauss()
        language = _LANGUAGES.draw(self.rng)
        title = self._title()
        votes = round(_QUANTILES["votes"].at(normal_cdf(fame)))
        budget, revenue = self._budget_and_revenue(votes, fame)
        name = f"{word(number)}{self.rng.getrandbits(64):016x}"
        movie = {
            "adult": "False",
            "belongs_to_collection": self._collection(),
            "budget": str(budget),
            "homepage": f"http://{name}.example.com/" if self._happens("homepage") else "",
            "id": str(1 + shuffled(number, self._id_bits)),
            "imdb_id": f"tt{number + 1:07d}",
            "original_language": language,
            "original_title": self._original_title(title, language),
            "overview": self._overview(),
            "popularity": self._popularity(fame),
            "poster_path": f"/{name}.jpg" if self._happens("poster") else "",
            "production_countries": literal_cell(self._countries(language)),
            "release_date": self._date(),
            "revenue": str(revenue),
            "runtime": f"{self._random_quantile('runtime'):.0f}.0",
            "status": "Released",
            "tagline": self._tagline(),
            "title": title,
            "video": "False",
            "vote_average": self._average() if votes else "0.0",
            "vote_count": str(votes),
        }
        genres = _GENRES.draw_distinct(self.rng, _LIST_SIZES["genres"].draw(self.rng))
        return GeneratedFilm(
            movie,
            genres=[genre_entry(genre) for genre in genres],
            companies=self._companies(),
            spoken_languages=self._spoken_languages(language),
            cast=self._cast(fame),
            crew=self._crew(fame),
            keywords=self._keywords(fame),
        )

    def rank(self, population: str) -> int:
        """Draw a member of a population; the most frequent has rank 0."""
        return self.populations[population].draw(self.rng)

    def cast_member(self, person: int, order: int) -> CastMember:
        """Generate a cast entry.

        Parameters
        ----------
        person
            Which person.
        order
            The position in the cast.
        """
        character = ""
        if not self._happens("empty_character"):
            character = f"{self._capitalised_word()} {self._capitalised_word()}"
        return CastMember(
            cast_id=order + self.rng.randrange(12),
            character=character,
            credit_id=f"{self.rng.getrandbits(96):024x}",
            gender=gender(person),
            id=person + 1,
            name=person_name(person),
            order=order,
            profile_path=_profile_path(person),
        )

    def crew_member(self, person: int, job: str, department: str) -> CrewMember:
        """Generate a crew entry.

        Parameters
        ----------
        person
            Which person.
        job, department
            TMDB's words for what the person does.
        """
        return CrewMember(
            credit_id=f"{self.rng.getrandbits(96):024x}",
            department=department,
            gender=gender(person),
            id=person + 1,
            job=job,
            name=person_name(person),
            profile_path=_profile_path(person),
        )

    def _happens(self, event: str) -> bool:
        return self.rng.random() < REFERENCE.rates[event]

    def _random_quantile(self, name: str) -> float:
        return _QUANTILES[name].at(self.rng.random())

    def _correlated(self, normal: float, correlation: float) -> float:
        """Draw a normal variable that correlates with another."""
        return correlation * normal + math.sqrt(1.0 - correlation**2) * self.rng.gauss()

    def _budget_and_revenue(self, votes: int, fame: float) -> tuple[int, int]:
        rng = self.rng
        known = REFERENCE.known_by_votes
        bracket = bisect_right(_VOTE_BOUNDS, votes)
        budget_draw = rng.random()
        revenue_draw = budget_draw if self._happens("one_draw_for_money") else rng.random()
        budget_normal = self._correlated(fame - 1.0, REFERENCE.correlations["fame_budget"])
        revenue_normal = self._correlated(budget_normal, REFERENCE.correlations["budget_revenue"])
        budget = revenue = 0
        if budget_draw < known["budget"][bracket]:
            # Budgets are round figures.
            budget = int(float(f"{_QUANTILES['budget'].at(normal_cdf(budget_normal)):.2g}"))
        if revenue_draw < known["revenue"][bracket]:
            revenue = int(_QUANTILES["revenue"].at(normal_cdf(revenue_normal)))
        return budget, revenue

    def _popularity(self, fame: float) -> str:
        normal = self._correlated(fame, REFERENCE.correlations["fame_popularity"])
        return str(round(_QUANTILES["popularity"].at(normal_cdf(normal)), 6))

    def _average(self) -> str:
        return f"{min(10.0, max(0.5, self.rng.gauss(*REFERENCE.vote_average))):.1f}"

    def _date(self) -> str:
        year = int(self._random_quantile("year"))
        if self._happens("first_of_january"):
            return f"{year}-01-01"
        return f"{year}-{self.rng.randint(1, 12):02d}-{self.rng.randint(1, 28):02d}"

    def _capitalised_word(self) -> str:
        return self.vocabulary[int(self.rng.random() * len(self.vocabulary))].capitalize()

    def _title(self) -> str:
        rng = self.rng
        if self._happens("shared_title"):
            number = self.rank("shared_titles")
            return " ".join(word(number * 31 + n).capitalize() for n in range(number % 3 + 1))
        if self._happens("title_not_in_latin"):
            return self._title_in(_ALPHABETS.draw(rng))
        # A word of four syllables or more, so that titles of one word seldom coincide.
        words = [word(rng.randrange(66_000, 2_700_000)).capitalize()]
        words += [self._capitalised_word() for _ in range(1, _LIST_SIZES["title_words"].draw(rng))]
        drawn = rng.random()
        for cumulative, pattern in WORDS.title_patterns:
            if drawn < cumulative:
                return pattern.format(" ".join(words), self._capitalised_word())
        return " ".join(words)

    def _original_title(self, title: str, language: str) -> str:
        if language == "en" or not self._happens("translated_title"):
            return title
        if alphabet := WORDS.alphabets.get(language):
            return self._title_in(alphabet)
        accented = self._happens("accented_original_title")
        syllables = WORDS.accented_syllables if accented else WORDS.syllables
        first = word(self.rng.randrange(270, 70_000), syllables).capitalize()
        return f"{first} {self._capitalised_word().lower()}"

    def _title_in(self, alphabet: str) -> str:
        return "".join(self.rng.choices(alphabet, k=self.rng.randint(2, 14)))

    def _collection(self) -> str:
        if not self._happens("collection"):
            return ""
        number = self.rank("collections")
        poster = image_path(number)
        backdrop = poster if has_image(number) else None
        name = f"The {word(number + 1_600).capitalize()} Collection"
        return literal_cell(Collection(number + 1, name, poster, backdrop))

    def _distinct_ranks(self, population: str, count: int) -> dict[int, None]:
        return dict.fromkeys(self.rank(population) for _ in range(count))

    def _companies(self) -> list[Company]:
        drawn = self._distinct_ranks("companies", _LIST_SIZES["companies"].draw(self.rng))
        return [Company(company_name(number), number + 1) for number in drawn]

    def _countries(self, language: str) -> list[Country]:
        home = REFERENCE.home_countries.get(language) or _ENGLISH_COUNTRIES.draw(self.rng)
        count = _LIST_SIZES["countries"].draw(self.rng)
        return [country_entry(c) for c in _COUNTRIES.draw_distinct(self.rng, count, [home])]

    def _spoken_languages(self, original: str) -> list[SpokenLanguage]:
        first = [original] if self._happens("speaks_original_language") else []
        count = _LIST_SIZES["spoken_languages"].draw(self.rng)
        return [language_entry(c) for c in _LANGUAGES.draw_distinct(self.rng, count, first)]

    def _keywords(self, fame: float) -> list[Named]:
        normal = self._correlated(fame, REFERENCE.correlations["fame_credits"])
        count = round(_QUANTILES["keywords"].at(normal_cdf(normal)))
        drawn = self._distinct_ranks("keywords", count)
        return [Named(number + 1, keyword_name(number)) for number in drawn]

    def _credit_count(self, file: str, fame: float) -> int:
        median, deviation, largest = REFERENCE.credit_sizes[file]
        normal = self._correlated(fame, REFERENCE.correlations["fame_credits"])
        return min(largest, max(1, round(median * math.exp(deviation * normal))))

    def _cast(self, fame: float) -> list[CastMember]:
        if self._happens("empty_cast"):
            return []
        start = int(self._happens("cast_counted_from_1"))
        size = self._credit_count("cast", fame)
        return [self.cast_member(self.rank("actors"), start + order) for order in range(size)]

    def _crew(self, fame: float) -> list[CrewMember]:
        # The most frequent directors, crew and actors are to be different people.
        crew = [
            self.crew_member(self.rank("directors") * 3 + 1, "Director", "Directing")
            for _ in range(_LIST_SIZES["directors"].draw(self.rng))
        ]
        if crew:
            crew += [
                self.crew_member(self.rank("crew") * 2 + 7, *_JOBS.draw(self.rng))
                for _ in range(self._credit_count("crew", fame))
            ]
        return crew

    def _tagline(self) -> str:
        if not self._happens("tagline"):
            return ""
        return self._sentence(round(self._random_quantile("tagline_words")))

    def _sentence(self, words: int) -> str:
        drawn = [self.vocabulary[self.rank("words")] for _ in range(words)]
        return " ".join(drawn).capitalize() + "."

    def _overview(self) -> str:
        rng = self.rng
        if not self._happens("overview"):
            return ""
        left = round(self._random_quantile("overview_words"))
        sentences = []
        while left > 0:
            length = min(left, rng.randint(*_SENTENCE_WORDS))
            sentences.append(self._sentence(length))
            left -= length
        if self._happens("quotation"):
            sentences[-1] = f'"{sentences[-1]}"'
        if self._happens("accented_name"):
            name = word(rng.randrange(16, 4_000), WORDS.accented_syllables).capitalize()
            sentences[0] = f"{name} {sentences[0]}"
        return " ".join(sentences)


def _profile_path(person: int) -> str | None:
    return image_path(person) if has_image(person + 1) else None
