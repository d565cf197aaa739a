"""The official SDKs for Python before limits: they wait as long as they are told, and give up where waiting is of no use.

The gateway lets pass one request in a second of `MODEL`, one a day of `sturdy`, and one in a second of `ANTHROPIC_MODEL`.
"""

import time

import anthropic
import openai

from cases import ANTHROPIC_MODEL, BASE_URL, KEY, MODEL, case, equal, raises, run

calls = []
hooks = {"request": [lambda request: calls.append(request.url.path)]}
client = openai.OpenAI(
    base_url=f"{BASE_URL}/v1", api_key=KEY, http_client=openai.DefaultHttpxClient(event_hooks=hooks), max_retries=2
)
claude = anthropic.Anthropic(
    base_url=BASE_URL, api_key=KEY, http_client=anthropic.DefaultHttpxClient(event_hooks=hooks), max_retries=2
)


def ask(model, client=client):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Say hello"}])


def asked(call):
    """What a call returns, how often it asked, and how long it took."""
    calls.clear()
    begun = time.monotonic()
    answer = call()
    return answer, len(calls), time.monotonic() - begun


@case(gateway=True)
def openai_waits_as_long_as_it_is_told():
    ask(MODEL)
    answer, count, seconds = asked(lambda: ask(MODEL))
    equal((answer.choices[0].message.content, count), ("hello", 2))
    # Retry-After is in whole seconds; without it the SDK would have waited half of one.
    assert 1.0 <= seconds < 3.0, seconds


@case(gateway=True)
def openai_sees_what_is_left():
    time.sleep(1.1)
    headers = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=[{"role": "user", "content": "Say hello"}]
    ).headers
    equal((headers["x-ratelimit-limit-requests"], headers["x-ratelimit-remaining-requests"]), ("1", "0"))
    assert headers["x-ratelimit-reset-requests"] in {"1s", "2s"} or headers["x-ratelimit-reset-requests"].endswith("ms")


@case(gateway=True)
def openai_does_not_ask_again_when_a_budget_is_used_up():
    ask("sturdy")
    calls.clear()
    error = raises(openai.RateLimitError, lambda: ask("sturdy"))
    equal((error.code, error.type, len(calls)), ("insufficient_quota", "rate_limit_error", 1))
    assert "budget `day`" in error.message, error.message


@case(gateway=True)
def anthropic_waits_as_long_as_it_is_told():
    def ask_claude():
        return claude.messages.create(
            model=ANTHROPIC_MODEL, max_tokens=20, messages=[{"role": "user", "content": "Say hello"}]
        )

    ask_claude()
    answer, count, seconds = asked(ask_claude)
    equal((answer.content[0].text, count), ("hello", 2))
    assert 1.0 <= seconds < 3.0, seconds


run()
