// The official Anthropic SDK for Node as a client: messages plain and streamed, and every error it knows.

import assert from "node:assert/strict";

import {
  ANTHROPIC_MODEL, BASE_URL, BLOCKED_QUESTION, KEY, LEAKING, LIMITED_MODEL, OPERATOR, PERSON, SECRET_QUESTION,
  all, cases, gatewayCases, load, noToken, postRaw, raises, run,
} from "./cases.mjs";

const Anthropic = load("@anthropic-ai/sdk");
const { jsonSchemaOutputFormat } = load("@anthropic-ai/sdk/helpers/json-schema");

const calls = [];
const counted = (url, init) => {
  calls.push(String(url));
  return fetch(url, init);
};
const client = new Anthropic({ baseURL: BASE_URL, apiKey: KEY, fetch: counted });

const WEATHER = {
  name: "get_weather",
  description: "Says how the weather is in a city.",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

const body = (content, more) => ({
  model: ANTHROPIC_MODEL, max_tokens: 512, messages: [{ role: "user", content }], ...more,
});
const ask = (content, more) => client.messages.create(body(content, more));
// The message a stream adds up to.
const final = (content, more) => client.messages.stream(body(content, more)).finalMessage();
const kinds = (answer) => answer.content.map((block) => block.type);

cases({
  async plain() {
    const answer = await ask("What is 17 * 23?", { system: "Be brief." });
    assert.deepEqual([answer.content[0].text, answer.stop_reason], ["The result is 391.", "end_turn"]);
    assert(answer.usage.input_tokens > 0 && answer._request_id, "no usage or request-id");
  },

  async streamed() {
    let text = "";
    const stream = client.messages.stream(body("Say: Grüße, 早安, 🗼!")).on("text", (delta) => (text += delta));
    assert.equal((await stream.finalMessage()).stop_reason, "end_turn");
    assert.equal(text, "Grüße, 早安, 🗼!");
  },

  async streamed_events() {
    const events = (await all(await ask("Say hello", { stream: true }))).map((event) => event.type);
    assert.deepEqual([events[0], events.at(-1)], ["message_start", "message_stop"]);
    assert(events.includes("content_block_delta"));
  },

  async thinking() {
    const question = "Think about cats, then say miaow.";
    for (const answer of [await ask(question), await final(question)]) {
      assert.deepEqual(kinds(answer), ["thinking", "text"]);
      assert(answer.content[0].thinking.includes("cats") && answer.content[0].signature);
      assert.equal(answer.content[1].text, "miaow");
    }
  },

  async tools() {
    const question = 'Call get_weather with {"city":"Lisbon"}';
    const tools = [WEATHER];
    for (const answer of [await ask(question, { tools }), await final(question, { tools })]) {
      const call = answer.content[0];
      assert.deepEqual([answer.stop_reason, call.name, call.input], ["tool_use", "get_weather", { city: "Lisbon" }]);
      const messages = [
        { role: "user", content: question },
        { role: "assistant", content: answer.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "18 degrees" }] },
      ];
      const last = await client.messages.create({ ...body(question), messages, tools });
      assert(last.content[0].text.includes("18 degrees"));
    }
  },

  async structured() {
    const more = { output_config: { format: jsonSchemaOutputFormat(PERSON) } };
    assert.equal((await client.messages.parse(body("Say Ada", more))).parsed_output.name, "Ada");
  },

  async refusal() {
    assert.equal((await ask("Please refuse to answer.")).stop_reason, "refusal");
    assert.equal((await final("Please refuse to answer.")).stop_reason, "refusal");
  },

  async count_tokens() {
    const { max_tokens, ...request } = body("Say hello");
    assert((await client.messages.countTokens(request)).input_tokens > 0);
  },

  async bad_key() {
    const wrong = client.withOptions({ apiKey: "bad-key" });
    const error = await raises(Anthropic.AuthenticationError, () => wrong.messages.create(body("hello")));
    assert.deepEqual([error.status, error.error.error.type], [401, "authentication_error"]);
  },

  async unknown_model() {
    const error = await raises(Anthropic.NotFoundError, () => ask("hello", { model: "unknown-model" }));
    assert.equal(error.error.error.type, "not_found_error");
  },

  async rate_limited() {
    const request = body("hello", { model: LIMITED_MODEL });
    const error = await raises(Anthropic.RateLimitError, () => client.messages.create(request, { maxRetries: 0 }));
    const found = [error.status, error.error.error.type, error.headers.get("retry-after")];
    assert.deepEqual(found, [429, "rate_limit_error", "1"]);
  },

  async malformed_body() {
    const headers = { "x-api-key": KEY, "anthropic-version": "2023-06-01" };
    const { status, body } = await postRaw("/v1/messages", '{"model":', headers);
    const answer = JSON.parse(body);
    assert.deepEqual([status, answer.type, answer.error.type], [400, "error", "invalid_request_error"]);
  },
});

gatewayCases({
  async too_large() {
    calls.length = 0;
    const error = await raises(Anthropic.APIError, () => ask("long ".repeat(2_000_000)));
    assert.deepEqual([error.status, error.error.type, calls.length], [413, "error", 1]);
  },

  async blocked_prompt() {
    calls.length = 0;
    const error = await raises(Anthropic.BadRequestError, () => ask(BLOCKED_QUESTION));
    assert.deepEqual([error.status, error.error.error.type, calls.length], [400, "invalid_request_error", 1]);
    assert(!JSON.stringify(error.error).includes("I OBEY"), "the prompt was echoed");
  },

  async blocked_prompt_streamed() {
    calls.length = 0;
    const error = await raises(Anthropic.BadRequestError, () => final(BLOCKED_QUESTION));
    assert.deepEqual([error.status, calls.length], [400, 1]);
  },

  async masked_secret() {
    const { text } = (await ask(SECRET_QUESTION)).content[0];
    noToken(text);
    assert(text.startsWith("The token is "), text);
  },

  async masked_secret_streamed() {
    const answer = await final(SECRET_QUESTION);
    noToken(JSON.stringify(answer));
    assert(answer.stop_reason, "the stream has no stop reason");
  },

  async masked_secret_in_thinking_streamed() {
    const answer = await final("Think about the deploy token, then say ready.");
    noToken(JSON.stringify(answer));
    assert(answer.stop_reason, "the stream has no stop reason");
  },

  async leak_stopped_in_the_middle_of_a_stream() {
    let text = "";
    let reason = null;
    try {
      for await (const event of await ask(LEAKING, { system: OPERATOR, stream: true })) {
        if (event.delta?.type === "text_delta") text += event.delta.text;
        if (event.type === "message_delta") reason = event.delta.stop_reason;
      }
    } catch (error) {
      assert(error instanceof Anthropic.APIError, error);
      reason = "refusal";
    }
    assert.equal(reason, "refusal");
    assert(!text.includes("Never mention the night ferry"), text);
  },
});

await run();
