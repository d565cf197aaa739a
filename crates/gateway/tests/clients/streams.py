"""Streams with chosen cuts: makes the obedient provider send given pieces, and reads what comes out of the gateway.

Invariant: the pieces reach the gateway as one event each, so that every cut of a text can be tried.
"""

import json
import os

import httpx

from cases import ANTHROPIC_MODEL, BASE_URL, KEY, MODEL

PROVIDER_URL = os.environ["PROVIDER_URL"].rstrip("/")
SCRIPT = "cuts"

_client = httpx.Client(timeout=10)


def _say(text):
    return {"text": text}


class Surface:
    """A way to ask: path, request, the provider's answer and events, and where a client reads the text in both."""

    def __init__(self, path, request, events, whole, delta, answer=_say):
        self.path, self.request, self.events, self.whole, self.delta = path, request, events, whole, delta
        self.script = answer

    def answer(self, text):
        """What a client reads when the provider's answer is `text`, at once."""
        return self.whole(self._ask({"answer": self.script(text)}).json())

    def stream(self, pieces):
        """What a client reads, delta by delta, when the provider streams these pieces."""
        response = self._ask({"events": list(self.events(list(pieces)))}, stream=True)
        lines = [line[6:] for line in response.text.splitlines() if line.startswith("data: ")]
        return [self.delta(json.loads(line)) or "" for line in lines if line != "[DONE]"]

    def _ask(self, script, **more):
        _client.put(f"{PROVIDER_URL}/__scripts/{SCRIPT}", content=json.dumps(script)).raise_for_status()
        headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2023-06-01"}
        response = _client.post(BASE_URL + self.path, json={**self.request, **more}, headers=headers)
        response.raise_for_status()
        return response


def _messages():
    return [{"role": "user", "content": f"run script {SCRIPT}"}]


def _chat_events(delta, reason):
    """The events of a chat: `delta` says where in a chunk a piece stands."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "demo"}

    def chunk(delta, reason=None):
        return {"data": {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}}

    def events(pieces):
        yield chunk({"role": "assistant", "content": ""})
        yield from (chunk(delta(piece, number == 0)) for number, piece in enumerate(pieces))
        yield chunk({}, reason)
        yield {"data": "[DONE]"}

    return events


def _tool_delta(piece, is_first):
    call = {"index": 0, "function": {"arguments": piece}}
    if is_first:
        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "note", "arguments": piece}}
    return {"tool_calls": [call]}


def _completion_events(pieces):
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "demo"}

    def chunk(text, reason=None):
        return {"data": {**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]}}

    yield from (chunk(piece) for piece in pieces)
    yield chunk("", "stop")
    yield {"data": "[DONE]"}


def _named(data):
    return {"event": data["type"], "data": data}


def _message_events(block, delta, reason="end_turn"):
    """The events of a message: `block` is the empty content block, `delta` what a piece stands in."""
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "demo-claude", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
    }

    def events(pieces):
        yield _named({"type": "message_start", "message": message})
        yield _named({"type": "content_block_start", "index": 0, "content_block": block})
        yield from (_named({"type": "content_block_delta", "index": 0, "delta": delta(piece)}) for piece in pieces)
        yield _named({"type": "content_block_stop", "index": 0})
        ending = {"stop_reason": reason, "stop_sequence": None}
        yield _named({"type": "message_delta", "delta": ending, "usage": {"output_tokens": 9}})
        yield _named({"type": "message_stop"})

    return events


def _response_events(pieces):
    text = "".join(pieces)
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": text, "annotations": []}
    empty = {**part, "text": ""}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    begun = {**item, "status": "in_progress", "content": []}
    response = {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "demo", "output": [item],
    }
    events = [
        {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        {"type": "response.content_part.added", **place, "part": empty},
        *({"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in pieces),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]
    yield from (_named({**event, "sequence_number": number}) for number, event in enumerate(events))


def _delta(event):
    choices = event.get("choices")
    return choices[0].get("delta", {}) if choices else {}


def _tool_text(event):
    return "".join(call["function"].get("arguments", "") for call in _delta(event).get("tool_calls") or [])


def _chat(events, whole, delta, answer=_say):
    request = {"model": MODEL, "messages": _messages()}
    return Surface(
        "/v1/chat/completions", request, events, lambda body: whole(body["choices"][0]["message"]), delta, answer
    )


def _message(events, whole, name, answer=_say):
    request = {"model": ANTHROPIC_MODEL, "max_tokens": 512, "messages": _messages()}
    return Surface(
        "/v1/messages", request, events, lambda body: whole(body["content"][0]),
        lambda event: event["delta"].get(name) if event["type"] == "content_block_delta" else "", answer,
    )


def _note(text):
    return {"tools": [{"name": "note", "arguments": text}]}


SURFACES = {
    "chat": _chat(
        _chat_events(lambda piece, _: {"content": piece}, "stop"),
        lambda message: message["content"], lambda event: _delta(event).get("content"),
    ),
    "chat_reasoning": _chat(
        _chat_events(lambda piece, _: {"reasoning_content": piece}, "stop"),
        lambda message: message["reasoning_content"], lambda event: _delta(event).get("reasoning_content"),
        lambda text: {"reasoning": text, "text": "done"},
    ),
    "chat_tool": _chat(
        _chat_events(_tool_delta, "tool_calls"),
        lambda message: message["tool_calls"][0]["function"]["arguments"], _tool_text, _note,
    ),
    "completions": Surface(
        "/v1/completions", {"model": MODEL, "prompt": f"run script {SCRIPT}"}, _completion_events,
        lambda body: body["choices"][0]["text"],
        lambda event: event["choices"][0].get("text") if event.get("choices") else "",
    ),
    "messages": _message(
        _message_events({"type": "text", "text": ""}, lambda piece: {"type": "text_delta", "text": piece}),
        lambda block: block["text"], "text",
    ),
    "messages_thinking": _message(
        _message_events(
            {"type": "thinking", "thinking": "", "signature": ""},
            lambda piece: {"type": "thinking_delta", "thinking": piece},
        ),
        lambda block: block["thinking"], "thinking", lambda text: {"reasoning": text, "text": "done"},
    ),
    "messages_tool": _message(
        _message_events(
            {"type": "tool_use", "id": "toolu_1", "name": "note", "input": {}},
            lambda piece: {"type": "input_json_delta", "partial_json": piece}, "tool_use",
        ),
        lambda block: json.dumps(block["input"], ensure_ascii=False), "partial_json", _note,
    ),
    "responses": Surface(
        "/v1/responses", {"model": MODEL, "input": f"run script {SCRIPT}"}, _response_events,
        lambda body: body["output"][0]["content"][0]["text"],
        lambda event: event["delta"] if event["type"] == "response.output_text.delta" else "",
    ),
}
