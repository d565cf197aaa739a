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


class Surface:
    """A way to ask: its path, the request, and the provider's events."""

    def __init__(self, path, request, events, whole, delta):
        self.path, self.request, self.events, self.whole, self.delta = path, request, events, whole, delta

    def answer(self, text):
        """What a client reads when the provider's answer is `text`, at once."""
        return self.whole(self._ask({"answer": {"text": text}}).json())

    def stream(self, pieces):
        """What a client reads, delta by delta, when the provider streams these pieces."""
        script = {"events": [event for event in self.events(list(pieces))]}
        response = self._ask(script, stream=True)
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


def _chat_events(pieces):
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "demo"}

    def chunk(delta, reason=None):
        return {"data": {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}}

    yield chunk({"role": "assistant", "content": ""})
    yield from (chunk({"content": piece}) for piece in pieces)
    yield chunk({}, "stop")
    yield {"data": "[DONE]"}


def _completion_events(pieces):
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "demo"}

    def chunk(text, reason=None):
        return {"data": {**head, "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]}}

    yield from (chunk(piece) for piece in pieces)
    yield chunk("", "stop")
    yield {"data": "[DONE]"}


def _named(data):
    return {"event": data["type"], "data": data}


def _message_events(pieces):
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "demo-claude", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
    }
    yield _named({"type": "message_start", "message": message})
    yield _named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for piece in pieces:
        yield _named({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}})
    yield _named({"type": "content_block_stop", "index": 0})
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _named({"type": "message_delta", "delta": ending, "usage": {"output_tokens": 9}})
    yield _named({"type": "message_stop"})


def _response_events(pieces):
    text = "".join(pieces)
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    part = {"type": "output_text", "text": text, "annotations": []}
    empty = {**part, "text": ""}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    response = {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "demo", "output": [item],
    }
    events = [
        {"type": "response.created", "response": {**response, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress", "content": []}},
        {"type": "response.content_part.added", **place, "part": empty},
        *({"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in pieces),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]
    yield from (_named({**event, "sequence_number": number}) for number, event in enumerate(events))


def _choice(event):
    return event["choices"][0] if event.get("choices") else {}


SURFACES = {
    "chat": Surface(
        "/v1/chat/completions", {"model": MODEL, "messages": _messages()}, _chat_events,
        lambda body: body["choices"][0]["message"]["content"], lambda event: _choice(event).get("delta", {}).get("content"),
    ),
    "completions": Surface(
        "/v1/completions", {"model": MODEL, "prompt": f"run script {SCRIPT}"}, _completion_events,
        lambda body: body["choices"][0]["text"], lambda event: _choice(event).get("text"),
    ),
    "messages": Surface(
        "/v1/messages", {"model": ANTHROPIC_MODEL, "max_tokens": 512, "messages": _messages()}, _message_events,
        lambda body: body["content"][0]["text"],
        lambda event: event["delta"].get("text") if event["type"] == "content_block_delta" else "",
    ),
    "responses": Surface(
        "/v1/responses", {"model": MODEL, "input": f"run script {SCRIPT}"}, _response_events,
        lambda body: body["output"][0]["content"][0]["text"],
        lambda event: event["delta"] if event["type"] == "response.output_text.delta" else "",
    ),
}
