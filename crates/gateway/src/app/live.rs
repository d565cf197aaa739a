//! What a reload replaces: the configuration, and what is compiled from it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use guard::classifier::Model;
use http::HeaderValue;
use jiff::Timestamp;

use super::StartError;
use crate::api::cors::Cors;
use crate::api::https::config::TlsConfig;
use crate::api::https::tls::Tls;
use crate::config::{Config, ConfigError};
use crate::data::access::Policies;
use crate::infra::network::egress::Egress;
use crate::infra::network::waf::Waf;
use crate::model::policy::config::PolicyConfig;
use crate::model::policy::scope::Asked;
use crate::model::policy::select::names;
use crate::model::policy::{PolicySet, problems};
use crate::model::transformer::Transformer;
use crate::proxy::config::ModelConfig;
use crate::proxy::engine::Engine;
use crate::proxy::upstream::{Provider, Target};

/// What a reload replaces.
#[derive(Debug)]
pub struct Live {
    /// The configuration.
    pub config: Config,
    /// Every policy that can apply, the default last.
    pub policies: PolicySet,
    pub(super) access: Arc<Policies>,
    /// What judges for learned rules.
    pub model: Arc<Model>,
    /// What settles what it is unsure of.
    pub transformer: Option<Arc<Transformer>>,
    /// The rules of the web application firewall.
    pub waf: Waf,
    /// Which pages of other origins may call.
    pub cors: Cors,
    engines: HashMap<String, Arc<Engine>>,
    providers: HashMap<String, Arc<Provider>>,
    /// What new connections to the data plane are served with.
    pub tls: Option<Tls>,
    /// Keeps browsers to HTTPS.
    pub hsts: Option<HeaderValue>,
}

impl Live {
    /// Resolves keys and compiles policies.
    pub(super) fn new(
        config: Config,
        stored: Vec<PolicyConfig>,
        access: Arc<Policies>,
        (model, transformer): (Arc<Model>, Option<Arc<Transformer>>),
        (data, now, egress): (&Path, Timestamp, &Arc<Egress>),
    ) -> Result<Self, StartError> {
        let waf = Waf::open(&config.waf, data)?;
        let cors = Cors::new(&config.cors);
        let mut providers = HashMap::new();
        for provider in &config.providers {
            let ready = Provider::new(provider, egress)
                .map_err(|source| StartError::Provider { provider: provider.name.clone(), source })?;
            providers.insert(provider.name.clone(), Arc::new(ready));
        }
        for policy in &stored {
            // A rule may have gone with an older version of the program.
            let problems = problems(policy);
            if !problems.is_empty() {
                let path = PathBuf::from(format!("the stored policy `{}`", policy.name));
                return Err(ConfigError::Invalid { path, problems }.into());
            }
        }
        let policies = PolicySet::of(&stored, &config.policies);
        let engines = policies
            .iter()
            .map(|policy| {
                (policy.config.name.clone(), Arc::new(Engine::new(policy.clone(), &model, transformer.as_ref())))
            })
            .collect();
        let tls = config.server.tls.as_ref();
        let hsts = tls.and_then(TlsConfig::hsts);
        let tls = tls.map(|tls| Tls::load(tls, data, now)).transpose()?;
        Ok(Self { config, policies, access, waf, cors, engines, providers, tls, hsts, model, transformer })
    }

    /// The policy that applies, with its detectors.
    pub fn engine(&self, asked: Asked<'_>) -> &Arc<Engine> {
        &self.engines[&self.policies.pick(asked).config.name]
    }

    /// The configured model of this name: exactly, or by the longest beginning with a `*`.
    pub fn model(&self, asked: &str) -> Option<&ModelConfig> {
        let models = &self.config.models;
        models
            .iter()
            .find(|model| model.name == asked)
            .or_else(|| models.iter().filter(|model| names(&model.name, asked)).max_by_key(|model| model.name.len()))
    }

    /// Who serves the model, in the order to ask.
    pub fn targets(&self, model: &ModelConfig, asked: &str) -> Vec<Target> {
        let fallbacks = model.fallback.iter().filter_map(|name| self.model(name));
        std::iter::once(model)
            .chain(fallbacks)
            .filter_map(|model| {
                let provider = self.providers.get(&model.provider)?.clone();
                let own_name = if model.name.ends_with('*') { asked } else { &model.name };
                let price = model.price().unwrap_or_default();
                Some(Target { provider, model: model.upstream.clone().unwrap_or_else(|| own_name.to_owned()), price })
            })
            .collect()
    }
}
