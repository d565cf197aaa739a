//! JUnit XML: a test case a goal.

use maud::{PreEscaped, html};

use super::{Report, how, visible};

/// The file.
pub fn junit(report: &Report<'_>) -> String {
    let figures = &report.figures;
    let failures = figures.goals.iter().filter(|goal| goal.reached_by.is_some()).count();
    let errors = figures.goals.iter().filter(|goal| goal.count.tried == 0).count();
    let markup = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"))
        testsuites tests=(figures.goals.len()) failures=(failures) errors=(errors) {
            testsuite name=(format!("redteam: {}", visible(&report.target))) tests=(figures.goals.len())
                failures=(failures) errors=(errors) {
                @for goal in &figures.goals {
                    testcase classname=(goal.owasp) name=(goal.id) {
                        @if let Some(reach) = &goal.reached_by {
                            failure type=(goal.atlas.join(" ")) message=(how(reach)) {
                                (text("prompt", &reach.prompt)) "\n" (text("answer", &reach.said))
                            }
                        } @else if goal.count.tried == 0 {
                            error message="no query had an answer" {}
                        }
                    }
                }
            }
        }
    };
    markup.into_string()
}

/// XML has no way at all to write most control characters.
fn text(name: &str, text: &str) -> String {
    format!("{name}: {}", visible(text))
}
