//! V8: authorization.

use super::{Requirement, met, part};

/// All of the chapter.
pub(super) const REQUIREMENTS: &[Requirement] = &[
    met(
        "V8.1.1",
        1,
        "who may do what is documented (docs/access.md, docs/roles.txt)",
        &["access::v8_1_1_the_table_of_roles_is_fresh"],
    ),
    met(
        "V8.1.2",
        2,
        "which fields are for whom is documented (docs/access.md)",
        &["privilege::v8_2_3_sealed_fields_are_for_owners_and_auditors"],
    ),
    part(
        "V8.1.3",
        3,
        "circumstances that decide are documented",
        "of logins: address, device, failures, spraying (docs/passwords.md); of access, none decides by default",
        &["throttle::spraying_makes_unknown_browsers_work_and_known_ones_not"],
    ),
    part(
        "V8.1.4",
        3,
        "how circumstances decide is documented",
        "for logins (docs/passwords.md) and step-up (docs/second-factors.md)",
        &["throttle::spraying_makes_unknown_browsers_work_and_known_ones_not"],
    ),
    met(
        "V8.2.1",
        1,
        "functions are for who may use them",
        &[
            "access::v8_2_1_v8_3_1_every_route_refuses_who_may_not",
            "page::v8_2_1_ones_own_pages_are_for_the_cookies_of_a_login_only",
        ],
    ),
    met(
        "V8.2.2",
        1,
        "data are for who may see them",
        &[
            "privilege::v8_2_2_v8_4_1_another_tenants_things_are_out_of_reach",
            "page::one_ends_ones_own_sessions_and_nobody_elses",
        ],
    ),
    met(
        "V8.2.3",
        2,
        "fields are for who may see them",
        &["privilege::v8_2_3_sealed_fields_are_for_owners_and_auditors"],
    ),
    part(
        "V8.2.4",
        3,
        "circumstances count at the login and during a session",
        "at the login and for a step-up; not for each request of a session",
        &[
            "throttle::spraying_makes_unknown_browsers_work_and_known_ones_not",
            "step_up::v8_4_2_a_person_changes_policies_after_a_step_up_and_a_key_by_its_scope",
        ],
    ),
    met(
        "V8.3.1",
        1,
        "the server decides, by nothing that a client could change",
        &["access::v8_2_1_v8_3_1_every_route_refuses_who_may_not", "step_up::v9_1_1_a_forged_acr_is_worth_nothing"],
    ),
    met(
        "V8.3.2",
        3,
        "a change of rights counts at once",
        &["privilege::v8_3_2_a_role_that_was_taken_away_is_gone_at_once"],
    ),
    met(
        "V8.3.3",
        3,
        "the rights of who began it count, not those of who is in between",
        &[
            "privilege::v8_3_3_a_key_can_do_what_its_owner_can_and_stops_with_them",
            "oauth_attack::rfc_8693_an_agent_acts_for_somebody_with_no_more_and_no_longer",
        ],
    ),
    met(
        "V8.4.1",
        2,
        "tenants are kept apart",
        &[
            "privilege::v8_2_2_v8_4_1_another_tenants_things_are_out_of_reach",
            "privilege::v8_4_1_no_policy_of_an_operator_lifts_the_isolation_of_tenants",
        ],
    ),
    part(
        "V8.4.2",
        3,
        "administration has several layers",
        "loopback, a role, a second factor, a fresh step-up; no posture of the device",
        &[
            "step_up::v8_4_2_a_person_changes_policies_after_a_step_up_and_a_key_by_its_scope",
            "config::the_admin_plane_stays_on_loopback",
        ],
    ),
];
