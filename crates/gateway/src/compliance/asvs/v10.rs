//! V10: OAuth and OpenID Connect.

use super::{Requirement, met, none, part, with};

/// All of the chapter.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    met(
        "V10.1.1",
        2,
        "tokens go only where they are needed",
        &["csrf::v10_1_1_tokens_of_a_browser_are_never_readable_by_page_script"],
    ),
    met(
        "V10.1.2",
        2,
        "a client takes only what its own flow in the same browser led to",
        &[
            "outside_attack::csrf_an_answer_to_another_browser_or_for_the_second_time_lets_nobody_in",
            "outside_attack::code_injection_a_code_of_another_login_is_worth_nothing",
            "outside_attack::oidcc_client_test_nonce_invalid_and_invalid_athash",
        ],
    ),
    met(
        "V10.2.1",
        2,
        "a client is protected against forged requests by PKCE or state",
        &[
            "outside_attack::csrf_an_answer_to_another_browser_or_for_the_second_time_lets_nobody_in",
            "outside_attack::code_injection_a_code_of_another_login_is_worth_nothing",
            "oauth_attack::rfc_9700_4_7_v10_2_1_forms_of_other_sites_browsers_and_pages_do_nothing",
            "oauth_attack::rfc_9700_4_8_v10_4_6_pkce_is_not_downgraded",
        ],
    ),
    met(
        "V10.2.2",
        2,
        "a client of several providers does not mix them up",
        &[
            "outside_attack::mix_up_an_answer_counts_at_the_address_of_its_own_provider_only",
            "outside_attack::rfc_9207_an_answer_says_whose_it_is_where_the_provider_promised_so",
        ],
    ),
    part(
        "V10.2.3",
        3,
        "a client asks for the scopes it needs",
        "the configured ones; by default name and address too, also where they are not used",
        &["outside_attack::v10_2_3_a_provider_is_asked_for_the_configured_scopes_and_no_more"],
    ),
    met(
        "V10.3.1",
        2,
        "tokens for another service are refused",
        &["token::v10_3_1_a_token_of_another_audience_or_installation_is_refused"],
    ),
    met(
        "V10.3.2",
        2,
        "scopes and subject are part of every decision",
        &[
            "access::v8_2_1_v8_3_1_every_route_refuses_who_may_not",
            "oauth_attack::an_app_that_acts_for_a_person_is_not_the_person",
        ],
    ),
    met(
        "V10.3.3",
        2,
        "people are told apart by claims that are never given to another",
        &[
            "token::an_access_token_is_taken_where_a_key_is",
            "oauth_attack::an_app_that_acts_for_a_person_is_not_the_person",
        ],
    ),
    met(
        "V10.3.4",
        2,
        "a needed strength or freshness is checked in the token",
        &[
            "step_up::v8_4_2_a_person_changes_policies_after_a_step_up_and_a_key_by_its_scope",
            "step_up::v7_5_1_factors_are_changed_by_who_showed_lately_who_they_are",
        ],
    ),
    part(
        "V10.3.5",
        3,
        "stolen tokens are of no use: they are bound to a key",
        "bound tokens are taken with a fresh proof only, on all nodes together where there is a Redis; binding is the client's choice",
        &[
            "dpop::v10_3_5_a_bound_token_is_taken_only_with_a_fresh_proof_of_its_key",
            "redis::a_proof_of_possession_that_one_node_took_is_refused_by_the_other",
        ],
    ),
    met(
        "V10.4.1",
        1,
        "redirect addresses are compared as registered",
        &["oauth_attack::rfc_9700_4_1_v10_4_1_a_redirect_address_in_any_other_spelling_is_shown_and_not_sent"],
    ),
    met(
        "V10.4.2",
        1,
        "a code counts once, and coming again ends what it issued",
        &[
            "oauth_attack::rfc_9700_4_5_v10_4_2_a_code_that_comes_again_ends_what_it_issued",
            "oauth_attack::of_two_exchanges_at_once_none_or_one_holds",
        ],
    ),
    met(
        "V10.4.3",
        1,
        "a code lives 10 minutes at most; here one",
        &["oauth_attack::rfc_9700_4_5_v10_4_3_a_code_is_of_one_client_address_login_and_minute"],
    ),
    met(
        "V10.4.4",
        1,
        "a client uses its registered grants only; no implicit and no password grant",
        &[
            "oauth_attack::v10_4_10_a_client_proves_itself_as_registered_or_waits",
            "oauth_register::a_client_is_what_the_document_at_its_id_says_and_the_page_shows_its_host",
            "oauth::rfc_8414_and_9728_say_where_everything_is",
            "oauth_register::rfc_7591_5_what_a_client_says_of_itself_is_checked_and_named",
        ],
    ),
    met(
        "V10.4.5",
        1,
        "refresh tokens cannot be replayed",
        &["refresh::v10_4_5_a_reused_refresh_token_ends_the_session"],
    ),
    met(
        "V10.4.6",
        2,
        "PKCE is required, never `plain`",
        &["oauth_attack::rfc_9700_4_8_v10_4_6_pkce_is_not_downgraded"],
    ),
    with(
        "V10.4.7",
        2,
        "self-registered clients are watched",
        "off by default; their page of consent says that nobody checked them, and limits and removal keep them few",
        &[
            "oauth_register::by_default_nobody_registers_and_no_document_is_fetched",
            "oauth_register::rfc_7591_5_what_a_client_says_of_itself_is_checked_and_named",
            "oauth_register::rfc_9700_4_11_2_whoever_registers_an_address_has_nobody_sent_there_unasked",
            "oauth_register::an_address_registers_so_many_and_what_is_not_used_is_removed",
            "oauth_register::a_client_is_what_the_document_at_its_id_says_and_the_page_shows_its_host",
        ],
    ),
    met(
        "V10.4.8",
        2,
        "refresh tokens end in any case",
        &["refresh::v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case"],
    ),
    met(
        "V10.4.9",
        2,
        "people revoke tokens at the provider",
        &[
            "page::v10_7_3_v10_4_9_one_sees_narrows_and_takes_back_what_apps_may_do",
            "page::one_ends_ones_own_sessions_and_nobody_elses",
            "session::v7_5_2_a_person_sees_and_ends_their_own_sessions_only",
        ],
    ),
    met(
        "V10.4.10",
        2,
        "confidential clients prove themselves at the back channel",
        &[
            "oauth_attack::v10_4_10_a_client_proves_itself_as_registered_or_waits",
            "oauth::a_pushed_request_is_served_once",
            "oauth_key::a_client_signs_at_every_endpoint_and_needs_no_secret",
            "oauth_key::v10_4_10_an_assertion_is_taken_once_on_all_nodes_together",
            "oauth_key::a_client_that_signs_has_no_other_way_in_and_no_other_client_has_this_one",
            "https::rfc_8705_2_1_a_client_is_whom_its_certificate_names_and_no_other_way_in_is_its_own",
        ],
    ),
    met(
        "V10.4.11",
        2,
        "a client gets the scopes it needs",
        &[
            "oauth_attack::v10_4_11_a_refresh_gives_its_own_client_what_was_granted_and_no_more",
            "auth::oauth2::scope::nobody_gets_more_than_asked_or_more_than_their_roles_allow",
        ],
    ),
    with(
        "V10.4.12",
        3,
        "a client uses its response mode only",
        "there is one, `query`, for all; another one is refused",
        &[
            "oauth::rfc_8414_and_9728_say_where_everything_is",
            "oauth_attack::rfc_9700_4_8_v10_4_6_pkce_is_not_downgraded",
        ],
    ),
    part(
        "V10.4.13",
        3,
        "codes only after pushed requests",
        "pushed requests are served and not required",
        &["oauth::a_pushed_request_is_served_once"],
    ),
    part(
        "V10.4.14",
        3,
        "only bound tokens are issued",
        "tokens are bound where the client brings a key; that it must cannot be set",
        &["dpop::v10_4_14_a_bound_refresh_token_asks_for_its_key_too"],
    ),
    none("V10.4.15", 3, "authorization details are not changed by the person", "`authorization_details` is not served"),
    part(
        "V10.4.16",
        3,
        "clients prove themselves by a key",
        "where the operator registers one (`--jwks`) or a certificate (`--certificate-name`); that every confidential client must cannot be set",
        &[
            "oauth_key::a_client_signs_at_every_endpoint_and_needs_no_secret",
            "oauth_key::a_client_that_signs_has_no_other_way_in_and_no_other_client_has_this_one",
        ],
    ),
    met(
        "V10.5.1",
        2,
        "a client refuses replayed ID tokens",
        &["outside_attack::oidcc_client_test_nonce_invalid_and_invalid_athash"],
    ),
    met(
        "V10.5.2",
        2,
        "a client knows people by `sub`",
        &[
            "outside_attack::who_was_invited_comes_in_by_a_proved_address_and_is_told",
            "outside_attack::v6_8_1_the_same_subject_at_another_provider_is_another_person",
            "outside_attack::oidcc_client_test_userinfo_invalid_sub_and_what_the_id_token_says_stands",
        ],
    ),
    met(
        "V10.5.3",
        2,
        "a client refuses metadata of another issuer",
        &["outside_attack::oidcc_client_test_discovery_issuer_mismatch_and_endpoints_that_lead_elsewhere"],
    ),
    met(
        "V10.5.4",
        2,
        "a client checks that the ID token is for it",
        &["outside_attack::oidcc_client_test_invalid_iss_missing_sub_invalid_aud_missing_iat_and_other_claims"],
    ),
    none(
        "V10.5.5",
        2,
        "a client checks logout tokens",
        "as a client, Portcullis takes none: no endpoint for them exists or is announced (docs/outside-providers.md, Sessions)",
    ),
    met(
        "V10.6.1",
        2,
        "only `code` and its like as response types",
        &[
            "oauth::rfc_8414_and_9728_say_where_everything_is",
            "oauth_attack::rfc_9700_4_8_v10_4_6_pkce_is_not_downgraded",
        ],
    ),
    met(
        "V10.6.2",
        2,
        "nobody is logged out by force",
        &["oauth_attack::a_forged_id_token_hint_and_an_unregistered_address_log_nobody_out"],
    ),
    met(
        "V10.7.1",
        2,
        "people consent, always where the client cannot be known",
        &[
            "oauth_attack::rfc_8252_8_6_a_native_app_is_asked_about_each_time",
            "oauth::a_person_logs_in_allows_and_the_app_gets_tokens",
            "oauth_register::a_client_is_what_the_document_at_its_id_says_and_the_page_shows_its_host",
        ],
    ),
    met(
        "V10.7.2",
        2,
        "the consent page says who, what and for how long",
        &["page::v10_7_2_the_page_of_consent_says_who_what_where_and_for_how_long"],
    ),
    with(
        "V10.7.3",
        2,
        "people review, change and revoke consents",
        "on the account page and over /auth/v1/consents; what a device was allowed is a session, and ended there",
        &[
            "page::v10_7_3_v10_4_9_one_sees_narrows_and_takes_back_what_apps_may_do",
            "oauth::a_refresh_rotates_and_a_withdrawn_consent_ends_it",
        ],
    ),
];
