"""What people call the countries and languages that consents name by codes; others are written by their code. Pure."""

from collections.abc import Iterable, Mapping

NAMES: Mapping[str, str] = {
    "GB": "United Kingdom",
    "IE": "Ireland",
    "US": "United States",
    "CA": "Canada",
    "MX": "Mexico",
    "BR": "Brazil",
    "FR": "France",
    "DE": "Germany",
    "AT": "Austria",
    "CH": "Switzerland",
    "ES": "Spain",
    "IT": "Italy",
    "NL": "Netherlands",
    "SE": "Sweden",
    "PL": "Poland",
    "IN": "India",
    "CN": "China",
    "JP": "Japan",
    "KR": "South Korea",
    "AU": "Australia",
    "NZ": "New Zealand",
    "ZA": "South Africa",
}

LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "sv": "Swedish",
    "pl": "Polish",
    "ja": "Japanese",
    "ko": "Korean",
    "zh": "Chinese",
    "hi": "Hindi",
    "ga": "Irish",
    "cy": "Welsh",
}


def spoken(tags: Iterable[str]) -> str:
    """The languages by name and tag (BCP 47)."""
    return ", ".join(f"{LANGUAGES[one]} ({tag})" if (one := tag.split("-")[0]) in LANGUAGES else tag for tag in tags)


def named(codes: Iterable[str]) -> str:
    """The countries by name and code."""
    return ", ".join(f"{NAMES[code]} ({code})" if code in NAMES else code for code in codes)
