//! How many tokens a prompt has at most, before anybody counted them.
//!
//! Every token of a byte-level tokenizer covers at least one byte of text, and the JSON around a text (`{"role":"user",…}`)
//! is longer than the few tokens that a message costs beside it. So a prompt has no more tokens than its body has bytes,
//! whatever model reads it; a test holds this against the vocabularies of OpenAI. What a request points at instead of
//! bringing it along (a picture by its address, a stored conversation) is taken at a flat amount each.
//!
//! **Limits:** the bound is about four times the truth for English; the rest is free again when the provider has counted.
//! `bytes_per_token` of a model asks for less than the bound; then what exceeds it is counted at the end, and prompts under
//! way at one time can exceed a limit by that much.

/// What a picture or something stored at the provider is taken at.
const OPAQUE_TOKENS: u64 = 4_096;
/// What the gateway may add to a prompt: the canary, and masks that are longer than what they hide.
const ADDED_TOKENS: u64 = 256;
/// No estimate is larger, whatever a request asks for.
const TOKENS_MAX: u64 = 1 << 32;

/// Tokens of a prompt at most.
pub fn input_tokens(body_bytes: u64, opaque_parts: u64, bytes_per_token: u64) -> u64 {
    let text = body_bytes.div_ceil(bytes_per_token.max(1));
    text.saturating_add(opaque_parts.saturating_mul(OPAQUE_TOKENS)).saturating_add(ADDED_TOKENS).min(TOKENS_MAX)
}

/// Tokens of all answers at most: what is asked for each, but no more than the model writes.
pub fn output_tokens(asked: Option<u64>, model_max: u64, choices: u64) -> u64 {
    asked.unwrap_or(model_max).min(model_max).saturating_mul(choices.max(1)).min(TOKENS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn absurd_wishes_reserve_what_the_model_can_write() {
        assert_eq!(output_tokens(Some(u64::MAX), 4_096, 1), 4_096);
        assert_eq!(output_tokens(Some(10), 4_096, 3), 30);
        assert_eq!(output_tokens(None, 4_096, 0), 4_096);
        assert_eq!(output_tokens(Some(u64::MAX), u64::MAX, u64::MAX), 1 << 32);
        assert_eq!(input_tokens(u64::MAX, u64::MAX, 0), 1 << 32);
        assert_eq!(input_tokens(1_000, 2, 4), 250 + 8_192 + 256);
    }

    /// What a chat costs beside its texts: a few tokens a message, and those that begin the answer.
    const TOKENS_A_MESSAGE: u64 = 4;
    const TOKENS_AN_ANSWER: u64 = 3;

    /// Text of every kind, and what is dear to tokenizers: lone letters, marks, rare signs, rows of one sign.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z]{1,12} ",
            "[A-Za-z0-9_]{0,40}",
            "[ \t\n]{0,30}",
            "\\PC{0,20}",
            "[\u{300}-\u{36f}\u{e000}-\u{e0ff}\u{4e00}-\u{9fff}\u{1f300}-\u{1faff}]{0,20}",
            "[\u{0}-\u{1f}\"\\\\/]{0,20}",
            ("\\PC", 1_usize..60).prop_map(|(sign, times)| sign.repeat(times)),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_chat_has_more_tokens_than_its_body_has_bytes(texts in proptest::collection::vec(text(), 1..6)) {
            let messages: Vec<_> = texts.iter().map(|text| json!({"role": "user", "content": text})).collect();
            let bytes = json!({ "model": "m", "messages": messages }).to_string().len() as u64;
            for vocabulary in [bpe_openai::cl100k_base(), bpe_openai::o200k_base()] {
                let read: u64 = texts.iter().map(|text| vocabulary.count(text.as_str()) as u64 + TOKENS_A_MESSAGE).sum();
                let read = read + TOKENS_AN_ANSWER;
                // Without what is added for the gateway's own edits.
                prop_assert!(read <= input_tokens(bytes, 0, 1) - ADDED_TOKENS, "{read} of {bytes}: {texts:?}");
            }
        }
    }
}
