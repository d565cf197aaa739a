//! V7: session management.

use super::{Requirement, met, with};

/// All of the chapter.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    met(
        "V7.1.1",
        2,
        "how long sessions last, idle and in all, is documented (docs/operations.md: 7 days, 30 days)",
        &["refresh::v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case"],
    ),
    met(
        "V7.1.2",
        2,
        "how many sessions one person may have is documented (docs/operations.md: no limit, all are listed and ended)",
        &["session::v7_5_2_a_person_sees_and_ends_their_own_sessions_only"],
    ),
    met(
        "V7.1.3",
        2,
        "how sessions of federated systems go together is documented (docs/oauth.md, docs/outside-providers.md)",
        &[
            "oauth::a_refresh_rotates_and_a_withdrawn_consent_ends_it",
            "oauth_logout::a_client_is_told_however_the_login_ends",
            "outside_attack::who_has_to_log_in_anew_did_and_who_did_not_is_refused",
        ],
    ),
    met(
        "V7.2.1",
        1,
        "tokens are verified by the server",
        &[
            "token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused",
            "refresh::forged_refresh_tokens_reach_no_store",
        ],
    ),
    met(
        "V7.2.2",
        1,
        "session tokens are made for the session, not static keys",
        &[
            "login::v7_2_1_a_login_begins_a_session_and_its_tokens_are_in_cookies_or_where_they_were_asked_for",
            "session::a_key_is_no_person",
        ],
    ),
    met(
        "V7.2.3",
        1,
        "reference tokens are unique and have 128 random bits",
        &["refresh::every_refresh_rotates", "refresh::forged_refresh_tokens_reach_no_store"],
    ),
    met(
        "V7.2.4",
        1,
        "logging in again makes a new token and ends the old one",
        &[
            "session::v7_2_4_a_step_up_begins_a_new_session_and_ends_the_old_one",
            "oauth_attack::a_wrong_password_stays_on_the_page_and_a_new_login_ends_the_old_one",
            "page::v7_2_4_a_session_that_was_there_before_ends_with_a_login",
            "outside::the_login_page_has_buttons_and_a_login_ends_the_session_of_before",
        ],
    ),
    met(
        "V7.3.1",
        2,
        "a session that is not used ends",
        &["refresh::v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case"],
    ),
    met(
        "V7.3.2",
        2,
        "a session ends in any case",
        &["refresh::v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case"],
    ),
    met(
        "V7.4.1",
        1,
        "what has ended is of no more use",
        &[
            "session::v7_4_1_logout_ends_access_and_refresh_at_once",
            "token::v7_4_5_a_revocation_is_seen_by_every_process_within_a_second",
            "page::one_ends_ones_own_sessions_and_nobody_elses",
        ],
    ),
    met(
        "V7.4.2",
        1,
        "who is kept out is out of all sessions",
        &[
            "login::v7_4_2_a_user_who_is_kept_out_is_out_of_every_session_at_once",
            "user::v7_4_2_whatever_changes_a_password_or_a_status_ends_all_sessions",
        ],
    ),
    met(
        "V7.4.3",
        2,
        "after a change of a factor other sessions can be ended",
        &[
            "login::v7_4_3_a_new_password_ends_every_session",
            "step_up::v7_5_2_other_sessions_are_ended_by_who_showed_lately_who_they_are",
        ],
    ),
    met(
        "V7.4.4",
        2,
        "every page behind a login shows how to log out",
        &["page::v7_4_4_every_page_behind_a_login_says_how_to_log_out"],
    ),
    met(
        "V7.4.5",
        2,
        "operators end the sessions of one person or of all",
        &[
            "token::v7_4_5_a_revocation_is_seen_by_every_process_within_a_second",
            "session::the_command_line_issues_explains_lists_and_revokes",
        ],
    ),
    met(
        "V7.5.1",
        2,
        "who changes how they log in shows again who they are",
        &[
            "step_up::v7_5_1_factors_are_changed_by_who_showed_lately_who_they_are",
            "step_up::v6_2_3_who_has_a_second_factor_changes_the_password_with_it",
            "page::v7_5_3_factors_and_passwords_change_only_for_who_showed_lately_who_they_are",
            "passkey_attack::v7_5_1_a_passkey_is_added_by_who_showed_lately_who_they_are",
            "outside_attack::linking_needs_a_session_shown_lately_this_very_browser_and_an_identity_of_nobody_else",
        ],
    ),
    met(
        "V7.5.2",
        2,
        "people see their sessions and end them, after showing again who they are",
        &[
            "session::v7_5_2_a_person_sees_and_ends_their_own_sessions_only",
            "step_up::v7_5_2_other_sessions_are_ended_by_who_showed_lately_who_they_are",
            "page::one_ends_ones_own_sessions_and_nobody_elses",
        ],
    ),
    met(
        "V7.5.3",
        3,
        "what is most dangerous asks for a factor again",
        &[
            "step_up::v7_5_3_a_step_up_asks_for_every_factor_and_five_tries_end_it",
            "step_up::v8_4_2_a_person_changes_policies_after_a_step_up_and_a_key_by_its_scope",
            "passkey::v7_5_1_a_passkey_steps_up_without_the_password_in_its_own_session_only",
        ],
    ),
    with(
        "V7.6.1",
        2,
        "sessions of relying parties and the provider end as documented",
        "apps are told of each logout; a session of an outside provider and ours end apart, as documented, and what is dangerous asks for a new login there",
        &[
            "oauth_logout::a_client_is_told_however_the_login_ends",
            "oauth_logout::a_login_that_is_renewed_by_the_same_person_has_not_ended",
            "oauth::an_app_logs_a_person_out_and_leads_where_it_registered",
            "outside_attack::who_has_to_log_in_anew_did_and_who_did_not_is_refused",
            "refresh::v7_3_1_v7_3_2_v10_4_8_a_session_ends_when_idle_and_in_any_case",
        ],
    ),
    met(
        "V7.6.2",
        2,
        "no session begins without a person's doing",
        &[
            "oauth::a_person_logs_in_allows_and_the_app_gets_tokens",
            "oauth_attack::rfc_9700_4_7_v10_2_1_forms_of_other_sites_browsers_and_pages_do_nothing",
            "outside_attack::v7_6_2_a_link_on_another_site_begins_no_login_before_somebody_agrees",
            "outside_attack::csrf_an_answer_to_another_browser_or_for_the_second_time_lets_nobody_in",
            "page::v3_5_1_a_form_of_another_site_browser_session_or_page_does_nothing",
        ],
    ),
];
