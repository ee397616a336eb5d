"""Who speaks of a consent: the performer in the document, the page to the performer, or the page about them. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """Pronouns and the verbs that go with them, for `str.format`."""

    i: str
    me: str
    my: str
    am: str
    have: str
    do: str

    def say(self, text: str) -> str:
        """`text` with its pronouns; a sentence begins with a capital."""
        said = text.format(i=self.i, me=self.me, my=self.my, am=self.am, have=self.have, do=self.do)
        return said[:1].upper() + said[1:]


I = Voice("I", "me", "my", "am", "have", "do")  # noqa: E741 - it is the word
YOU = Voice("you", "you", "your", "are", "have", "do")
THEY = Voice("they", "them", "their", "are", "have", "do")
