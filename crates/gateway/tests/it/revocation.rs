//! Certificates of clients that were taken back: lists of them, what becomes of who is on one, and lists that say nothing.

use std::path::{Path, PathBuf};

use http::StatusCode;
use portcullis::config::Config;
use rcgen::{
    CertificateRevocationListParams, KeyIdMethod, RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd,
};
use x509_parser::parse_x509_certificate;

use crate::app::TestApp;
use crate::https::shows;
use crate::tls::{Authority, MODELS, Shown, ask, start};

fn serial(shown: &Shown) -> SerialNumber {
    let (_, certificate) = parse_x509_certificate(&shown.der).unwrap();
    SerialNumber::from_slice(certificate.raw_serial())
}

/// A list of an authority that took these back, until the beginning of a year.
fn list(authority: &Authority, revoked: &[&Shown], until: i32) -> String {
    let of = |shown: &&Shown| RevokedCertParams {
        serial_number: serial(shown),
        revocation_time: date_time_ymd(2024, 1, 1),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(until, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(of).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&authority.0).unwrap().pem().unwrap()
}

/// A gateway whose clients may show certificates that are not on this list, and the folder of the list.
async fn listed(authority: &Authority, list: &str, more: &str) -> (TestApp, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(file(&folder), list).unwrap();
    let lists = format!("client_ca = 'FOLDER/clients.pem'\nclient_crl = ['{}']\n", file(&folder).display());
    (start(authority, &(lists + more)).await, folder)
}

fn file(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("revoked.pem")
}

async fn is_let_in(app: &TestApp, authority: &Authority, own: Option<&Shown>) -> bool {
    ask(app, authority.client(own), MODELS, &app.key, "").await.is_ok_and(|reply| reply.status == StatusCode::OK)
}

fn failed(reason: &str) -> String {
    format!("portcullis_tls_handshakes_failed_total{{reason=\"{reason}\"}} 1")
}

#[tokio::test]
async fn a_certificate_that_was_taken_back_is_refused_and_others_are_not() {
    let authority = Authority::new();
    let (good, stolen) = (authority.issue("good"), authority.issue("stolen"));
    let (app, _folder) = listed(&authority, &list(&authority, &[&stolen], 2099), "").await;
    assert!(is_let_in(&app, &authority, Some(&good)).await && is_let_in(&app, &authority, None).await);
    assert!(!is_let_in(&app, &authority, Some(&stolen)).await);
    shows(&app, &failed("revoked")).await;
    shows(&app, "portcullis_tls_revocations_end_seconds{plane=\"data\"} 4070908800").await;
}

#[tokio::test]
async fn a_list_that_changes_is_in_force_without_a_reload_and_one_that_is_broken_is_not() {
    let authority = Authority::new();
    let (good, stolen) = (authority.issue("good"), authority.issue("stolen"));
    let (app, folder) = listed(&authority, &list(&authority, &[], 2099), "").await;
    assert!(is_let_in(&app, &authority, Some(&stolen)).await, "nobody knows yet");
    std::fs::write(file(&folder), list(&authority, &[&stolen], 2099)).unwrap();
    app.app().look_at_revocations().await.unwrap();
    assert!(!is_let_in(&app, &authority, Some(&stolen)).await && is_let_in(&app, &authority, Some(&good)).await);
    let loaded = app.entries("revocations.loaded").await;
    assert_eq!((loaded.len(), &loaded[0]["detail"]["revoked"]), (1, &1.into()), "{loaded:?}");
    for broken in ["", "nonsense", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", &authority.0.pem()] {
        std::fs::write(file(&folder), broken).unwrap();
        app.app().look_at_revocations().await.unwrap();
        app.app().look_at_revocations().await.unwrap();
        assert!(!is_let_in(&app, &authority, Some(&stolen)).await, "the last good list is in force: {broken}");
    }
    std::fs::remove_file(file(&folder)).unwrap();
    app.app().look_at_revocations().await.unwrap();
    assert!(!is_let_in(&app, &authority, Some(&stolen)).await && is_let_in(&app, &authority, Some(&good)).await);
    let refused = app.entries("revocations.refused").await;
    assert_eq!(refused.len(), 2, "broken and gone, each said once: {refused:?}");
    std::fs::write(file(&folder), list(&authority, &[&good, &stolen], 2098)).unwrap();
    app.app().look_at_revocations().await.unwrap();
    assert!(!is_let_in(&app, &authority, Some(&good)).await, "a list that is whole again is read again");
}

#[tokio::test]
async fn a_list_that_has_ended_vouches_for_nobody_unless_the_operator_takes_that() {
    let authority = Authority::new();
    let (good, stolen) = (authority.issue("good"), authority.issue("stolen"));
    let ended = list(&authority, &[&stolen], 2025);
    let (app, _folder) = listed(&authority, &ended, "").await;
    assert!(!is_let_in(&app, &authority, Some(&good)).await && is_let_in(&app, &authority, None).await);
    shows(&app, &failed("unlisted")).await;
    let (app, _folder) = listed(&authority, &ended, "danger_client_crl_ended = true\n").await;
    assert!(is_let_in(&app, &authority, Some(&good)).await && !is_let_in(&app, &authority, Some(&stolen)).await);
}

#[tokio::test]
async fn a_list_of_another_authority_says_nothing_about_this_one() {
    let (authority, other) = (Authority::new(), Authority::new());
    let stolen = authority.issue("stolen");
    // It has the same name: only its signature tells that it is another's.
    let (app, _folder) = listed(&authority, &list(&other, &[], 2099), "").await;
    assert!(!is_let_in(&app, &authority, Some(&stolen)).await, "an empty list that a stranger made");
    assert!(is_let_in(&app, &authority, None).await);
}

#[tokio::test]
async fn lists_that_cannot_be_used_stop_the_start_and_rules_are_named() {
    for (config, expected) in [
        ("client_crl = ['/r.pem']", "server.tls.client_crl: needs client_ca"),
        (
            "client_ca = '/c.pem'\ndanger_client_crl_ended = true",
            "server.tls.danger_client_crl_ended: needs client_crl",
        ),
    ] {
        let text = format!("[server.tls]\ncertificate = '/t.pem'\nkey = '${{file:/t.key}}'\n{config}\n");
        let error = Config::parse(&text, Path::new("test.toml")).unwrap_err();
        assert!(format!("{error:?}").contains(expected), "{error:?}");
    }
    let authority = Authority::new();
    let app = start(&authority, "client_ca = 'FOLDER/clients.pem'\n").await;
    let mut tls = app.config.server.tls.clone().unwrap();
    for (name, text) in
        [("missing.pem", None), ("broken.pem", Some("nonsense")), ("certificate.pem", Some(authority.0.pem().as_str()))]
    {
        let path = app.data.path().join(name);
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        tls.client_crl = vec![path];
        let error = portcullis::api::https::tls::Tls::load(&tls, app.data.path(), jiff::Timestamp::now()).unwrap_err();
        assert!(error.to_string().contains("client_crl") && error.to_string().contains(name), "{error}");
    }
}
