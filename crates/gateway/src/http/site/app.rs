//! What somebody let apps do, on their account page: seen, narrowed, taken back.
//!
//! A change ends the sessions of the app, so that no token is left that can do more. Nothing is ever added here: an app that
//! wants more asks for it on the page of consent.

use maud::{Markup, html};

use crate::app::App;
use crate::auth::oauth2::consent::Consent;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, redirect};
use crate::http::oauth2::person::{self, Person};
use crate::http::page::Texts;
use crate::http::page::field::hidden;

use super::account;

/// Before the name of a scope that stays.
const KEEP: &str = "keep-";

/// The section of the account page; nothing where there is no app.
pub(super) async fn section(app: &App, texts: &Texts, person: &Person, csrf: &str) -> Result<Markup, Wrong> {
    let consents = app.oauth().consents(person.user.id.as_str()).await?;
    let mut named = Vec::with_capacity(consents.len());
    for consent in &consents {
        // One that was deleted since has only its id.
        let name = app.oauth().client(&consent.client).await.map(|client| client.name);
        named.push((consent, name.unwrap_or_else(|_| consent.client.clone())));
    }
    Ok(html! {
        @if !named.is_empty() {
            h2 { (texts.app.title) }
            p { (texts.app.say) }
            ul.list { @for (consent, name) in &named { li { (one(texts, consent, name, csrf)) } } }
        }
    })
}

fn one(texts: &Texts, consent: &Consent, name: &str, csrf: &str) -> Markup {
    let since = jiff::Timestamp::from_second(consent.created_at).ok();
    html! {
        p { strong { (name) } }
        @if let Some(since) = since { p.hint { (texts.app.since) " " (account::time(since)) } }
        form method="post" action="/account/apps" {
            (hidden(&[("csrf", csrf), ("client", &consent.client)]))
            fieldset {
                legend { (texts.asks) }
                @for scope in &consent.scopes {
                    label.check { input type="checkbox" name={ (KEEP) (scope) } value="on" checked; " " (texts.scope(scope)) }
                }
            }
            button.second type="submit" aria-label={ (texts.app.save) ": " (name) } { (texts.app.save) }
            button.second type="submit" name="decision" value="withdraw" aria-label={ (texts.app.withdraw) ": " (name) } {
                (texts.app.withdraw)
            }
        }
    }
}

/// Takes back what is not ticked any more, or everything.
pub(super) async fn change(app: &App, asked: &Asked, own: &Person) -> Answer {
    let who = (own.user.id.as_str(), own.user.tenant.as_str());
    let client = asked.form.value("client").unwrap_or_default();
    let is_kept = |scope: &String| asked.form.value(&format!("{KEEP}{scope}")).is_some();
    let keep: Vec<String> = match asked.form.value("decision") {
        Some("withdraw") => Vec::new(),
        _ => {
            let known = app.oauth().consents(who.0).await?;
            let scopes = known.into_iter().find(|consent| consent.client == client).map(|consent| consent.scopes);
            scopes.unwrap_or_default().into_iter().filter(is_kept).collect()
        }
    };
    // What is gone is gone.
    person::narrow(app, who, client, &keep).await?;
    redirect("/account")
}
