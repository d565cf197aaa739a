//! V6: authentication.

use super::{Requirement, met, none, open, part};

/// Waits for logging in with an outside identity provider.
const NO_OUTSIDE: &str = "there is no login with an outside identity provider yet";

/// All of the chapter.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    met(
        "V6.1.1",
        1,
        "it is documented what slows guessing, how it is set, and why nobody is locked out (docs/passwords.md)",
        &[
            "throttle::an_attacker_with_many_addresses_cannot_keep_the_owner_out",
            "login_attack::the_owner_logs_in_while_more_than_a_thousand_bad_logins_a_minute_run",
        ],
    ),
    met(
        "V6.1.2",
        2,
        "the words of the context that no password may rest on are listed (auth.password.context_words)",
        &["auth::password::strength::length_own_data_and_guesses_decide_and_kinds_of_characters_do_not"],
    ),
    met(
        "V6.1.3",
        2,
        "all ways to log in are documented with their strength (docs/passwords.md, second-factors.md, oauth.md)",
        &["access::every_open_route_is_on_the_list_with_its_reason"],
    ),
    met(
        "V6.2.1",
        1,
        "a password has 8 characters at least; here 12",
        &["auth::password::strength::length_own_data_and_guesses_decide_and_kinds_of_characters_do_not"],
    ),
    met(
        "V6.2.2",
        1,
        "people change their password",
        &["user::v6_2_3_changing_a_password_needs_the_current_one_and_tells_the_user"],
    ),
    met(
        "V6.2.3",
        1,
        "a change asks for the current password",
        &[
            "user::v6_2_3_changing_a_password_needs_the_current_one_and_tells_the_user",
            "step_up::v6_2_3_who_has_a_second_factor_changes_the_password_with_it",
        ],
    ),
    met(
        "V6.2.4",
        1,
        "the most common passwords of a permitted length are refused",
        &["auth::password::strength::v6_2_4_common_passwords_of_the_permitted_length_are_refused"],
    ),
    met(
        "V6.2.5",
        1,
        "no rules about kinds of characters",
        &["password::v6_2_9_and_v6_2_5_long_passwords_of_any_characters_are_permitted"],
    ),
    met(
        "V6.2.6",
        1,
        "the field masks what is typed",
        &["asvs::v6_2_6_v6_2_7_the_password_field_is_masked_and_takes_what_is_pasted"],
    ),
    met(
        "V6.2.7",
        1,
        "pasting and password managers work",
        &["asvs::v6_2_6_v6_2_7_the_password_field_is_masked_and_takes_what_is_pasted"],
    ),
    met(
        "V6.2.8",
        1,
        "a password is verified exactly as received",
        &["password::v6_2_8_password_verified_exactly_as_received"],
    ),
    met(
        "V6.2.9",
        2,
        "64 characters are permitted; here 1,024 bytes",
        &["password::v6_2_9_and_v6_2_5_long_passwords_of_any_characters_are_permitted"],
    ),
    met("V6.2.10", 2, "a password does not expire", &["asvs::v6_2_10_a_password_of_years_ago_still_logs_in"]),
    met(
        "V6.2.11",
        2,
        "the listed words are refused as passwords",
        &[
            "auth::password::strength::length_own_data_and_guesses_decide_and_kinds_of_characters_do_not",
            "user::v6_4_1_an_invitation_works_once_and_a_weak_password_does_not_use_it_up",
        ],
    ),
    met(
        "V6.2.12",
        2,
        "breached passwords are refused (the operator imports the set)",
        &["password::v6_2_12_a_breached_password_is_refused_once_its_set_is_imported"],
    ),
    met(
        "V6.3.1",
        1,
        "stuffing and guessing are slowed as documented",
        &[
            "login_attack::v6_3_1_stuffing_stolen_pairs_from_many_addresses_is_over_after_the_first_hundred",
            "login_attack::v6_3_1_one_address_that_sprays_one_password_over_all_accounts_gets_nowhere",
            "login_attack::v6_3_1_hydra_finds_a_password_where_nothing_slows_it_and_none_here",
            "throttle::v6_3_1_guessing_for_a_day_from_one_address_gets_few_tries",
        ],
    ),
    met("V6.3.2", 1, "no accounts that come with the product", &["asvs::v6_3_2_a_new_installation_has_no_accounts"]),
    part(
        "V6.3.3",
        2,
        "more than one factor is asked for; at level 3 one of hardware",
        "of owners, administrators and auditors by default, of other roles by auth.mfa.required_roles; codes of an app, no passkeys yet",
        &[
            "mfa::v6_3_3_after_the_password_the_second_factor_is_asked_for_and_the_session_says_so",
            "mfa::v6_3_4_a_role_that_asks_for_a_factor_is_not_let_in_without_one",
        ],
    ),
    met(
        "V6.3.4",
        2,
        "every way in asks for the same",
        &[
            "mfa::v6_3_4_a_role_that_asks_for_a_factor_is_not_let_in_without_one",
            "mfa::v6_3_4_the_time_to_set_the_first_factor_up_ends",
            "access::every_open_route_is_on_the_list_with_its_reason",
        ],
    ),
    open(
        "V6.3.5",
        3,
        "people hear of suspicious attempts",
        "operators do, by events; people get no letter about attempts",
    ),
    met(
        "V6.3.6",
        3,
        "e-mail is no factor",
        &["user::v6_4_3_a_recovery_changes_nothing_until_it_is_completed_and_lets_nobody_in"],
    ),
    part(
        "V6.3.7",
        3,
        "people hear of changes of their credentials",
        "a letter for a changed or recovered password and for factors; addresses cannot be changed",
        &[
            "user::v6_2_3_changing_a_password_needs_the_current_one_and_tells_the_user",
            "mfa::v6_5_1_a_recovery_code_counts_once_and_its_owner_is_told",
        ],
    ),
    met(
        "V6.3.8",
        3,
        "nobody learns from an answer or its time who has an account",
        &[
            "login_attack::v6_3_8_known_and_unknown_accounts_get_the_same_status_text_and_headers_all_the_way_into_the_wait",
            "timing::v6_3_8_the_time_does_not_tell_even_where_hashing_hides_little",
            "user::v6_3_8_nobody_learns_from_a_recovery_whether_there_is_an_account",
            "mfa::v6_3_8_a_wrong_password_does_not_tell_who_has_a_factor",
        ],
    ),
    met(
        "V6.4.1",
        1,
        "first secrets are random, end soon and become no password",
        &[
            "user::v6_4_1_an_invitation_works_once_and_a_weak_password_does_not_use_it_up",
            "user::an_expired_link_is_refused",
        ],
    ),
    none("V6.4.2", 1, "no hints and no secret questions", "there are none: no field of an account holds one"),
    met(
        "V6.4.3",
        2,
        "recovering a password does not go past the second factor",
        &[
            "mfa::v6_4_3_a_recovered_password_does_not_go_past_the_second_factor",
            "user::v6_4_3_a_recovery_changes_nothing_until_it_is_completed_and_lets_nobody_in",
        ],
    ),
    part(
        "V6.4.4",
        2,
        "a lost factor is replaced after proving who one is as at the enrolment",
        "an operator resets it, and that is recorded; how the person is identified is the operator's",
        &["mfa::v6_4_4_v6_5_6_an_operator_lists_and_resets_factors_and_it_is_recorded"],
    ),
    none("V6.4.5", 3, "reminders before a credential expires", "no password and no factor of a person expires"),
    met(
        "V6.4.6",
        3,
        "operators begin a recovery and never choose the password",
        &["user::v6_4_3_a_recovery_changes_nothing_until_it_is_completed_and_lets_nobody_in"],
    ),
    met(
        "V6.5.1",
        2,
        "a code counts once",
        &[
            "mfa::v6_5_1_a_code_counts_once_and_none_before_it_counts_any_more",
            "mfa::v6_5_1_of_two_that_bring_one_code_at_once_one_is_let_in",
            "mfa::v6_5_1_a_recovery_code_counts_once_and_its_owner_is_told",
        ],
    ),
    met(
        "V6.5.2",
        2,
        "stored codes of little entropy are hashed slowly, others at all",
        &["auth::mfa::recovery::a_code_is_found_however_it_is_written_and_for_its_owner_only"],
    ),
    met(
        "V6.5.3",
        2,
        "codes and seeds come from a secure generator",
        &["auth::mfa::recovery::a_code_is_found_however_it_is_written_and_for_its_owner_only"],
    ),
    met(
        "V6.5.4",
        2,
        "codes have 20 bits at least",
        &["auth::mfa::recovery::a_code_is_found_however_it_is_written_and_for_its_owner_only"],
    ),
    part(
        "V6.5.5",
        2,
        "a code of an app lives 30 s, others 10 minutes at most",
        "a code of an app is also taken one step of 30 s before and after, for clocks that differ",
        &["mfa::v6_5_5_v6_5_8_clocks_may_differ_by_a_step_and_no_more"],
    ),
    met(
        "V6.5.6",
        3,
        "every factor can be revoked",
        &[
            "mfa::v6_4_4_v6_5_6_an_operator_lists_and_resets_factors_and_it_is_recorded",
            "step_up::v7_5_1_factors_are_changed_by_who_showed_lately_who_they_are",
        ],
    ),
    none("V6.5.7", 3, "biometrics are a second factor only", "the server sees none"),
    met(
        "V6.5.8",
        3,
        "the time of codes is the server's",
        &["mfa::v6_5_5_v6_5_8_clocks_may_differ_by_a_step_and_no_more"],
    ),
    none("V6.6.1", 2, "codes by telephone only beside stronger ways", "no codes by telephone"),
    met(
        "V6.6.2",
        2,
        "an out-of-band request is bound to what it was made for",
        &[
            "mfa::v6_6_2_a_challenge_is_for_one_person_one_browser_one_time",
            "oauth_attack::rfc_8628_5_4_a_link_behind_the_code_works_in_the_browser_that_entered_it_only",
        ],
    ),
    met(
        "V6.6.3",
        2,
        "codes cannot be guessed",
        &[
            "throttle::v6_6_3_a_one_time_code_has_five_tries_whatever_the_time",
            "mfa::v6_6_3_after_five_tries_a_challenge_is_dead_and_the_owner_is_not_locked_out",
            "login_attack::v6_6_3_guessing_codes_for_a_year_gets_few_tries_even_with_the_password",
            "oauth_attack::rfc_8628_5_1_user_codes_are_not_tried_out",
        ],
    ),
    none("V6.6.4", 3, "pushed requests are limited", "nothing is pushed"),
    open("V6.7.1", 3, "keys that verify cryptographic factors are protected", "no passkeys yet"),
    open("V6.7.2", 3, "challenges of cryptographic factors are long and unique", "no passkeys yet"),
    open("V6.8.1", 2, "a person of one identity provider cannot be one of another", NO_OUTSIDE),
    open("V6.8.2", 2, "signatures of outside assertions are verified", NO_OUTSIDE),
    none("V6.8.3", 2, "a SAML assertion is used once", "SAML is not spoken"),
    open("V6.8.4", 2, "the strength that an identity provider states is checked", NO_OUTSIDE),
];
