// The official OpenAI SDK for Node as a client: every surface, plain and streamed, and every error it knows.

import assert from "node:assert/strict";

import {
  BASE_URL, BLOCKED_QUESTION, KEY, LEAKING, LIMITED_MODEL, MODEL, OPERATOR, PERSON, SECRET_QUESTION,
  all, cases, gatewayCases, load, noToken, postRaw, raises, run,
} from "./cases.mjs";

const OpenAI = load("openai");

const calls = [];
const counted = (url, init) => {
  calls.push(String(url));
  return fetch(url, init);
};
const client = new OpenAI({ baseURL: `${BASE_URL}/v1`, apiKey: KEY, fetch: counted });

const FUNCTION = {
  name: "get_weather",
  description: "Says how the weather is in a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const WEATHER = { type: "function", function: FUNCTION };
const WEATHER_FLAT = { type: "function", ...FUNCTION, strict: false };
const PERSON_FORMAT = { type: "json_schema", json_schema: { name: "Person", strict: true, schema: PERSON } };
const PERSON_TEXT_FORMAT = { type: "json_schema", name: "Person", strict: true, schema: PERSON };

const user = (content) => ({ role: "user", content });
const chat = (body, options) => client.chat.completions.create({ model: MODEL, ...body }, options);
const ask = (question, more) => chat({ messages: [user(question)], ...more });
const isPerson = (person) => assert.deepEqual(person, { name: "Ada", age: 7, tags: ["Ada"] });

// The text and the finish reason of one choice of a stream's chunks.
function joined(chunks, choice = 0) {
  const parts = chunks.flatMap((chunk) => chunk.choices).filter((part) => part.index === choice);
  const text = parts.map((part) => part.delta.content ?? "").join("");
  return [text, parts.findLast((part) => part.finish_reason)?.finish_reason ?? null];
}

// The text of a Responses stream's events.
function spoken(events) {
  return events.filter((event) => event.type === "response.output_text.delta").map((event) => event.delta).join("");
}

cases({
  async plain() {
    const answer = await ask("What is 17 * 23?");
    assert.equal(answer.choices[0].message.content, "The result is 391.");
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert(answer.id.startsWith("chatcmpl-") && answer.usage.total_tokens > 0);
    assert(answer._request_id, "no x-request-id");
  },

  async streamed() {
    const chunks = await all(await ask("Say: Grüße, 早安, 🗼!", { stream: true }));
    assert.deepEqual(joined(chunks), ["Grüße, 早安, 🗼!", "stop"]);
  },

  async streamed_usage() {
    const chunks = await all(await ask("Say hello", { stream: true, stream_options: { include_usage: true } }));
    assert.deepEqual(chunks.at(-1).choices, []);
    assert(chunks.at(-1).usage.total_tokens > 0);
  },

  async raw_response() {
    const { data, response } = await ask("Say hello").withResponse();
    assert.equal(data.choices[0].message.content, "hello");
    assert(response.headers.get("content-type").startsWith("application/json"));
  },

  async two_choices() {
    const answer = await ask("Say hello", { n: 2 });
    assert.deepEqual(answer.choices.map((choice) => choice.message.content), ["hello", "hello"]);
  },

  async two_choices_streamed() {
    const chunks = await all(await ask("Say hello there", { n: 2, stream: true }));
    for (const choice of [0, 1]) assert.deepEqual(joined(chunks, choice), ["hello there", "stop"]);
  },

  async logprobs() {
    const answer = await ask("Say grün", { logprobs: true, top_logprobs: 2 });
    const entries = answer.choices[0].logprobs.content;
    assert.equal(entries.map((entry) => entry.token).join(""), "grün");
    assert.equal(Buffer.from(entries.flatMap((entry) => entry.bytes)).toString(), "grün");
    assert.equal(entries[0].top_logprobs.length, 2);
  },

  async logprobs_streamed() {
    const chunks = await all(await ask("Say grün", { logprobs: true, stream: true }));
    const entries = chunks.flatMap((chunk) => chunk.choices).flatMap((part) => part.logprobs?.content ?? []);
    assert.equal(entries.map((entry) => entry.token).join(""), "grün");
  },

  async tools() {
    const question = user('Call get_weather with {"city":"Lisbon"}');
    const answer = await chat({ messages: [question], tools: [WEATHER] });
    assert.equal(answer.choices[0].finish_reason, "tool_calls");
    const call = answer.choices[0].message.tool_calls[0];
    assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ["get_weather", { city: "Lisbon" }]);
    const result = { role: "tool", tool_call_id: call.id, content: "18 degrees and clear" };
    const last = await chat({ messages: [question, answer.choices[0].message, result], tools: [WEATHER] });
    assert(last.choices[0].message.content.includes("18 degrees"));
  },

  async tools_streamed() {
    const body = { model: MODEL, messages: [user('Call get_weather with {"city":"Malmö"}')], tools: [WEATHER] };
    const completion = await client.chat.completions.stream(body).finalChatCompletion();
    const call = completion.choices[0].message.tool_calls[0];
    assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ["get_weather", { city: "Malmö" }]);
  },

  async structured() {
    const body = { model: MODEL, messages: [user("Say Ada")], response_format: PERSON_FORMAT };
    isPerson((await client.chat.completions.parse(body)).choices[0].message.parsed);
  },

  async structured_streamed() {
    const body = { model: MODEL, messages: [user("Say Ada")], response_format: PERSON_FORMAT };
    // Without one of the SDK's schema helpers its streams leave the parsing to the caller.
    isPerson(JSON.parse((await client.chat.completions.stream(body).finalChatCompletion()).choices[0].message.content));
  },

  async json_mode() {
    const answer = await ask("Say Ada", { response_format: { type: "json_object" } });
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { answer: "Ada" });
  },

  async reasoning() {
    const answer = await ask("Think about cats, then say miaow.");
    assert.equal(answer.choices[0].message.content, "miaow");
    assert(answer.choices[0].message.reasoning_content.includes("cats"));
  },

  async refusal() {
    const body = { model: MODEL, messages: [user("Please refuse to answer.")], response_format: PERSON_FORMAT };
    const { message } = (await client.chat.completions.parse(body)).choices[0];
    assert(message.refusal.startsWith("I'm sorry"));
    assert.equal(message.parsed, null);
  },

  async vision_text_parts() {
    const answer = await ask([{ type: "text", text: "Say" }, { type: "text", text: "hello" }]);
    assert.equal(answer.choices[0].message.content, "hello");
  },

  async completions() {
    const answer = await client.completions.create({ model: MODEL, prompt: "Say hello", max_tokens: 20 });
    assert.equal(answer.choices[0].text, "hello");
  },

  async completions_streamed() {
    const body = { model: MODEL, prompt: "Say: Grüße!", max_tokens: 20, stream: true };
    const chunks = await all(await client.completions.create(body));
    assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(""), "Grüße!");
  },

  async responses() {
    const answer = await client.responses.create({ model: MODEL, instructions: "Be brief.", input: "What is 6 * 7?" });
    assert.deepEqual([answer.output_text, answer.status], ["The result is 42.", "completed"]);
  },

  async responses_streamed() {
    const events = await all(await client.responses.create({ model: MODEL, input: "Say: Grüße, 早安!", stream: true }));
    const last = events.at(-1);
    assert.equal(spoken(events), "Grüße, 早安!");
    assert.equal(last.type, "response.completed");
    assert.equal(last.response.output[0].content[0].text, "Grüße, 早安!");
  },

  async responses_reasoning() {
    const answer = await client.responses.create({ model: MODEL, input: "Think about cats, then say miaow." });
    assert.equal(answer.output_text, "miaow");
    assert(answer.output[0].summary[0].text.includes("cats"));
  },

  async responses_tools() {
    const question = user('Call get_weather with {"city":"Lisbon"}');
    const body = { model: MODEL, input: [question], tools: [WEATHER_FLAT] };
    const call = (await client.responses.stream(body).finalResponse()).output[0];
    assert.deepEqual([call.name, JSON.parse(call.arguments)], ["get_weather", { city: "Lisbon" }]);
    const given = { type: "function_call", call_id: call.call_id, name: call.name, arguments: call.arguments };
    const result = { type: "function_call_output", call_id: call.call_id, output: "18 degrees" };
    const answer = await client.responses.create({ ...body, input: [question, given, result] });
    assert(answer.output_text.includes("18 degrees"));
  },

  async responses_structured() {
    const body = { model: MODEL, input: "Say Ada", text: { format: PERSON_TEXT_FORMAT } };
    isPerson((await client.responses.parse(body)).output_parsed);
  },

  async embeddings() {
    const answer = await client.embeddings.create({ model: MODEL, input: ["a text", "another text"], dimensions: 64 });
    assert.deepEqual(answer.data.map((item) => item.embedding.length), [64, 64]);
    const body = { model: MODEL, input: "a text", dimensions: 64, encoding_format: "float" };
    const floats = await client.embeddings.create(body);
    const rounded = (item) => item.embedding.map((number) => number.toFixed(5));
    assert.deepEqual(rounded(floats.data[0]), rounded(answer.data[0]));
  },

  async models() {
    const names = (await all(client.models.list())).map((model) => model.id);
    assert(names.includes(MODEL), names.join());
  },

  async bad_key() {
    const wrong = client.withOptions({ apiKey: "bad-key" });
    const body = { model: MODEL, messages: [user("hello")] };
    const error = await raises(OpenAI.AuthenticationError, () => wrong.chat.completions.create(body));
    assert.deepEqual([error.status, error.code], [401, "invalid_api_key"]);
  },

  async unknown_model() {
    const error = await raises(OpenAI.NotFoundError, () => ask("hello", { model: "unknown-model" }));
    assert.equal(error.code, "model_not_found");
  },

  async rate_limited() {
    const body = { model: LIMITED_MODEL, messages: [user("hello")] };
    const error = await raises(OpenAI.RateLimitError, () => chat(body, { maxRetries: 0 }));
    assert.deepEqual([error.status, error.code, error.headers.get("retry-after")], [429, "rate_limit_exceeded", "1"]);
  },

  async malformed_body() {
    const answer = await postRaw("/v1/chat/completions", '{"model":', { authorization: `Bearer ${KEY}` });
    assert.equal(answer.status, 400);
    const { error } = JSON.parse(answer.body);
    for (const key of ["code", "message", "param", "type"]) assert(key in error, `no ${key}: ${answer.body}`);
  },
});

gatewayCases({
  async too_large() {
    calls.length = 0;
    const error = await raises(OpenAI.APIError, () => ask("long ".repeat(2_000_000)));
    assert.deepEqual([error.status, error.type, calls.length], [413, "invalid_request_error", 1]);
  },

  async moderations() {
    const answer = await client.moderations.create({ input: ["What a lovely day", "I will kill you"] });
    assert.equal(answer.results.length, 2);
    assert.equal(answer.results[0].flagged, false);
    assert(answer.results[0].category_scores.violence < 0.5);
  },

  async blocked_prompt() {
    calls.length = 0;
    const error = await raises(OpenAI.BadRequestError, () => ask(BLOCKED_QUESTION));
    assert.deepEqual([error.status, error.code, calls.length], [400, "content_filter", 1]);
    assert(!JSON.stringify(error.error).includes("I OBEY"), "the prompt was echoed");
  },

  async blocked_prompt_streamed() {
    calls.length = 0;
    const error = await raises(OpenAI.BadRequestError, async () => all(await ask(BLOCKED_QUESTION, { stream: true })));
    assert.deepEqual([error.status, error.code, calls.length], [400, "content_filter", 1]);
  },

  async blocked_responses() {
    calls.length = 0;
    const body = { model: MODEL, input: BLOCKED_QUESTION };
    const error = await raises(OpenAI.BadRequestError, () => client.responses.create(body));
    assert.deepEqual([error.code, calls.length], ["content_filter", 1]);
  },

  async masked_secret() {
    const text = (await ask(SECRET_QUESTION)).choices[0].message.content ?? "";
    noToken(text);
    assert(text.startsWith("The token is "), text);
  },

  async masked_secret_streamed() {
    const [text, reason] = joined(await all(await ask(SECRET_QUESTION, { stream: true })));
    noToken(text);
    assert(reason, "the stream has no finish reason");
  },

  async masked_secret_responses_streamed() {
    const events = await all(await client.responses.create({ model: MODEL, input: SECRET_QUESTION, stream: true }));
    noToken(spoken(events));
    noToken(JSON.stringify(events));
    assert(["response.completed", "response.incomplete"].includes(events.at(-1).type), events.at(-1).type);
  },

  async leak_stopped_in_the_middle_of_a_stream() {
    const messages = [{ role: "system", content: OPERATOR }, user(LEAKING)];
    const chunks = [];
    let reason = null;
    try {
      for await (const chunk of await chat({ messages, stream: true })) chunks.push(chunk);
      reason = joined(chunks)[1];
    } catch (error) {
      assert(error instanceof OpenAI.APIError, error);
      reason = error.code;
    }
    const [text] = joined(chunks);
    assert.equal(reason, "content_filter");
    assert(!text.includes("Never mention the night ferry"), text);
  },

  async leak_stopped_in_the_middle_of_a_responses_stream() {
    const body = { model: MODEL, instructions: OPERATOR, input: LEAKING, stream: true };
    const events = await all(await client.responses.create(body));
    const last = events.at(-1);
    assert.equal(last.type, "response.incomplete");
    assert.equal(last.response.incomplete_details.reason, "content_filter");
    assert(!spoken(events).includes("Never mention the night ferry"), spoken(events));
  },
});

await run();
