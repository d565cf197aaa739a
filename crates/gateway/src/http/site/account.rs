//! `/account`: where one is logged in, one's second factors and recovery codes, and logging out.

use http::StatusCode;
use maud::{Markup, html};

use crate::app::App;
use crate::auth::jwt::revocation::Subject;
use crate::auth::mfa::{FactorInfo, Level, MfaError};
use crate::auth::session::SessionInfo;
use crate::error::Failure;
use crate::http::account::clear_cookies;
use crate::http::login::CLIENT;
use crate::http::oauth2::Asked;
use crate::http::oauth2::answer::{Answer, redirect};
use crate::http::oauth2::person::Person;
use crate::http::page::field::{Field, Hidden, alert, hidden};
use crate::http::page::{Page, Texts, message_with};

use super::own::{is_shown, unavailable};
use super::{app as apps, codes, confirm, form, outside};

/// Shows the account; `error` says why something was not done.
pub(super) async fn page(app: &App, asked: &Asked, person: &Person, error: Option<&str>) -> Answer {
    let texts = Texts::of(asked.head.headers());
    let csrf = form::token_of(app, person);
    let fields: Hidden<'_> = &[("csrf", &csrf)];
    let is_fresh = is_shown(app, person, None).await?;
    let sessions = app.tokens.list(Some(person.user.id.as_str())).await?;
    let mut named = Vec::with_capacity(sessions.len());
    for session in &sessions {
        named.push((session, client_name(app, texts, session).await));
    }
    let (own, left) = app.factors().list(&person.user).await.map_err(unavailable)?;
    let outside = outside::section(app, texts, person, &csrf).await?;
    let apps = apps::section(app, texts, person, &csrf).await?;
    let body = html! {
        (alert(error, None))
        p { (texts.account) " " strong { (person.name()) } "." }
        @if !is_fresh { div.notice { p { (texts.mine.confirm_first) } } }
        h2 { (texts.mine.sessions) }
        p { (texts.mine.sessions_say) }
        ul.list { @for (session, client) in &named { (one_session(texts, person, session, client, &csrf)) } }
        (apps)
        h2 { (texts.mine.factors) }
        (factors(texts, (&own, left), app.factors().has_passkeys(), &csrf))
        (outside)
        h2 { (texts.mine.password) }
        a.button.second href="/account/password" { (texts.mine.change_password) }
        form method="post" action="/account/logout" {
            (hidden(fields))
            button type="submit" { (texts.logout) }
        }
    };
    let status = if error.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(Page { status, is_wide: true, ..Page::new(texts, texts.mine.title, body) }.answer())
}

fn one_session(texts: &Texts, person: &Person, session: &SessionInfo, client: &str, csrf: &str) -> Markup {
    let is_this = session.id == person.session.id;
    let agent = session.agent.as_deref().unwrap_or_default();
    let name = if agent.is_empty() { client } else { agent };
    html! {
        li {
            p { strong { (client) } @if is_this { " (" (texts.mine.this_one) ")" } }
            @if !agent.is_empty() { p.hint { (agent) } }
            p.hint {
                (texts.mine.since) " " (time(session.created_at)) ", " (texts.mine.last_seen) " " (time(session.last_seen_at))
                @if let Some(address) = &session.address { ", " (texts.mine.from) " " (address) }
            }
            @if !is_this {
                form method="post" action="/account/sessions/end" {
                    (hidden(&[("csrf", csrf), ("id", &session.id)]))
                    button.second type="submit" aria-label={ (texts.mine.end) ": " (name) } { (texts.mine.end) }
                }
            }
        }
    }
}

fn factors(texts: &Texts, (own, left): (&[FactorInfo], i64), has_passkeys: bool, csrf: &str) -> Markup {
    html! {
        @if own.is_empty() {
            p { (texts.mine.no_factors) }
        } @else {
            ul.list { @for factor in own { (one_factor(texts, factor, csrf)) } }
        }
        @if has_passkeys { a.button.second href="/account/passkey" { (texts.passkey.add) } }
        a.button.second href="/account/authenticator" { (texts.mine.add) }
        @if !own.is_empty() {
            p { (texts.mine.codes_left.replace("{n}", &left.to_string())) }
            form method="post" action="/account/codes" {
                (hidden(&[("csrf", csrf)]))
                button.second type="submit" { (texts.mine.renew_codes) }
            }
        }
    }
}

fn one_factor(texts: &Texts, factor: &FactorInfo, csrf: &str) -> Markup {
    let fields = [("csrf", csrf), ("id", factor.id.as_str())];
    let id = format!("name-{}", factor.id);
    let kind = if factor.kind() == "passkey" { texts.passkey.kind } else { texts.passkey.app_kind };
    let name = Field {
        name: "name",
        id: &id,
        label: texts.passkey.new_name,
        autocomplete: "off",
        value: Some(&factor.name),
        ..Field::default()
    };
    html! {
        li {
            p { strong { (factor.name) } }
            p.hint {
                (kind)
                @match factor.backed_up {
                    Some(true) => { ", " (texts.passkey.backed_up) },
                    Some(false) => { ", " (texts.passkey.not_backed_up) },
                    None => {},
                }
            }
            p.hint {
                (texts.mine.added) " " (time(factor.added_at)) ", "
                @match factor.used_at {
                    Some(at) => { (texts.passkey.used) " " (time(at)) },
                    None => (texts.passkey.unused),
                }
            }
            form method="post" action="/account/factors/remove" {
                (hidden(&fields))
                button.second type="submit" aria-label={ (texts.mine.remove) ": " (factor.name) } { (texts.mine.remove) }
            }
            details {
                summary aria-label={ (texts.passkey.rename) ": " (factor.name) } { (texts.passkey.rename) }
                form method="post" action="/account/factors/rename" {
                    (hidden(&fields))
                    (name.show())
                    button.second type="submit" { (texts.passkey.rename) }
                }
            }
        }
    }
}

/// Ends one of one's own sessions. Another person's does not exist for whom it is not.
pub(super) async fn end_session(app: &App, asked: &Asked, person: &Person) -> Answer {
    let id = asked.form.value("id").unwrap_or_default();
    if !is_shown(app, person, Some(Level::One)).await? {
        return confirm::first("account");
    }
    let own = app.tokens.list(Some(person.user.id.as_str())).await?;
    if !own.iter().any(|session| session.id == id) {
        return Err(Failure::NoSession.into());
    }
    let subject = Subject::Session(id.to_owned());
    app.tokens.revoke(&subject, "ended by its owner", person.user.id.as_str()).await?;
    redirect("/account")
}

/// Removes a factor.
pub(super) async fn remove_factor(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("account");
    }
    let texts = Texts::of(asked.head.headers());
    match app.factors().remove(&person.user, asked.form.value("id").unwrap_or_default()).await {
        // What is gone is gone.
        Ok(()) | Err(MfaError::Missing) => redirect("/account"),
        Err(MfaError::Last) => page(app, asked, person, Some(texts.mine.last)).await,
        Err(error) => Err(unavailable(error)),
    }
}

/// Gives a factor another name.
pub(super) async fn rename_factor(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("account");
    }
    let texts = Texts::of(asked.head.headers());
    let [id, name] = ["id", "name"].map(|field| asked.form.value(field).unwrap_or_default());
    match app.factors().rename(&person.user, id, name).await {
        Ok(()) | Err(MfaError::Missing) => redirect("/account"),
        Err(MfaError::Invalid(_)) => page(app, asked, person, Some(texts.mine.name_wrong)).await,
        Err(error) => Err(unavailable(error)),
    }
}

/// Makes new recovery codes and shows them.
pub(super) async fn renew_codes(app: &App, asked: &Asked, person: &Person) -> Answer {
    if !is_shown(app, person, None).await? {
        return confirm::first("account");
    }
    let made = app.factors().renew_codes(&person.user).await.map_err(unavailable)?;
    Ok(codes::page(asked, &made, "/account"))
}

/// Logs out.
pub(super) async fn log_out(app: &App, asked: &Asked, person: &Person) -> Answer {
    let subject = Subject::Session(person.session.id.clone());
    app.tokens.revoke(&subject, "logout", person.user.id.as_str()).await?;
    let texts = Texts::of(asked.head.headers());
    let body = message_with(texts.logged_out, (texts.login, "/login"));
    let mut response = Page::new(texts, texts.logout, body).answer();
    clear_cookies(&mut response);
    Ok(response)
}

/// What a person knows a client as.
async fn client_name(app: &App, texts: &Texts, session: &SessionInfo) -> String {
    if session.client == CLIENT {
        return texts.mine.own_site.to_owned();
    }
    match app.oauth().client(&session.client).await {
        Ok(client) => client.name,
        // It was deleted since.
        Err(_) => session.client.clone(),
    }
}

pub(super) fn time(at: jiff::Timestamp) -> Markup {
    let shown = at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    html! { time datetime=(at) { (shown) } }
}
