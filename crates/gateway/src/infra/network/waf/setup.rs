//! The text of the configuration as rules: between a rule set's own set-up and its rules.

use std::fmt::Write as _;

use super::config::{WafConfig, WafExclusion};

/// What no rule looks at outside of the provider routes: secrets and tokens, which may be any characters (`--` begins a
/// comment in SQL, and stands in many a token), addresses, which are compared with a list or fetched behind a
/// guard, what SCIM says of where a member is, and its filters, which are a language of their own.
const OPAQUE: &str = r"(?:^|\.)(?:(?:\w+_)?(?:password|token|secret|nonce|challenge|verifier|assertion|uris?)|code|state|client_id|iss|issuer|resource|filter|\$ref)(?:\.array_\d+)?$";

/// Our own cookies: tokens.
const COOKIES: &str = "^__Host-";

/// The tags of the rules that look at arguments: those of the Core Rule Set, and our own.
const TAGS: &str = "^(?:OWASP_CRS|own-rules)$";

/// Levels, thresholds, what the gateway's routes need, and what is excluded.
pub(super) fn text(config: &WafConfig) -> String {
    let (level, threshold) = (config.paranoia, config.threshold);
    let mut out = format!(
        "SecRuleEngine On\n\
         SecAction \"id:299000,phase:1,pass,nolog,\
         setvar:tx.blocking_paranoia_level={level},setvar:tx.paranoia_level={level},\
         setvar:tx.inbound_anomaly_score_threshold={threshold},\
         setvar:'tx.allowed_methods=GET HEAD POST OPTIONS PUT PATCH DELETE',\
         setvar:'tx.allowed_request_content_type=|application/x-www-form-urlencoded| |multipart/form-data| \
         |application/json| |application/scim+json| |text/plain|'\"\n\
         SecRule REQUEST_FILENAME \"!@beginsWith /v1/\" \"id:299001,phase:1,pass,nolog,\
         ctl:ruleRemoveTargetByTag={TAGS};ARGS:/{OPAQUE}/\"\n\
         SecRuleUpdateTargetByTag {TAGS} \"!REQUEST_COOKIES:/{COOKIES}/\"\n"
    );
    for (index, exclusion) in config.exclusions.iter().enumerate() {
        exclude(exclusion, 299_100 + index, &mut out);
    }
    out
}

/// One exclusion, as a rule that every request passes.
fn exclude(exclusion: &WafExclusion, id: usize, out: &mut String) {
    let controls = exclusion.rules.iter().map(|rule| match &exclusion.target {
        Some(target) => format!("ctl:ruleRemoveTargetById={rule};{target}"),
        None => format!("ctl:ruleRemoveById={rule}"),
    });
    let controls = controls.collect::<Vec<_>>().join(",");
    let test = match exclusion.path.as_deref() {
        None => "@unconditionalMatch".to_owned(),
        Some(path) => match path.strip_suffix('*') {
            Some(beginning) => format!("@beginsWith {beginning}"),
            None => format!("@streq {path}"),
        },
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "SecRule REQUEST_FILENAME \"{test}\" \"id:{id},phase:1,pass,nolog,{controls}\"");
}
