//! Which fields of a request are text for a model, and not for a database, a shell or a page.
//!
//! A question about SQL is full of SQL. The rules of a web application firewall refuse a fifth of all honest prompts when
//! they see them, so they see everything but them: the model, the user, metadata, headers, the query. Prompts have their
//! own detectors (`guard`), which read them in full.
//!
//! Invariant: a field is named here only when the path of its route inspects it as text.

use waf::Part;

/// What is text on a route: fields at the top of the body, with everything under them, and fields of the list `messages`.
struct Fields {
    top: &'static [&'static str],
    message: &'static [&'static str],
}

const NOTHING: Fields = Fields { top: &[], message: &[] };

/// What is text on every route that is asked for text.
const TOOLS: [&str; 3] = ["tools", "functions", "stop"];

fn fields(path: &str) -> Fields {
    match path {
        "/v1/chat/completions" => Fields {
            top: &["response_format", "prediction"],
            message: &["content", "tool_calls", "function_call", "refusal", "reasoning_content", "reasoning"],
        },
        "/v1/messages" | "/v1/messages/count_tokens" => {
            Fields { top: &["system", "stop_sequences"], message: &["content"] }
        }
        "/v1/completions" => Fields { top: &["prompt", "suffix"], message: &[] },
        "/v1/responses" => Fields { top: &["input", "instructions", "prompt", "text"], message: &[] },
        "/v1/embeddings" | "/v1/moderations" => Fields { top: &["input"], message: &[] },
        // Policies hold patterns of what is forbidden; to evaluate is to show an attack.
        "/admin/v1/evaluate" => Fields { top: &["text"], message: &[] },
        _ => NOTHING,
    }
}

/// Says which fields of the body at this path are prompts.
pub fn is_prompt(route: &str, path: &[Part]) -> bool {
    if route.starts_with("/admin/v1/policies/") {
        return true;
    }
    let fields = fields(route);
    match path {
        [Part::Name(name)] => is_one(name, fields.top) || (route.starts_with("/v1/") && is_one(name, &TOOLS)),
        [Part::Name(list), Part::Index(_), Part::Name(name)] => list == b"messages" && is_one(name, fields.message),
        _ => false,
    }
}

fn is_one(name: &[u8], names: &[&str]) -> bool {
    names.iter().any(|known| known.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Part {
        Part::Name(text.as_bytes().to_vec())
    }

    #[test]
    fn prompts_are_apart_and_nothing_else() {
        let content = [name("messages"), Part::Index(3), name("content")];
        assert!(is_prompt("/v1/chat/completions", &content));
        assert!(is_prompt("/v1/messages", &[name("system")]));
        assert!(is_prompt("/v1/responses", &[name("input")]));
        for other in ["model", "user", "metadata", "content", "messages"] {
            assert!(!is_prompt("/v1/chat/completions", &[name(other)]), "{other}");
        }
        assert!(!is_prompt("/v1/chat/completions", &[name("messages"), Part::Index(0), name("name")]));
        assert!(!is_prompt("/auth/v1/login", &content));
    }
}
