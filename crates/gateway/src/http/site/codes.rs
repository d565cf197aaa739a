//! Recovery codes, shown this once.

use http::Response;
use maud::html;
use secrecy::SecretString;

use crate::auth::mfa::shown;
use crate::http::body::Body;
use crate::http::oauth2::Asked;
use crate::http::page::{Page, Texts};

/// The codes, and where to go on.
pub(super) fn page(asked: &Asked, codes: &[SecretString], next: &str) -> Response<Body> {
    let texts = Texts::of(asked.head.headers());
    let body = html! {
        p { (texts.factor.codes_say) }
        ol.codes { @for code in shown(codes) { li { (code) } } }
        a.button href=(next) { (texts.factor.saved) }
    };
    Page { has_logout: true, ..Page::new(texts, texts.factor.codes, body) }.answer()
}
