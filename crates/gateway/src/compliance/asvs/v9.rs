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
        ],
    ),
    met(
        "V9.1.2",
        1,
        "only listed algorithms, never `none`",
        &[
            "token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused",
            "token::es256_keys_sign_and_verify_too",
        ],
    ),
    met(
        "V9.1.3",
        1,
        "keys come from where they were set up, never from the token",
        &["token::v9_1_1_v9_1_2_v9_1_3_forged_headers_and_signatures_are_refused"],
    ),
    met(
        "V9.2.1",
        1,
        "a token counts in its time only",
        &["token::v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused"],
    ),
    met(
        "V9.2.2",
        2,
        "a token counts for its purpose only",
        &["token::v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused"],
    ),
    met(
        "V9.2.3",
        2,
        "a token counts for its audience only",
        &[
            "token::v9_2_1_v9_2_2_v9_2_3_claims_that_do_not_hold_are_refused",
            "token::v10_3_1_a_token_of_another_audience_or_installation_is_refused",
        ],
    ),
    met(
        "V9.2.4",
        2,
        "one key for several audiences names the audience in each token",
        &[
            "token::v10_3_1_a_token_of_another_audience_or_installation_is_refused",
            "oauth::a_person_logs_in_allows_and_the_app_gets_tokens",
        ],
    ),
];
