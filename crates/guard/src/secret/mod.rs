//! Credentials: keys, tokens and passwords of some hundred kinds.
//!
//! A key with a shape of its own is found by its prefix and judged by its checksum, where its issuer publishes one, or by
//! its entropy. A key without a shape is found by what it is called. What is only a placeholder is clean.
//!
//! Invariants: patterns begin at or near a distinctive literal, so that a stream waits for no ordinary word; keywords
//! around a value are not part of what is reported.

pub mod adyen_key;
pub mod age_key;
pub mod airtable_token;
pub mod alibaba_key;
pub mod anthropic_key;
pub mod asana_token;
pub mod atlassian_token;
pub mod authorization_header;
pub mod aws_access_key;
pub mod aws_secret_key;
pub mod aws_session_token;
pub mod azure_client_secret;
pub mod azure_sas;
pub mod azure_storage_key;
pub mod bitbucket_token;
pub mod braintree_token;
pub mod brevo_key;
pub mod checksum;
pub mod cloudflare_origin_key;
pub mod cloudflare_token;
pub mod cohere_key;
pub mod compatible_key;
pub mod connection_string;
mod context;
pub mod crates_token;
pub mod database_url;
pub mod databricks_token;
pub mod datadog_key;
pub mod deepseek_key;
pub mod digitalocean_token;
pub mod discord_token;
pub mod discord_webhook;
pub mod docker_token;
pub mod doppler_token;
pub mod dropbox_token;
pub mod encoded_private_key;
mod entropy;
pub mod fastly_token;
pub mod figma_token;
pub mod fireworks_key;
pub mod fly_token;
pub mod gcp_service_account;
pub mod generic_secret;
pub mod github_fine_grained_token;
pub mod github_token;
pub mod gitlab_token;
pub mod google_api_key;
pub mod google_oauth_secret;
pub mod google_oauth_token;
pub mod grafana_token;
pub mod groq_key;
pub mod heroku_key;
pub mod hetzner_token;
pub mod honeycomb_key;
pub mod huggingface_token;
pub mod joined_secret;
pub mod jwt;
pub mod langsmith_key;
pub mod linear_key;
pub mod linode_token;
pub mod mailchimp_key;
pub mod mailgun_key;
pub mod mistral_key;
pub mod netlify_token;
pub mod newrelic_key;
pub mod notion_token;
pub mod npm_token;
pub mod nuget_key;
pub mod onepassword_secret;
pub mod openai_key;
pub mod openrouter_key;
pub mod pagerduty_key;
pub mod password_hash;
pub mod perplexity_key;
pub mod pinecone_key;
mod placeholder;
pub mod plaid_secret;
pub mod plaid_token;
pub mod planetscale_token;
pub mod portcullis_key;
pub mod postman_key;
pub mod postmark_token;
pub mod prefect_key;
pub mod private_key;
pub mod pulumi_token;
pub mod putty_key;
pub mod pypi_token;
pub mod readme_key;
pub mod replicate_token;
pub mod resend_key;
pub mod rubygems_token;
pub mod sendgrid_key;
pub mod sentry_token;
pub mod shopify_token;
pub mod slack_token;
pub mod slack_webhook;
pub mod snowflake_password;
pub mod sourcegraph_token;
pub mod square_token;
pub mod stripe_key;
pub mod supabase_key;
pub mod tailscale_key;
pub mod telegram_token;
pub mod terraform_token;
pub mod together_key;
pub mod twilio_auth_token;
pub mod twilio_key;
pub mod url_password;
mod user_info;
pub mod vault_token;
pub mod vercel_token;
pub mod wandb_key;
pub mod xai_key;
pub mod yandex_key;

use crate::rule::Rule;

/// The rules of this family, by id.
pub const RULES: &[&Rule] = &[
    &aws_access_key::RULE,
    &aws_secret_key::RULE,
    &aws_session_token::RULE,
    &google_api_key::RULE,
    &google_oauth_secret::RULE,
    &google_oauth_token::RULE,
    &gcp_service_account::RULE,
    &azure_storage_key::RULE,
    &azure_client_secret::RULE,
    &azure_sas::RULE,
    &alibaba_key::RULE,
    &yandex_key::RULE,
    &digitalocean_token::RULE,
    &linode_token::RULE,
    &hetzner_token::RULE,
    &cloudflare_token::RULE,
    &cloudflare_origin_key::RULE,
    &fastly_token::RULE,
    &heroku_key::RULE,
    &fly_token::RULE,
    &vercel_token::RULE,
    &netlify_token::RULE,
    &github_token::RULE,
    &github_fine_grained_token::RULE,
    &gitlab_token::RULE,
    &bitbucket_token::RULE,
    &npm_token::RULE,
    &pypi_token::RULE,
    &rubygems_token::RULE,
    &crates_token::RULE,
    &nuget_key::RULE,
    &docker_token::RULE,
    &sourcegraph_token::RULE,
    &postman_key::RULE,
    &slack_token::RULE,
    &slack_webhook::RULE,
    &discord_token::RULE,
    &discord_webhook::RULE,
    &telegram_token::RULE,
    &twilio_key::RULE,
    &twilio_auth_token::RULE,
    &sendgrid_key::RULE,
    &mailgun_key::RULE,
    &mailchimp_key::RULE,
    &postmark_token::RULE,
    &brevo_key::RULE,
    &resend_key::RULE,
    &stripe_key::RULE,
    &square_token::RULE,
    &shopify_token::RULE,
    &braintree_token::RULE,
    &adyen_key::RULE,
    &plaid_token::RULE,
    &plaid_secret::RULE,
    &openai_key::RULE,
    &anthropic_key::RULE,
    &openrouter_key::RULE,
    &deepseek_key::RULE,
    &compatible_key::RULE,
    &huggingface_token::RULE,
    &replicate_token::RULE,
    &groq_key::RULE,
    &perplexity_key::RULE,
    &xai_key::RULE,
    &cohere_key::RULE,
    &mistral_key::RULE,
    &together_key::RULE,
    &fireworks_key::RULE,
    &langsmith_key::RULE,
    &wandb_key::RULE,
    &pinecone_key::RULE,
    &databricks_token::RULE,
    &snowflake_password::RULE,
    &datadog_key::RULE,
    &newrelic_key::RULE,
    &grafana_token::RULE,
    &sentry_token::RULE,
    &honeycomb_key::RULE,
    &pagerduty_key::RULE,
    &atlassian_token::RULE,
    &linear_key::RULE,
    &notion_token::RULE,
    &airtable_token::RULE,
    &asana_token::RULE,
    &figma_token::RULE,
    &dropbox_token::RULE,
    &prefect_key::RULE,
    &readme_key::RULE,
    &terraform_token::RULE,
    &vault_token::RULE,
    &doppler_token::RULE,
    &onepassword_secret::RULE,
    &age_key::RULE,
    &tailscale_key::RULE,
    &planetscale_token::RULE,
    &supabase_key::RULE,
    &pulumi_token::RULE,
    &portcullis_key::RULE,
    &private_key::RULE,
    &encoded_private_key::RULE,
    &putty_key::RULE,
    &jwt::RULE,
    &database_url::RULE,
    &url_password::RULE,
    &connection_string::RULE,
    &authorization_header::RULE,
    &password_hash::RULE,
    &generic_secret::RULE,
    &joined_secret::RULE,
];

#[cfg(test)]
mod tests;
