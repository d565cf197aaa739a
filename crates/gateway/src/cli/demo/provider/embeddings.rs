//! `POST /v1/embeddings`: a vector of hashed words, so that similar texts have similar vectors.
//!
//! Invariant: vectors have length one and as many dimensions as were asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::dice::Dice;
use super::prompt::tokens;

const DIMENSIONS: usize = 1536;

/// The answer to an embeddings request.
pub(super) fn body(request: &Value) -> Value {
    let texts: Vec<String> = match &request["input"] {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) if items.iter().all(Value::is_number) => vec![request["input"].to_string()],
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    let asked = request["dimensions"].as_u64().and_then(|count| usize::try_from(count).ok());
    let dimensions = asked.unwrap_or(DIMENSIONS).clamp(1, 4096);
    let data = texts.iter().enumerate().map(|(index, text)| {
        let vector = vector(text, dimensions);
        let embedding = if request["encoding_format"] == "base64" {
            let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
            json!(STANDARD.encode(bytes))
        } else {
            json!(vector)
        };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    });
    let count: usize = texts.iter().map(|text| tokens(text)).sum();
    json!({
        "object": "list", "data": data.collect::<Vec<_>>(), "model": request["model"],
        "usage": {"prompt_tokens": count, "total_tokens": count}
    })
}

fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let mut dice = Dice::seeded(word);
        let at = dice.below(dimensions);
        vector[at] += if dice.below(2) == 0 { 1.0 } else { -1.0 };
    }
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_length_one() {
        let length: f32 = vector("a small text about small things", 64).iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }

    #[test]
    fn similar_texts_are_near() {
        let dot = |a: &str, b: &str| vector(a, 256).iter().zip(vector(b, 256)).map(|(x, y)| x * y).sum::<f32>();
        assert!(
            dot("the cat sat on the mat", "a cat sat on a mat") > dot("the cat sat on the mat", "stock prices fell")
        );
    }
}
