//! The integration tests, in one binary. Each starts a gateway of its own before the obedient provider, on loopback, with
//! its own data folder, and talks to it over real HTTP.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tests read what the runner sets, and speak to it"
)]

mod access;
mod acme;
mod app;
mod architecture;
mod asvs;
mod attacker;
mod audit;
mod authenticator;
mod ban;
mod challenge;
mod client;
mod config;
mod control;
mod conversation;
mod cors;
mod coverage;
mod csrf;
mod dpop;
mod egress;
mod fault;
mod firewall;
mod flood;
mod harden;
mod https;
mod jwt_tool;
mod learned;
mod limit;
mod limit_redis;
mod listener;
mod login;
mod login_attack;
mod mail;
mod mfa;
mod moderation;
mod oauth;
mod oauth_attack;
mod oauth_flood;
mod oauth_key;
mod oauth_logout;
mod oauth_register;
mod outside;
mod outside_attack;
mod overload;
mod page;
mod passkey;
mod passkey_attack;
mod passkey_page;
mod password;
mod peer;
mod people;
mod personal;
mod pin;
mod policy;
mod policy_revision;
mod policy_role;
mod privilege;
mod raw;
mod redis;
mod redteam;
mod refresh;
mod replay;
mod revocation;
mod scim;
mod session;
mod sink;
mod smuggling;
mod step_up;
mod store;
mod structured;
mod surface;
mod throttle;
mod timing;
mod tls;
mod token;
mod tool;
mod transformer;
mod tuning;
mod user;
mod waf;
mod waf_answer;
