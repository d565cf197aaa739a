//! Answers to ordinary questions: computed where that is easy, else a summary of what was heard.
//!
//! Invariant: pure; nothing that was planted is ever part of an ordinary answer.

use super::prompt::{Prompt, Speaker};

/// Answers the last question of the conversation.
pub(super) fn ordinary(prompt: &Prompt) -> String {
    let question = prompt.question();
    if let Some(note) = letter(question) {
        return note;
    }
    if let Some(result) = arithmetic(question) {
        return format!("The result is {result}.");
    }
    if let Some(result) = prompt.outside().next() {
        return format!("According to what I was given: {}", first_words(result, 40));
    }
    if let Some(code) = code(question) {
        return code.to_owned();
    }
    let users = prompt.turns.iter().filter(|turn| turn.speaker == Speaker::User).count();
    let words = question.split_whitespace().count();
    format!(
        "You asked: \u{201c}{}\u{201d}. That is question {users} of this conversation, in {words} words.",
        first_words(question, 24)
    )
}

/// A short letter to the address in the question.
fn letter(question: &str) -> Option<String> {
    let lower = question.to_lowercase();
    if !["confirm", "letter", "reply", "write to", "note to", "e-mail to"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    // Whatever stands there: a gateway may have put a pseudonym in place of the address.
    let (_, after) = question.rsplit_once(" to ")?;
    let address = after.split_whitespace().next()?.trim_end_matches(['.', '?', '!', ',']);
    if !address.contains(|c: char| c == '@' || c == '_' || "<[{".contains(c) || c.is_ascii_digit()) {
        return None;
    }
    Some(format!(
        "To: {address}\nSubject: Your order\n\nThank you. Your order is on its way, and a copy of this went to {address}."
    ))
}

/// The value of the first `a + b`, `a - b`, `a * b` or `a / b` in the question.
fn arithmetic(question: &str) -> Option<String> {
    let spaced =
        question.replace(['?', ',', '='], " ").replace("times", "*").replace("plus", "+").replace("minus", "-");
    let words: Vec<&str> = spaced.split_whitespace().map(|word| word.trim_end_matches('.')).collect();
    words.windows(3).find_map(|window| {
        let (left, right) = (window[0].parse::<f64>().ok()?, window[2].parse::<f64>().ok()?);
        let result = match window[1] {
            "+" => left + right,
            "-" => left - right,
            "*" | "x" | "\u{d7}" => left * right,
            "/" if right != 0.0 => left / right,
            _ => return None,
        };
        Some(format!("{result}"))
    })
}

/// A piece of code, for the two kinds of question that come up most.
fn code(question: &str) -> Option<&'static str> {
    let lower = question.to_lowercase();
    if lower.contains("select ") || lower.contains("sql") {
        return Some(
            "An index on (status, created_at) serves that query:\n\n```sql\nCREATE INDEX orders_by_status ON orders (status, created_at);\n\
             SELECT id, total FROM orders WHERE status = 'open' ORDER BY created_at DESC LIMIT 50;\n```",
        );
    }
    if lower.contains("bash") || lower.contains("shell") || lower.contains("rm -rf") {
        return Some(
            "Quote the variable and test it first:\n\n```bash\nset -euo pipefail\n[[ -n \"${build_dir:-}\" ]] && rm -rf -- \"$build_dir\"\n```",
        );
    }
    None
}

fn first_words(text: &str, count: usize) -> String {
    text.split_whitespace().take(count).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expected: &str) {
        let mut prompt = Prompt::default();
        prompt.note(Speaker::User, question.into());
        let text = ordinary(&prompt);
        assert!(text.contains(expected), "{question}: {text}");
    }

    #[test]
    fn ordinary_questions_get_sensible_answers() {
        check("What is 17 * 23?", "The result is 391.");
        check("How much is 7 plus 5?", "The result is 12.");
        check("1 / 0", "You asked");
        check("Why is SELECT * FROM orders slow?", "CREATE INDEX");
        check("Is rm -rf $x in a bash script safe?", "set -euo pipefail");
        check("Write a confirmation to ada@example.com.", "To: ada@example.com\n");
        check("Where is Lisbon?", "You asked: \u{201c}Where is Lisbon?\u{201d}. That is question 1");
    }
}
