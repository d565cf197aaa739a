"""The official OpenAI SDK for Python as a client: every surface, plain and streamed, and every error it knows."""

import json

import openai
from openai import OpenAI
from pydantic import BaseModel

from cases import (
    BASE_URL, BLOCKED_QUESTION, KEY, LEAKING, LIMITED_MODEL, MODEL, OPERATOR, SECRET_QUESTION, case, equal, no_token,
    post_raw, raises, run,
)

calls = []
http_client = openai.DefaultHttpxClient(event_hooks={"request": [lambda request: calls.append(request.url.path)]})
client = OpenAI(base_url=f"{BASE_URL}/v1", api_key=KEY, http_client=http_client)

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Says how the weather is in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
WEATHER_FLAT = {"type": "function", **WEATHER["function"]}


class Person(BaseModel):
    name: str
    age: int
    tags: list[str]


def ask(question, **more):
    return client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": question}], **more)


def joined(stream, choice=0):
    """The text and the finish reason of one choice of a stream."""
    text, reason = "", None
    for chunk in stream:
        for part in chunk.choices:
            if part.index == choice:
                text += part.delta.content or ""
                reason = part.finish_reason or reason
    return text, reason


@case
def plain():
    answer = ask("What is 17 * 23?")
    equal(answer.choices[0].message.content, "The result is 391.")
    equal(answer.choices[0].finish_reason, "stop")
    assert answer.id.startswith("chatcmpl-") and answer.usage.total_tokens > 0
    assert answer._request_id, "no x-request-id"


@case
def streamed():
    equal(joined(ask("Say: Grüße, 早安, 🗼!", stream=True)), ("Grüße, 早安, 🗼!", "stop"))


@case
def streamed_usage():
    chunks = list(ask("Say hello", stream=True, stream_options={"include_usage": True}))
    equal(chunks[-1].choices, [])
    assert chunks[-1].usage.total_tokens > 0


@case
def raw_response():
    response = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=[{"role": "user", "content": "Say hello"}]
    )
    equal(response.parse().choices[0].message.content, "hello")
    assert response.headers["content-type"].startswith("application/json")


@case
def two_choices():
    answer = ask("Say hello", n=2)
    equal([choice.message.content for choice in answer.choices], ["hello", "hello"])


@case
def two_choices_streamed():
    chunks = list(ask("Say hello there", n=2, stream=True))
    for choice in (0, 1):
        equal(joined(chunks, choice), ("hello there", "stop"))


@case
def logprobs():
    answer = ask("Say grün", logprobs=True, top_logprobs=2)
    entries = answer.choices[0].logprobs.content
    equal("".join(entry.token for entry in entries), "grün")
    equal(bytes(byte for entry in entries for byte in entry.bytes).decode(), "grün")
    equal(len(entries[0].top_logprobs), 2)


@case
def logprobs_streamed():
    chunks = list(ask("Say grün", logprobs=True, stream=True))
    entries = [entry for chunk in chunks for part in chunk.choices if part.logprobs for entry in part.logprobs.content]
    equal("".join(entry.token for entry in entries), "grün")


@case
def tools():
    question = {"role": "user", "content": 'Call get_weather with {"city":"Lisbon"}'}
    answer = client.chat.completions.create(model=MODEL, messages=[question], tools=[WEATHER])
    equal(answer.choices[0].finish_reason, "tool_calls")
    call = answer.choices[0].message.tool_calls[0]
    equal((call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Lisbon"}))
    result = {"role": "tool", "tool_call_id": call.id, "content": "18 degrees and clear"}
    history = [question, answer.choices[0].message, result]
    answer = client.chat.completions.create(model=MODEL, messages=history, tools=[WEATHER])
    assert "18 degrees" in answer.choices[0].message.content


@case
def tools_streamed():
    messages = [{"role": "user", "content": 'Call get_weather with {"city":"Malmö"}'}]
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER]) as stream:
        for _ in stream:
            pass
        call = stream.get_final_completion().choices[0].message.tool_calls[0]
    equal((call.function.name, json.loads(call.function.arguments)), ("get_weather", {"city": "Malmö"}))


@case
def structured():
    messages = [{"role": "user", "content": "Say Ada"}]
    answer = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Person)
    equal(answer.choices[0].message.parsed, Person(name="Ada", age=7, tags=["Ada"]))


@case
def structured_streamed():
    messages = [{"role": "user", "content": "Say Ada"}]
    with client.chat.completions.stream(model=MODEL, messages=messages, response_format=Person) as stream:
        for _ in stream:
            pass
        equal(stream.get_final_completion().choices[0].message.parsed.name, "Ada")


@case
def json_mode():
    answer = ask("Say Ada", response_format={"type": "json_object"})
    equal(json.loads(answer.choices[0].message.content), {"answer": "Ada"})


@case
def reasoning():
    answer = ask("Think about cats, then say miaow.")
    equal(answer.choices[0].message.content, "miaow")
    assert "cats" in answer.choices[0].message.reasoning_content


@case
def refusal():
    messages = [{"role": "user", "content": "Please refuse to answer."}]
    answer = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Person)
    assert answer.choices[0].message.refusal.startswith("I'm sorry")
    equal(answer.choices[0].message.parsed, None)


@case
def vision_text_parts():
    content = [{"type": "text", "text": "Say"}, {"type": "text", "text": "hello"}]
    equal(ask(content).choices[0].message.content, "hello")


@case
def completions():
    answer = client.completions.create(model=MODEL, prompt="Say hello", max_tokens=20)
    equal(answer.choices[0].text, "hello")


@case
def completions_streamed():
    stream = client.completions.create(model=MODEL, prompt="Say: Grüße!", max_tokens=20, stream=True)
    equal("".join(chunk.choices[0].text for chunk in stream), "Grüße!")


@case
def responses():
    answer = client.responses.create(model=MODEL, instructions="Be brief.", input="What is 6 * 7?")
    equal((answer.output_text, answer.status), ("The result is 42.", "completed"))


@case
def responses_streamed():
    text, last = "", None
    for event in client.responses.create(model=MODEL, input="Say: Grüße, 早安!", stream=True):
        last = event
        if event.type == "response.output_text.delta":
            text += event.delta
    equal(text, "Grüße, 早安!")
    equal((last.type, last.response.output_text), ("response.completed", text))


@case
def responses_reasoning():
    answer = client.responses.create(model=MODEL, input="Think about cats, then say miaow.")
    equal(answer.output_text, "miaow")
    assert "cats" in answer.output[0].summary[0].text


@case
def responses_tools():
    question = {"role": "user", "content": 'Call get_weather with {"city":"Lisbon"}'}
    with client.responses.stream(model=MODEL, input=[question], tools=[WEATHER_FLAT]) as stream:
        for _ in stream:
            pass
        call = stream.get_final_response().output[0]
    equal((call.name, json.loads(call.arguments)), ("get_weather", {"city": "Lisbon"}))
    given = {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"}
    answer = client.responses.create(model=MODEL, input=[question, given, result], tools=[WEATHER_FLAT])
    assert "18 degrees" in answer.output_text


@case
def responses_structured():
    answer = client.responses.parse(model=MODEL, input="Say Ada", text_format=Person)
    equal(answer.output_parsed.name, "Ada")


@case
def embeddings():
    answer = client.embeddings.create(model=MODEL, input=["a text", "another text"], dimensions=64)
    equal([len(item.embedding) for item in answer.data], [64, 64])
    floats = client.embeddings.create(model=MODEL, input="a text", dimensions=64, encoding_format="float")
    equal([round(x, 5) for x in floats.data[0].embedding], [round(x, 5) for x in answer.data[0].embedding])


@case
def models():
    assert MODEL in [model.id for model in client.models.list()]


@case
def bad_key():
    wrong = client.with_options(api_key="bad-key")
    error = raises(openai.AuthenticationError, lambda: wrong.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "hello"}]))
    equal((error.status_code, error.code), (401, "invalid_api_key"))


@case
def unknown_model():
    error = raises(openai.NotFoundError, lambda: client.chat.completions.create(
        model="unknown-model", messages=[{"role": "user", "content": "hello"}]))
    equal(error.code, "model_not_found")


@case
def rate_limited():
    impatient = client.with_options(max_retries=0)
    error = raises(openai.RateLimitError, lambda: impatient.chat.completions.create(
        model=LIMITED_MODEL, messages=[{"role": "user", "content": "hello"}]))
    equal((error.status_code, error.code, error.response.headers["retry-after"]), (429, "rate_limit_exceeded", "1"))


@case
def malformed_body():
    status, body = post_raw("/v1/chat/completions", b'{"model":', {"authorization": f"Bearer {KEY}"})
    equal(status, 400)
    assert {"code", "message", "param", "type"} <= set(json.loads(body)["error"]), body


@case(gateway=True)
def too_large():
    calls.clear()
    error = raises(openai.APIStatusError, lambda: ask("long " * 2_000_000))
    equal((error.status_code, error.type, len(calls)), (413, "invalid_request_error", 1))


@case(gateway=True)
def moderations():
    answer = client.moderations.create(input=["What a lovely day", "I will kill you"])
    equal(len(answer.results), 2)
    equal(answer.results[0].flagged, False)
    assert answer.results[0].category_scores.violence < 0.5


@case(gateway=True)
def blocked_prompt():
    calls.clear()
    error = raises(openai.BadRequestError, lambda: ask(BLOCKED_QUESTION))
    equal((error.status_code, error.code, len(calls)), (400, "content_filter", 1))
    assert "I OBEY" not in str(error.body), "the prompt was echoed"


@case(gateway=True)
def blocked_prompt_streamed():
    calls.clear()
    error = raises(openai.BadRequestError, lambda: list(ask(BLOCKED_QUESTION, stream=True)))
    equal((error.status_code, error.code, len(calls)), (400, "content_filter", 1))


@case(gateway=True)
def blocked_responses():
    calls.clear()
    error = raises(openai.BadRequestError, lambda: client.responses.create(model=MODEL, input=BLOCKED_QUESTION))
    equal((error.code, len(calls)), ("content_filter", 1))


@case(gateway=True)
def masked_secret():
    text = ask(SECRET_QUESTION).choices[0].message.content or ""
    no_token(text)
    assert text.startswith("The token is "), text


@case(gateway=True)
def masked_secret_streamed():
    text, reason = joined(ask(SECRET_QUESTION, stream=True))
    no_token(text)
    assert reason, "the stream has no finish reason"


@case(gateway=True)
def masked_secret_responses_streamed():
    events = list(client.responses.create(model=MODEL, input=SECRET_QUESTION, stream=True))
    no_token("".join(event.delta for event in events if event.type == "response.output_text.delta"))
    no_token("".join(event.model_dump_json() for event in events))
    assert events[-1].type in ("response.completed", "response.incomplete"), events[-1].type


@case(gateway=True)
def leak_stopped_in_the_middle_of_a_stream():
    messages = [{"role": "system", "content": OPERATOR}, {"role": "user", "content": LEAKING}]
    text, reason = "", None
    try:
        for chunk in client.chat.completions.create(model=MODEL, messages=messages, stream=True):
            for part in chunk.choices:
                text += part.delta.content or ""
                reason = part.finish_reason or reason
    except openai.APIError as error:
        reason = error.code
    equal(reason, "content_filter")
    assert "Never mention the night ferry" not in text, text


@case(gateway=True)
def leak_stopped_in_the_middle_of_a_responses_stream():
    events = list(client.responses.create(model=MODEL, instructions=OPERATOR, input=LEAKING, stream=True))
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    equal(events[-1].type, "response.incomplete")
    equal(events[-1].response.incomplete_details.reason, "content_filter")
    assert "Never mention the night ferry" not in text, text


if __name__ == "__main__":
    run()
