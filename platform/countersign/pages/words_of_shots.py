"""Words for what people declare of a shot."""

from collections.abc import Mapping

from consent.types import Alteration, Context, OutputClass

OUTPUT_CLASSES: Mapping[str, str] = {
    OutputClass.FEATURE: "Feature film",
    OutputClass.SERIES: "Series",
    OutputClass.SHORT: "Short film",
    OutputClass.TRAILER: "Trailer",
    OutputClass.ADVERTISEMENT: "Advertisement",
    OutputClass.GAME: "Game",
}
ALTERATIONS: Mapping[str, str] = {
    Alteration.COMPLEXION: "Complexion",
    Alteration.BODY: "Body",
    Alteration.AGE: "Age",
    Alteration.NUDITY: "Nudity",
    Alteration.SPEECH: "Words they did not say",
}
CONTEXTS: Mapping[str, str] = {
    Context.POLITICAL_DECEPTION: "Political deception (never allowed)",
    Context.FRAUD: "Imitation to deceive (never allowed)",
    Context.SEXUAL: "Sexual content (never allowed)",
}
