use super::figure::Figures;
use super::goal::book;
use super::*;

fn settings(budget: usize) -> Settings {
    Settings { seed: 5, budget, strategies: Strategy::SEARCHING.to_vec() }
}

/// A guard that knows two families and is sure of everything else.
fn weak(plan: &Plan) -> Verdict {
    let slips = plan.chain.iter().any(|step| step.mutator == "rot13");
    let near = plan.chain.iter().any(|step| step.mutator == "dilution");
    let (outcome, closeness) = match (slips, near) {
        (true, _) => (Outcome::Reached, 1.0),
        (_, true) => (Outcome::Stopped, 0.4),
        _ => (Outcome::Stopped, 0.1),
    };
    Verdict { outcome, closeness, said: String::new() }
}

fn held(budget: usize) -> Campaign {
    let mut campaign = Campaign::new(settings(budget), &book().unwrap());
    while let Some(plan) = campaign.plan() {
        let verdict = weak(&plan);
        campaign.told(plan, verdict);
    }
    campaign
}

#[test]
fn a_campaign_asks_what_its_budget_says_and_plain_attacks_first() {
    let campaign = held(100);
    assert_eq!(campaign.attempts().len(), 100);
    let goals = campaign.goals().len();
    assert!(campaign.attempts()[..goals].iter().all(|attempt| attempt.plan.chain.is_empty()));
    assert!(campaign.attempts()[goals..].iter().all(|attempt| attempt.plan.chain.len() <= attempt::CHAIN_MAX));
    assert_eq!(held(7).attempts().len(), 7);
}

#[test]
fn the_same_seed_makes_the_same_campaign() {
    assert_eq!(held(200).attempts(), held(200).attempts());
    let other = Campaign::new(Settings { seed: 6, ..settings(1) }, &book().unwrap());
    assert_ne!(other.goals(), held(1).goals());
}

#[test]
fn every_search_finds_the_hole_and_those_that_look_find_it_again_sooner() {
    let figures = Figures::of(&held(1_600));
    for strategy in Strategy::SEARCHING {
        assert!(figures.strategies[strategy.name()].reached > 0, "{}", strategy.name());
    }
    let share = |name: &str| figures.strategies[name].share();
    assert!(share("map-elites") > share("random"), "{:?}", figures.strategies);
    assert_eq!(figures.mutators["rot13"].share(), 1.0);
    assert_eq!(figures.count.tried, 1_600);
}

#[test]
fn tries_without_an_answer_count_for_nothing() {
    let mut campaign = Campaign::new(settings(20), &book().unwrap());
    while let Some(plan) = campaign.plan() {
        campaign.told(plan, Verdict { outcome: Outcome::Failed, closeness: 0.0, said: "no".to_owned() });
    }
    let figures = Figures::of(&campaign);
    assert_eq!((figures.failed, figures.count.tried, figures.goals_reached.tried), (20, 0, 0));
}

#[test]
fn no_prompt_grows_beyond_its_bound() {
    assert!(held(1_600).attempts().iter().all(|attempt| attempt.plan.prompt.len() <= 32 << 10));
}
