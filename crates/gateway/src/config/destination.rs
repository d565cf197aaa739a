//! Whom the configuration names: the hosts that the gateway may connect to without more words.

use http::Uri;

use super::Config;
use crate::infra::mail::Relay;
use crate::infra::network::egress::{EgressError, Rules, Target};

/// A target and the setting that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The setting.
    pub setting: String,
    /// The host and port.
    pub target: Target,
}

impl Config {
    /// All targets that the configuration names, but for the database and Redis, which stand behind references and are
    /// dialled by their drivers.
    pub fn destinations(&self) -> Vec<Destination> {
        self.named().filter_map(|(setting, target)| Some(Destination { setting, target: target.ok()? })).collect()
    }

    /// What may be connected to.
    pub fn egress_rules(&self) -> Rules {
        Rules::new(&self.egress, self.named().filter_map(|(_, target)| target.ok()).collect())
    }

    /// One sentence for every setting that names no plain host.
    pub(super) fn destination_problems(&self) -> Vec<String> {
        self.named().filter_map(|(setting, target)| Some(format!("{setting}: {}", target.err()?))).collect()
    }

    fn named(&self) -> impl Iterator<Item = (String, Result<Target, EgressError>)> {
        let acme = self.server.tls.as_ref().and_then(|tls| tls.acme.as_ref());
        let providers = self.providers.iter().enumerate();
        let outside = self.auth.outside.iter().enumerate();
        let addresses = providers
            .map(|(index, provider)| (format!("provider[{index}].base_url"), provider.base_url.as_str()))
            .chain(outside.map(|(index, one)| (format!("auth.outside[{index}].issuer"), one.issuer.as_str())))
            .chain(acme.map(|acme| ("server.tls.acme.directory".to_owned(), acme.directory.as_str())))
            .chain(self.telemetry.otlp_endpoint.as_deref().map(|url| ("telemetry.otlp_endpoint".to_owned(), url)));
        // What is no address at all, or no mail server, its own section complains about.
        let relay = self.mail.smtp.as_deref().and_then(|url| Relay::parse(url).ok());
        let mail = relay.map(|relay| ("mail.smtp".to_owned(), Ok(relay.target)));
        let hosts = addresses.filter_map(|(setting, url)| {
            let uri = url.parse::<Uri>().ok().filter(|uri| uri.host().is_some_and(|host| !host.is_empty()))?;
            Some((setting, Target::of(&uri)))
        });
        hosts.chain(mail)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_setting_that_is_dialled_is_a_destination() {
        let text = r#"
            auth.public_url = "https://gate.example"
            mail.smtp = "smtp://mail.example"
            telemetry.otlp_endpoint = "https://collector.example:4318"
            [[auth.outside]]
            name = "corp"
            issuer = "https://id.example/tenant"
            client_id = "gate"
            [[provider]]
            name = "up"
            kind = "openai"
            base_url = "https://API.example/v1"
        "#;
        let config = Config::parse(text, Path::new("p.toml")).unwrap();
        let found: Vec<String> = config.destinations().iter().map(|d| format!("{} {}", d.setting, d.target)).collect();
        assert_eq!(
            found,
            [
                "provider[0].base_url api.example:443",
                "auth.outside[0].issuer id.example:443",
                "telemetry.otlp_endpoint collector.example:4318",
                "mail.smtp mail.example:587",
            ]
        );
        let error = Config::parse(&text.replace("https://API.example", "https://0x7f.1"), Path::new("p.toml"));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("provider[0].base_url: `0x7f.1` is not a plain host"), "{error}");
    }
}
