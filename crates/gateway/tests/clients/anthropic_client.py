"""The official Anthropic SDK for Python as a client: messages plain and streamed, and every error it knows."""

import json

import anthropic
from anthropic import Anthropic
from pydantic import BaseModel

from cases import (
    ANTHROPIC_MODEL, BASE_URL, BLOCKED_QUESTION, KEY, LEAKING, LIMITED_MODEL, OPERATOR, SECRET_QUESTION, case, equal,
    no_token, post_raw, raises, run,
)

calls = []
http_client = anthropic.DefaultHttpxClient(event_hooks={"request": [lambda request: calls.append(request.url.path)]})
client = Anthropic(base_url=BASE_URL, api_key=KEY, http_client=http_client)

WEATHER = {
    "name": "get_weather",
    "description": "Says how the weather is in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Person(BaseModel):
    name: str
    age: int


def body(content, **more):
    return {"model": ANTHROPIC_MODEL, "max_tokens": 512, "messages": [{"role": "user", "content": content}], **more}


def ask(content, **more):
    return client.messages.create(**body(content, **more))


def final(content, **more):
    """The message a stream adds up to."""
    with client.messages.stream(**body(content, **more)) as stream:
        return stream.get_final_message()


@case
def plain():
    answer = ask("What is 17 * 23?", system="Be brief.")
    equal((answer.content[0].text, answer.stop_reason), ("The result is 391.", "end_turn"))
    assert answer.usage.input_tokens > 0 and answer._request_id, "no usage or request-id"


@case
def streamed():
    with client.messages.stream(**body("Say: Grüße, 早安, 🗼!")) as stream:
        equal("".join(stream.text_stream), "Grüße, 早安, 🗼!")
        equal(stream.get_final_message().stop_reason, "end_turn")


@case
def streamed_events():
    kinds = [event.type for event in ask("Say hello", stream=True)]
    equal((kinds[0], kinds[-1]), ("message_start", "message_stop"))
    assert "content_block_delta" in kinds


@case
def thinking():
    for answer in (ask("Think about cats, then say miaow."), final("Think about cats, then say miaow.")):
        equal([block.type for block in answer.content], ["thinking", "text"])
        assert "cats" in answer.content[0].thinking and answer.content[0].signature
        equal(answer.content[1].text, "miaow")


@case
def tools():
    question = 'Call get_weather with {"city":"Lisbon"}'
    for answer in (ask(question, tools=[WEATHER]), final(question, tools=[WEATHER])):
        call = answer.content[0]
        equal((answer.stop_reason, call.name, call.input), ("tool_use", "get_weather", {"city": "Lisbon"}))
        result = [{"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees"}]
        messages = [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer.content},
            {"role": "user", "content": result},
        ]
        answer = client.messages.create(model=ANTHROPIC_MODEL, max_tokens=512, messages=messages, tools=[WEATHER])
        assert "18 degrees" in answer.content[0].text


@case
def structured():
    answer = client.messages.parse(**body("Say Ada"), output_format=Person)
    equal(answer.parsed_output.name, "Ada")


@case
def refusal():
    equal(ask("Please refuse to answer.").stop_reason, "refusal")
    equal(final("Please refuse to answer.").stop_reason, "refusal")


@case
def count_tokens():
    request = body("Say hello")
    del request["max_tokens"]
    assert client.messages.count_tokens(**request).input_tokens > 0


@case
def bad_key():
    wrong = client.with_options(api_key="bad-key")
    error = raises(anthropic.AuthenticationError, lambda: wrong.messages.create(**body("hello")))
    equal((error.status_code, error.body["error"]["type"]), (401, "authentication_error"))


@case
def unknown_model():
    request = {**body("hello"), "model": "unknown-model"}
    error = raises(anthropic.NotFoundError, lambda: client.messages.create(**request))
    equal(error.body["error"]["type"], "not_found_error")


@case
def rate_limited():
    impatient = client.with_options(max_retries=0)
    request = {**body("hello"), "model": LIMITED_MODEL}
    error = raises(anthropic.RateLimitError, lambda: impatient.messages.create(**request))
    found = (error.status_code, error.body["error"]["type"], error.response.headers["retry-after"])
    equal(found, (429, "rate_limit_error", "1"))


@case
def malformed_body():
    status, answer = post_raw("/v1/messages", b'{"model":', {"x-api-key": KEY, "anthropic-version": "2023-06-01"})
    answer = json.loads(answer)
    equal((status, answer["type"], answer["error"]["type"]), (400, "error", "invalid_request_error"))


@case(gateway=True)
def too_large():
    calls.clear()
    error = raises(anthropic.APIStatusError, lambda: ask("long " * 2_000_000))
    equal((error.status_code, error.body["type"], len(calls)), (413, "error", 1))


@case(gateway=True)
def blocked_prompt():
    calls.clear()
    error = raises(anthropic.BadRequestError, lambda: ask(BLOCKED_QUESTION))
    equal((error.status_code, error.body["error"]["type"], len(calls)), (400, "invalid_request_error", 1))
    assert "I OBEY" not in str(error.body), "the prompt was echoed"


@case(gateway=True)
def blocked_prompt_streamed():
    calls.clear()
    error = raises(anthropic.BadRequestError, lambda: final(BLOCKED_QUESTION))
    equal((error.status_code, len(calls)), (400, 1))


@case(gateway=True)
def masked_secret():
    text = ask(SECRET_QUESTION).content[0].text
    no_token(text)
    assert text.startswith("The token is "), text


@case(gateway=True)
def masked_secret_streamed():
    answer = final(SECRET_QUESTION)
    no_token(answer.model_dump_json())
    assert answer.stop_reason, "the stream has no stop reason"


@case(gateway=True)
def masked_secret_in_thinking_streamed():
    answer = final("Think about the deploy token, then say ready.")
    no_token(answer.model_dump_json())
    assert answer.stop_reason, "the stream has no stop reason"


@case(gateway=True)
def leak_stopped_in_the_middle_of_a_stream():
    text, reason = "", None
    try:
        for event in ask(LEAKING, system=OPERATOR, stream=True):
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                text += event.delta.text
            if event.type == "message_delta":
                reason = event.delta.stop_reason
    except anthropic.APIError:
        reason = "refusal"
    equal(reason, "refusal")
    assert "Never mention the night ferry" not in text, text


if __name__ == "__main__":
    run()
