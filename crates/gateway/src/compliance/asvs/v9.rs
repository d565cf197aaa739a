//! V9: self-contained tokens.

use super::{Requirement, met};

/// All of the chapter.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    met(
        "V9.1.1",
        1,
        "the signature is verified before anything else is believed",
        &[
            "token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused",
            "step_up::v9_1_1_a_forged_acr_is_worth_nothing",
            "outside_attack::oidcc_client_test_idtoken_sig_none_invalid_sig_rs256_invalid_sig_hs256_and_other_headers",
            "oauth_key::rfc_8725_headers_and_keys_that_an_assertion_brings_are_not_believed",
        ],
    ),
    met(
        "V9.1.2",
        1,
        "only listed algorithms, never `none`",
        &[
            "token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused",
            "token::es256_keys_sign_and_verify_too",
            "outside_attack::oidcc_client_test_idtoken_sig_none_invalid_sig_rs256_invalid_sig_hs256_and_other_headers",
            "oauth_key::rfc_8725_headers_and_keys_that_an_assertion_brings_are_not_believed",
            "jwt_tool::x_a_alg_none_in_every_spelling",
            "jwt_tool::x_b_blank_password_and_x_k_key_confusion",
        ],
    ),
    met(
        "V9.1.3",
        1,
        "keys come from where they were set up, never from the token",
        &[
            "token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused",
            "outside_attack::oidcc_client_test_idtoken_sig_none_invalid_sig_rs256_invalid_sig_hs256_and_other_headers",
            "oauth_key::rfc_8725_headers_and_keys_that_an_assertion_brings_are_not_believed",
            "jwt_tool::x_s_spoofed_key_sets_and_x_i_inline_keys",
        ],
    ),
    met(
        "V9.2.1",
        1,
        "a token counts in its time only",
        &[
            "token::v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused",
            "outside_attack::oidcc_client_test_invalid_iss_missing_sub_invalid_aud_missing_iat_and_other_claims",
            "oauth_key::rfc_7523_3_claims_that_do_not_hold_are_refused",
        ],
    ),
    met(
        "V9.2.2",
        2,
        "a token counts for its purpose only",
        &[
            "token::v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused",
            "outside_attack::oidcc_client_test_idtoken_sig_none_invalid_sig_rs256_invalid_sig_hs256_and_other_headers",
            "oauth_key::rfc_8725_headers_and_keys_that_an_assertion_brings_are_not_believed",
            "oauth_logout::a_client_is_told_with_a_token_that_is_nothing_else",
        ],
    ),
    met(
        "V9.2.3",
        2,
        "a token counts for its audience only",
        &[
            "token::v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused",
            "token::v10_3_1_a_token_of_another_audience_or_installation_is_refused",
            "outside_attack::oidcc_client_test_invalid_iss_missing_sub_invalid_aud_missing_iat_and_other_claims",
            "oauth_key::rfc_7523_3_claims_that_do_not_hold_are_refused",
        ],
    ),
    met(
        "V9.2.4",
        2,
        "one key for several audiences names the audience in each token",
        &[
            "token::v10_3_1_a_token_of_another_audience_or_installation_is_refused",
            "oauth::a_person_logs_in_allows_and_the_app_gets_tokens",
            "oauth_logout::a_client_is_told_with_a_token_that_is_nothing_else",
        ],
    ),
];
