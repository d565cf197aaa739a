//! What somebody has linked at outside providers, on their account page: listed, linked, unlinked.

use maud::{Markup, html};

use crate::app::App;
use crate::auth::outside::flow::Link;
use crate::auth::outside::{Choice, IdentityInfo, OutsideError};
use crate::error::Failure;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, Wrong, redirect};
use crate::http::oauth2::person::Person;
use crate::http::outside;
use crate::http::page::field::hidden;
use crate::http::page::{self, Texts};

use super::own::is_shown;
use super::{account, confirm, lead_on};

/// The section of the account page; nothing where there are no providers.
pub(super) async fn section(app: &App, texts: &Texts, person: &Person, csrf: &str) -> Result<Markup, Wrong> {
    let own = linked(app, person).await?;
    let choices = app.outside().choices(&person.user.tenant);
    let open: Vec<&Choice> =
        choices.iter().filter(|choice| own.iter().all(|one| one.provider != choice.name)).collect();
    Ok(html! {
        @if !(own.is_empty() && open.is_empty()) {
            h2 { (texts.outside.title) }
            @if own.is_empty() { p { (texts.outside.none) } }
            ul.list { @for one in &own { (one_identity(texts, one, label(&choices, one), csrf)) } }
            @for choice in open {
                form method="post" action="/account/outside/link" {
                    (hidden(&[("csrf", csrf), ("provider", &choice.name)]))
                    button.second type="submit" { (texts.outside.link) " " (choice.label) }
                }
            }
        }
    })
}

fn one_identity(texts: &Texts, own: &IdentityInfo, label: &str, csrf: &str) -> Markup {
    html! {
        li {
            p { strong { (label) } }
            p.hint { (texts.outside.since) " " (account::time(own.created_at)) }
            form method="post" action="/account/outside/unlink" {
                (hidden(&[("csrf", csrf), ("id", &own.id)]))
                button.second type="submit" aria-label={ (texts.outside.unlink) ": " (label) } { (texts.outside.unlink) }
            }
        }
    }
}

/// What people call the provider; one that is not configured any more has only its name.
fn label<'l>(choices: &'l [Choice], own: &'l IdentityInfo) -> &'l str {
    choices.iter().find(|choice| choice.name == own.provider).map_or(own.provider.as_str(), |choice| &choice.label)
}

/// Leads to a provider, to link an identity there. A page of ours does, since a form may lead to this site only.
pub(super) async fn link(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("account");
    }
    let name = asked.form.value("provider").unwrap_or_default();
    let (user, session) = (person.user.id.to_string(), person.session.id.clone());
    let link = Link { user, session, epoch: person.user.epoch };
    let begun = outside::begin_link(app, name, (&person.user.tenant, link), asked.head.headers()).await;
    let begun = begun.map_err(Failure::from)?;
    let mut response = lead_on(asked.head.headers(), begun.location.clone());
    outside::bind(&mut response, &begun);
    Ok(response)
}

/// Unlinks one of one's own, but not the only way in.
pub(super) async fn unlink(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("account");
    }
    let texts = Texts::of(asked.head.headers());
    match app.outside().unlink(person.user.id.as_str(), asked.form.value("id").unwrap_or_default()).await {
        // What is gone is gone.
        Ok(()) | Err(OutsideError::Missing) => redirect("/account"),
        Err(OutsideError::LastWay) => account::page(app, asked, person, Some(texts.outside.last_way)).await,
        Err(error) => Err(Failure::from(error).into()),
    }
}

/// Buttons to show again who one is, at the providers where one has an identity.
pub(super) async fn confirm_there(app: &App, texts: &Texts, person: &Person) -> Result<Markup, Wrong> {
    let own = linked(app, person).await?;
    let mut choices = app.outside().choices(&person.user.tenant);
    choices.retain(|choice| own.iter().any(|one| one.provider == choice.name));
    let ways = page::ways(texts, &choices, "?fresh=true");
    Ok(html! {
        @if !ways.is_empty() {
            p { (texts.outside.confirm) }
            (page::others(&ways))
        }
    })
}

async fn linked(app: &App, person: &Person) -> Result<Vec<IdentityInfo>, Wrong> {
    Ok(app.outside().list(person.user.id.as_str()).await.map_err(Failure::from)?)
}
