//! What a browser is shown that has to work first. Unlike all other pages it needs its script, and says so without.

use http::{Response, StatusCode};
use maud::{Markup, html};

use super::{Page, Texts};
use crate::http::body::Body;

const SCRIPT: &str = include_str!("challenge.js");

/// The page with a challenge of so many bits. `is_form`: it stands in the place of the answer to a form.
pub(in crate::http) fn challenge(
    texts: &'static Texts,
    (challenge, bits): (&str, u32),
    is_form: bool,
) -> Response<Body> {
    let body = shown(texts, (challenge, bits), is_form);
    let page = Page { script: Some(SCRIPT), ..Page::new(texts, texts.challenge.title, body) };
    let mut response = page.answer();
    // Nothing went wrong, and the title does not say so; but it is not what was asked for.
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

fn shown(texts: &Texts, (challenge, bits): (&str, u32), is_form: bool) -> Markup {
    let says = &texts.challenge;
    html! {
        p { (says.says) }
        @if is_form { p { (says.unsent) } }
        div data-challenge=(challenge) data-bits=(bits) data-form[is_form] data-working=(says.working)
            data-failed=(says.failed) data-needed=(says.needed) {
            p.hint role="status" {}
            p.error role="alert" { }
        }
        noscript { p.error { (says.needed) } }
    }
}
