"""The judge `chunk-invariance`: however an answer is cut into chunks, a client reads what it reads of the whole answer.

The judge cuts a text in every way it is asked for; the provider streams the pieces; the gateway is the filter. Needs
`PROVIDER_URL` and a policy that masks personal data and secrets in answers.
"""

import json

from chunk_invariance import assert_chunk_invariant

from cases import case, run
from credential import aws_access_key, github_token
from streams import SURFACES

# Answers with something to mask in them.
SAMPLES = {
    "GITHUB": f"The token is {github_token()}, keep it.",
    "AWS": f"id = {aws_access_key()}.",
    "EMAIL": "Write to ada.lovelace@example.com today.",
    "CARD": "Pay with 4111 1111 1111 1111, please.",
    "PHONE": "Call +44 20 7946 0958 or come by.",
    "IBAN": "Pay to DE89 3704 0044 0532 0130 00 now.",
    "SSN": "My SSN is 536-22-8145, as you know.",
    "SCRIPTS": "Grüße 🗼 von ada@example.com 早安!",
    "NOTHING": "Nothing in here is anybody's business.",
}


def invariant(surface, text, splits="all-two-part"):
    surface = SURFACES[surface]
    assert_chunk_invariant(surface.stream, surface.answer, text, splits=splits)


def masks(surface, text):
    """The judge passes a filter that does nothing, so what it filters is asked for by itself."""
    answer = SURFACES[surface].answer(text)
    assert ("REDACTED" in answer) == (SAMPLES["NOTHING"] not in text), answer


def register(surface, label, text):
    def two_parts():
        masks(surface, text)
        invariant(surface, text)

    def one_character_each():
        invariant(surface, text, [list(text)])

    for function in (two_parts, one_character_each):
        function.__name__ = f"{surface}_{label.lower()}_{function.__name__}"
        case(function)


for name in SURFACES:
    for label, text in SAMPLES.items():
        if name == "chat" or label in ("GITHUB", "EMAIL"):
            # The arguments of a function are JSON, and it is their text that is cut.
            register(name, label, json.dumps({"note": text}) if name.endswith("_tool") else text)


@case
def chat_email_three_parts():
    invariant("chat", "to a.b@example.com, now", 3)


if __name__ == "__main__":
    run()
