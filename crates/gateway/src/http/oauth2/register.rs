//! A client registers itself (RFC 7591).

use std::sync::Arc;

use http::StatusCode;
use http::header::AUTHORIZATION;

use super::Asked;
use super::answer::{Answer, json_answer};
use crate::app::App;
use crate::auth::oauth2::register::answer;

/// Takes the metadata of a client, and answers with its id.
pub(super) async fn register(app: &Arc<App>, asked: &Asked) -> Answer {
    let line = asked.head.headers().get(AUTHORIZATION).and_then(|line| line.to_str().ok());
    let token = line.and_then(|line| line.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let who = (token.map(|(_, token)| token.trim()), asked.client.ip);
    let algorithm = app.tokens.algorithm().await?;
    let registered = app.oauth().register(&asked.json, who, algorithm).await?;
    Ok(json_answer(StatusCode::CREATED, &answer(&registered)))
}
