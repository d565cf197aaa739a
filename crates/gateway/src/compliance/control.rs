//! The register of controls: each with its state, its module, its setting and the test that attacks it.
//!
//! `docs/controls.md` is made from this list, and a test checks that modules and tests named here exist.

/// How far a control is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Can be switched on, works in the running product, and a test attacks it.
    Done,
    /// Some of it is there.
    Part,
    /// Not there yet.
    Planned,
}

/// One control.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// Stable id.
    pub id: &'static str,
    /// What it is for.
    pub asked: &'static str,
    /// How far it is.
    pub state: State,
    /// Where its code is.
    pub module: &'static str,
    /// How it is switched on.
    pub setting: &'static str,
    /// The test that attacks it, in `tests/it`.
    pub test: &'static str,
}

const fn planned(id: &'static str, asked: &'static str) -> Control {
    Control { id, asked, state: State::Planned, module: "", setting: "", test: "" }
}

/// All controls, in the order of their sections.
pub const CONTROLS: &[Control] = &[
    Control {
        id: "auth.jwt.access",
        asked: "short-lived access tokens, 30 minutes",
        state: State::Done,
        module: "auth::jwt::access, auth::jwt::keys, auth::jwt::revocation",
        setting: "auth.jwt.access_ttl_s, auth.jwt.algorithm",
        test: "token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused",
    },
    Control {
        id: "auth.jwt.refresh",
        asked: "long-lived refresh tokens, 7 days",
        state: State::Done,
        module: "auth::jwt::refresh, auth::session",
        setting: "auth.jwt.refresh_idle_s, auth.jwt.refresh_absolute_s",
        test: "refresh::v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case",
    },
    Control {
        id: "auth.jwt.rotation",
        asked: "token rotation on refresh",
        state: State::Done,
        module: "auth::jwt::refresh::rule",
        setting: "",
        test: "refresh::v10_4_5_a_reused_refresh_token_ends_the_session",
    },
    Control {
        id: "auth.jwt.storage",
        asked: "httpOnly cookies",
        state: State::Done,
        module: "auth::cookie, http::login",
        setting: "",
        test: "login::v7_2_1_a_login_begins_a_session_and_its_tokens_are_in_cookies_or_where_they_were_asked_for",
    },
    Control {
        id: "auth.password.bcrypt",
        asked: "bcrypt, cost at least 12",
        state: State::Done,
        module: "auth::password",
        setting: "auth.password.cost, auth.password.peppers",
        test: "password::v6_2_8_password_verified_exactly_as_received",
    },
    // "Requirements" are length, an estimate, own data and breaches. Rules about kinds of characters would break ASVS
    // V6.2.5, which forbids them.
    Control {
        id: "auth.password.strength",
        asked: "strength requirements",
        state: State::Done,
        module: "auth::password::strength, auth::password::breached",
        setting: "auth.password.min_chars, auth.password.context_words, password import-breached",
        test: "password::v6_2_12_a_breached_password_is_refused_once_its_set_is_imported",
    },
    Control {
        id: "auth.password.throttle",
        asked: "rate limiting on login attempts",
        state: State::Done,
        module: "auth::throttle, auth::login",
        setting: "auth.throttle",
        test: "throttle::guesses_are_answered_429_before_a_hash_and_the_owners_browser_still_logs_in",
    },
    planned("auth.oauth2.server", "secure OAuth2"),
    planned("auth.oauth2.client", "log in with an outside identity provider"),
    planned("auth.oauth2.state", "state parameter validation"),
    planned("auth.oauth2.pkce", "PKCE for mobile apps"),
    Control {
        id: "auth.mfa",
        asked: "(beyond) second factor",
        // Authenticator apps and recovery codes; passkeys are missing.
        state: State::Part,
        module: "auth::mfa, http::factor",
        setting: "auth.mfa.required_roles, auth.mfa.enrolment_grace_s, auth.mfa.fresh_s",
        test: "mfa::v6_5_1_of_two_that_bring_one_code_at_once_one_is_let_in",
    },
    Control {
        id: "input.validate",
        asked: "all inputs validated and sanitized",
        state: State::Done,
        module: "wire::request",
        setting: "server.body_bytes_max, server.json_depth_max",
        test: "surface::bad_input_is_refused_with_a_clear_error",
    },
    planned("input.sql", "SQL injection prevention"),
    planned("input.xss", "XSS prevention"),
    Control {
        id: "input.csrf",
        asked: "CSRF protection",
        state: State::Done,
        module: "input::csrf",
        setting: "auth.public_url",
        test: "csrf::v3_5_1_what_another_site_sends_changes_nothing",
    },
    Control {
        id: "input.prompt.patterns",
        asked: "jailbreak detection patterns",
        state: State::Done,
        module: "guard::injection, guard::jailbreak",
        setting: "policy.rule.match = \"injection\"",
        test: "surface::an_injection_in_a_tool_result_is_blocked",
    },
    Control {
        id: "input.prompt.filter",
        asked: "input filtering",
        state: State::Done,
        module: "proxy::inspect",
        setting: "policy.scan, policy.rule.provenance",
        test: "policy::an_old_hit_does_not_block_a_session_forever",
    },
    planned("input.prompt.harden", "system prompt hardening"),
    Control {
        id: "input.prompt.response",
        asked: "response validation",
        state: State::Part,
        module: "proxy::output",
        setting: "policy.rule.stages = [\"output\"]",
        test: "coverage::no_secret_leaves_through_any_cell",
    },
    planned("api.limit.user", "per-user, per-IP and token-based limits"),
    planned("api.limit.ip", "per-user, per-IP and token-based limits"),
    Control {
        id: "api.limit.token",
        asked: "per-user, per-IP and token-based limits",
        state: State::Part,
        module: "api::limit",
        setting: "",
        test: "surface::every_exchange_settles_its_reservation",
    },
    planned("api.limit.window", "sliding window algorithm"),
    planned("api.cors", "whitelist, credentials, preflight"),
    planned("api.https.tls", "TLS 1.3 minimum"),
    planned("api.https.pin", "certificate pinning (mobile)"),
    planned("api.https.hsts", "HSTS headers"),
    Control {
        id: "data.encryption.rest",
        asked: "encryption at rest (database)",
        state: State::Part,
        module: "data::encryption",
        setting: "store.master_key",
        test: "store::a_stolen_database_reveals_no_sealed_text",
    },
    planned("data.encryption.transit", "encryption in transit"),
    planned("data.encryption.backup", "encrypted backups"),
    Control {
        id: "data.pii.detect",
        asked: "PII detection and removal",
        state: State::Part,
        module: "guard::pii",
        setting: "policy.rule.match = \"pii\"",
        test: "policy::personal_data_is_masked_on_request",
    },
    Control {
        id: "data.pii.anonymize",
        asked: "anonymization",
        state: State::Part,
        module: "data::pii::pseudonym",
        setting: "policy.rule.mask = \"pseudonym\"",
        test: "policy::a_pseudonym_reaches_the_provider_and_the_original_comes_back",
    },
    planned("data.gdpr", "GDPR compliance"),
    planned("data.gdpr.delete", "right to deletion"),
    Control {
        id: "data.access.rbac",
        asked: "role-based access control",
        state: State::Done,
        module: "data::access, auth::user::roster",
        setting: "access.policies, user role add",
        test: "access::v8_2_1_v8_3_1_every_route_refuses_who_may_not",
    },
    Control {
        id: "data.access.least",
        asked: "least privilege",
        state: State::Part,
        module: "auth::key, data::access::report",
        setting: "key create --owner --models --expires --scopes, access unused",
        test: "privilege::unused_permissions_are_found_and_the_proposal_loses_no_use",
    },
    Control {
        id: "data.access.audit",
        asked: "audit logging",
        state: State::Done,
        module: "data::audit",
        setting: "audit.content",
        test: "audit::every_exchange_leaves_one_entry_and_the_log_verifies",
    },
    planned("model.output.toxicity", "toxicity detection"),
    Control {
        id: "model.output.moderation",
        asked: "content moderation",
        state: State::Part,
        module: "model::moderation",
        setting: "",
        test: "surface::moderations_are_answered_locally",
    },
    planned("model.output.classifiers", "safety classifiers"),
    planned("model.output.review", "human review queue"),
    Control {
        id: "model.jailbreak.patterns",
        asked: "pattern matching",
        state: State::Done,
        module: "guard::jailbreak",
        setting: "policy.rule.match = \"jailbreak\"",
        test: "surface::a_jailbreak_is_blocked",
    },
    planned("model.jailbreak.ml", "ML-based detection"),
    planned("model.jailbreak.adversarial", "adversarial training"),
    planned("model.jailbreak.redteam", "red team testing"),
    Control {
        id: "model.response.sanitize",
        asked: "output sanitization",
        state: State::Done,
        module: "guard::link, guard::terminal",
        setting: "policy.rule.match = \"link\"",
        test: "coverage::no_secret_leaves_through_any_cell",
    },
    Control {
        id: "model.response.policy",
        asked: "content policy enforcement",
        state: State::Part,
        module: "model::policy",
        setting: "policy",
        test: "policy::a_shadow_policy_changes_nothing",
    },
    planned("model.response.refusal", "refusal training"),
    planned("infra.network.firewall", "firewall rules"),
    planned("infra.network.vpc", "VPC isolation"),
    planned("infra.network.ddos", "DDoS protection"),
    planned("infra.network.waf", "web application firewall"),
    Control {
        id: "infra.secrets.env",
        asked: "environment, Vault, AWS Secrets Manager",
        state: State::Done,
        module: "infra::secrets",
        setting: "provider.key = \"${env:NAME}\"",
        test: "config::an_inline_secret_is_refused",
    },
    planned("infra.secrets.vault", "environment, Vault, AWS Secrets Manager"),
    planned("infra.secrets.aws", "environment, Vault, AWS Secrets Manager"),
    Control {
        id: "infra.secrets.nocode",
        asked: "no secrets in code",
        state: State::Done,
        module: "infra::secrets",
        setting: "",
        test: "config::an_inline_secret_is_refused",
    },
    planned("infra.secrets.rotation", "regular rotation"),
    Control {
        id: "infra.monitor.events",
        asked: "security event logging",
        state: State::Part,
        module: "event",
        setting: "telemetry.otlp_endpoint",
        test: "audit::every_exchange_leaves_one_entry_and_the_log_verifies",
    },
    planned("infra.monitor.intrusion", "intrusion detection"),
    planned("infra.monitor.anomaly", "anomaly detection"),
    planned("infra.monitor.alert", "alerting"),
    planned("compliance.gdpr.agreement", "data processing agreements"),
    planned("compliance.gdpr.consent", "user consent management"),
    planned("compliance.gdpr.export", "data portability"),
    planned("compliance.gdpr.delete", "right to deletion"),
    planned("compliance.soc2", "controls, access, monitoring, incident response"),
    planned("compliance.iso27001", "ISMS, risk assessment, controls"),
    planned("incident.plan", "team, communication plan, recovery procedures, post-incident review"),
    planned("incident.detect", "event monitoring, alerting, log analysis, threat intelligence"),
    planned("incident.respond", "containment, eradication, recovery, lessons learned"),
];
