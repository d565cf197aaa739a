//! A policy with its detectors compiled: from a text to a [`Verdict`].

use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest;
use guard::classifier::transformer::RULE as CL007;
use guard::classifier::{Model, Source};
use guard::leak::ProtectedText;
use guard::rule::Matcher;
use guard::stream::{Hold, Plan};
use guard::{Finding, Report, Scanner};
use quick_cache::sync::Cache;

use crate::model::policy::Policy;
use crate::model::policy::config::{Origin, Stage, StreamMode};
use crate::model::policy::verdict::Verdict;
use crate::model::tool::contract::ToolContract;
use crate::model::tool::schema::SchemaCache;
use crate::model::transformer::Transformer;
use crate::proxy::escalate::{EMBEDDED, Escalation};

/// Stages on the way in.
const INPUT: &[Stage] = &[Stage::Input, Stage::ToolResult, Stage::ToolCall];
/// Stages on the way out.
const OUTPUT: &[Stage] = &[Stage::Output, Stage::ToolCall];
/// Shorter texts are cheaper to look at than to look up.
const CACHED_BYTES_MIN: usize = 256;

/// A policy and the scanners for the rules that it has lines for.
#[derive(Debug)]
pub struct Engine {
    /// The policy.
    pub policy: Arc<Policy>,
    input: Scanner,
    output: Scanner,
    /// How streams are scanned.
    pub plan: Arc<Plan>,
    /// Some rule wants the whole answer before anything leaves.
    pub buffers: bool,
    /// Some rule compares answers with the operator's prompt.
    pub compares: bool,
    /// What calls of tools are held to.
    pub contract: Option<ToolContract>,
    /// Answers are held to the schema that they were asked in.
    pub asks_schema: bool,
    /// And wait for their end, because a breach stops them.
    pub holds_answers: bool,
    /// Schemas of requests.
    pub schemas: SchemaCache,
    /// What judges for learned rules.
    model: Arc<Model>,
    /// All rules on toxicity, whatever the policy asks; built when a moderation is first asked for.
    moderation: OnceLock<Scanner>,
    /// What settles what they are unsure of, where a line of the policy wants to know.
    transformer: Option<Arc<Transformer>>,
}

/// Verdicts on segments that were seen before, by tenant, policy version, place and text.
#[derive(Debug)]
pub struct VerdictCache {
    verdicts: Cache<[u8; 32], Arc<Verdict>>,
}

impl Engine {
    /// Compiles a policy's detectors; learned rules are judged by `model`, and what it is unsure of by `transformer`.
    pub fn new(policy: Arc<Policy>, model: &Arc<Model>, transformer: Option<&Arc<Transformer>>) -> Self {
        let transformer = transformer.filter(|_| INPUT.iter().any(|stage| policy.asks(&CL007, *stage).is_some()));
        let mut input = policy.rules(INPUT);
        if transformer.is_some() && !input.contains(&EMBEDDED) {
            input.push(EMBEDDED);
        }
        let output = policy.rules(OUTPUT);
        let mut buffers = false;
        let contract = ToolContract::new(&policy.config.tool);
        let compares = contract.as_ref().is_some_and(ToolContract::compares)
            || output.iter().any(|rule| matches!(rule.matcher, Matcher::Protected(_)));
        let plan = Plan::new(output.iter().map(|rule| {
            let hold = match policy.stream_mode(rule, OUTPUT) {
                Some(StreamMode::Observe) | None => Hold::Observe,
                Some(StreamMode::Hold) => Hold::Hold,
                Some(StreamMode::Buffer) => {
                    buffers = true;
                    Hold::Hold
                }
            };
            (*rule, hold)
        }))
        .with_model(model);
        Self {
            input: Scanner::new(input).with_model(model.clone()),
            output: Scanner::new(output).with_model(model.clone()),
            plan: Arc::new(plan),
            buffers,
            compares,
            contract,
            asks_schema: policy.asks(&guard::answer::schema::RULE, Stage::Output).is_some(),
            holds_answers: policy.holds_answers(),
            schemas: SchemaCache::default(),
            model: model.clone(),
            moderation: OnceLock::new(),
            transformer: transformer.cloned(),
            policy,
        }
    }

    /// The model behind learned rules.
    pub fn judge(&self) -> &Model {
        &self.model
    }

    /// What all rules on toxicity say of a text, learned ones by the model in force.
    pub fn moderate(&self, text: &str) -> Report {
        let scanner = self.moderation.get_or_init(|| {
            let rules = guard::rules().filter(|rule| rule.category.starts_with("toxicity."));
            Scanner::new(rules).with_model(self.model.clone())
        });
        scanner.scan(text, &guard::Context::default())
    }

    /// Judges a text on its way in; the transformer has its say where it is asked.
    pub async fn judge_whole(&self, text: &str, place: (Stage, Origin), escalation: &mut Escalation<'_>) -> Verdict {
        let mut verdict = self.judge_input(text, place.0, place.1);
        if let (Some(transformer), Some(_)) = (&self.transformer, verdict.unsure) {
            // Boxed, or its state would be part of every request's.
            Box::pin(escalation.settle((self, &**transformer), text, place, &mut verdict)).await;
        }
        verdict
    }

    /// Judges a text on its way in, by everything but the transformer.
    pub fn judge_input(&self, text: &str, stage: Stage, origin: Origin) -> Verdict {
        let report = self.input.scan(text, &guard::Context { source: source(stage), ..guard::Context::default() });
        self.verdict(report, stage, Some(origin))
    }

    /// Looks at a complete text on its way out.
    pub fn look_at_output(&self, text: &str, protected: &ProtectedText) -> Report {
        self.output.scan(text, &guard::Context { protected: Some(protected), source: Source::Answer })
    }

    /// Turns what was found into what is done.
    fn verdict(&self, report: Report, stage: Stage, origin: Option<Origin>) -> Verdict {
        let decisions = self.decide(&report.findings, stage, origin);
        // Rules that compare with something the request did not bring have nothing to miss.
        let not_run = report.not_run.iter().filter(|not_run| not_run.is_failure());
        let mut verdict = Verdict { decisions, unsure: self.unsure(&report, stage, origin), ..Verdict::default() };
        for not_run in not_run {
            verdict.failed_closed |= self.policy.fails_closed(not_run.rule, stage, origin);
            verdict.not_run.push(not_run.rule.id);
        }
        verdict.uninspected = report.uninspected.iter().map(|part| part.reason()).collect();
        verdict
    }

    /// The embedded tier's score, where the transformer is to settle it.
    fn unsure(&self, report: &Report, stage: Stage, origin: Option<Origin>) -> Option<f32> {
        let transformer = self.transformer.as_ref()?;
        let score = report.scores.iter().find(|score| score.rule == EMBEDDED)?.score;
        (transformer.config.is_unsure(score) && self.policy.wants(&CL007, stage, origin)).then_some(score)
    }

    /// What the policy does about each finding.
    pub fn decide(
        &self,
        findings: &[Finding],
        stage: Stage,
        origin: Option<Origin>,
    ) -> Vec<crate::model::policy::verdict::Decision> {
        findings.iter().filter_map(|finding| self.policy.decide(finding, stage, origin)).collect()
    }
}

impl VerdictCache {
    /// Remembers at most so many verdicts.
    pub fn new(verdicts_max: usize) -> Self {
        Self { verdicts: Cache::new(verdicts_max) }
    }

    /// The verdict on a segment, and whether it was known.
    pub async fn judge(
        &self,
        engine: &Engine,
        tenant: &str,
        text: &str,
        place: (Stage, Origin),
        escalation: &mut Escalation<'_>,
    ) -> (Arc<Verdict>, bool) {
        let is_long = text.len() >= CACHED_BYTES_MIN;
        if !is_long && engine.transformer.is_none() {
            return (Arc::new(engine.judge_input(text, place.0, place.1)), false);
        }
        let key = key(engine, tenant, text, place);
        if let Some(verdict) = self.verdicts.get(&key) {
            return (verdict, true);
        }
        let verdict = Arc::new(engine.judge_whole(text, place, escalation).await);
        // A short text is kept for what the transformer said of it.
        if verdict.not_run.is_empty() && (is_long || verdict.unsure.is_some()) {
            self.verdicts.insert(key, verdict.clone());
        }
        (verdict, false)
    }
}

/// What kind of text stands at a stage.
pub const fn source(stage: Stage) -> Source {
    match stage {
        Stage::Input => Source::Prompt,
        Stage::ToolResult => Source::Document,
        Stage::Output | Stage::ToolCall => Source::Answer,
    }
}

fn key(engine: &Engine, tenant: &str, text: &str, (stage, origin): (Stage, Origin)) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    let transformer = engine.transformer.as_ref().map_or("", |transformer| &transformer.judge().about().sha256);
    for part in [tenant, &engine.policy.config.name, &engine.policy.version, engine.model.version(), transformer] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.update(&[stage as u8, origin as u8]);
    context.update(text.as_bytes());
    let mut key = [0; 32];
    key.copy_from_slice(context.finish().as_ref());
    key
}
