//! A model of everybody who holds a refresh token, and what the rule promises them.
//!
//! **Liveness**: without a thief nobody is ever logged out, whatever tabs do at once and whatever answers are lost, as long
//! as a flight (request and answer) takes no longer than half of the grace, and tabs that refresh at once hold the same token.
//! **Safety**: with gaps above the grace, an owner and a thief never both get through after the theft: who refreshes second
//! ends the family. The rules of others stand beside ours, and the same tests show where they fail.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::rule::{Family, GRACE_MS, Presented, Verdict};

/// A request and its answer take no longer, or are given up.
const FLIGHT_MS: i64 = GRACE_MS / 2;

/// A rule: what follows from a family and a presented count, at a time in milliseconds.
type Rule = fn(&Family, i64, i64) -> Verdict;

fn ours(family: &Family, counter: i64, now_ms: i64) -> Verdict {
    family.judge(Presented { counter, binding: None }, now_ms)
}

/// Keycloak's and Kanidm's: every older token is reuse.
fn strict(family: &Family, counter: i64, _: i64) -> Verdict {
    if counter == family.counter { Verdict::Rotate } else { Verdict::Reuse }
}

/// Hydra's and Keycloak's with a period: the token before is taken for a while.
fn period(family: &Family, counter: i64, now_ms: i64) -> Verdict {
    let is_in_time = counter == family.counter - 1 && now_ms - family.rotated_at_ms <= GRACE_MS;
    if is_in_time { Verdict::Replay } else { strict(family, counter, now_ms) }
}

/// Supabase's: the token before is always taken.
fn one_behind(family: &Family, counter: i64, now_ms: i64) -> Verdict {
    if counter == family.counter - 1 { Verdict::Replay } else { strict(family, counter, now_ms) }
}

/// The server: a family, a rule and a clock.
struct Server {
    family: Family,
    rule: Rule,
    now_ms: i64,
}

impl Server {
    fn new(rule: Rule) -> Self {
        let family = Family {
            counter: 0,
            rotated_at_ms: 0,
            is_confirmed: true,
            binding: None,
            idle_ends_at: i64::MAX,
            ends_at: i64::MAX,
            is_revoked: false,
        };
        Self { family, rule, now_ms: 0 }
    }

    /// Takes a refresh token and gives its successor.
    fn refresh(&mut self, counter: i64) -> Option<i64> {
        if self.family.is_revoked {
            return None;
        }
        match (self.rule)(&self.family, counter, self.now_ms) {
            Verdict::Rotate => {
                self.family.counter += 1;
                self.family.rotated_at_ms = self.now_ms;
                self.family.is_confirmed = false;
            }
            Verdict::Replay | Verdict::Recover if self.family.is_confirmed => {}
            Verdict::Replay | Verdict::Recover => self.family.rotated_at_ms = self.now_ms,
            Verdict::Reuse => self.family.is_revoked = true,
            Verdict::Refuse(_) => return None,
        }
        (!self.family.is_revoked).then_some(self.family.counter)
    }

    /// Sees an access token that came with this count.
    fn see(&mut self, counter: i64) {
        if counter == self.family.counter {
            self.family.is_confirmed = true;
        }
    }
}

/// What happens in a browser with several tabs and one jar of cookies.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// A tab sends what is in the jar.
    Send,
    /// The oldest request arrives at the server.
    Arrive,
    /// The oldest answer arrives in the jar.
    Answer,
    /// The oldest request or answer is lost.
    Lose,
    /// The access token is used.
    Use,
    /// So many milliseconds pass.
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Send),
        4 => Just(Step::Arrive),
        4 => Just(Step::Answer),
        2 => Just(Step::Lose),
        2 => Just(Step::Use),
        1 => (1..GRACE_MS / 3).prop_map(Step::Wait),
        1 => (GRACE_MS..100 * GRACE_MS).prop_map(Step::Wait),
    ]
}

#[derive(Default)]
struct Browser {
    jar: i64,
    access: Option<i64>,
    /// Sent and not yet arrived: the token, and when it was sent.
    requests: Vec<(i64, i64)>,
    /// Answered and not yet arrived: the successor, and when its request was sent.
    answers: Vec<(i64, i64)>,
}

impl Browser {
    /// Takes a step; says whether the session lives on.
    fn step(&mut self, step: Step, server: &mut Server) -> bool {
        match step {
            // Tabs that refresh at once hold the same token: none begins with a newer one while an older is under way.
            Step::Send if self.requests.iter().all(|(token, _)| *token == self.jar) => {
                self.requests.push((self.jar, server.now_ms));
            }
            Step::Arrive if !self.requests.is_empty() => {
                let (token, sent_at) = self.requests.remove(0);
                let Some(successor) = server.refresh(token) else { return false };
                self.answers.push((successor, sent_at));
            }
            Step::Answer if !self.answers.is_empty() => {
                let (successor, _) = self.answers.remove(0);
                self.jar = successor;
                self.access = Some(successor);
            }
            Step::Lose if !self.answers.is_empty() => drop(self.answers.remove(0)),
            Step::Lose if !self.requests.is_empty() => drop(self.requests.remove(0)),
            Step::Use => self.access.into_iter().for_each(|counter| server.see(counter)),
            Step::Wait(time_ms) => {
                server.now_ms += time_ms;
                // What is under way for longer is given up by the client.
                let is_young = |sent_at: i64| server.now_ms - sent_at <= FLIGHT_MS;
                self.requests.retain(|(_, sent_at)| is_young(*sent_at));
                self.answers.retain(|(_, sent_at)| is_young(*sent_at));
            }
            _ => {}
        }
        true
    }
}

/// Whether nobody is logged out while only the owner acts.
fn is_live(rule: Rule, steps: &[Step]) -> bool {
    let (mut server, mut browser) = (Server::new(rule), Browser::default());
    steps.iter().all(|step| browser.step(*step, &mut server))
}

/// What an owner and a thief do in turn, with a gap above the grace after each.
#[derive(Debug, Clone, Copy)]
struct Turn {
    is_thief: bool,
    /// Whether the answer is lost.
    is_lost: bool,
    gap_ms: i64,
}

fn turn() -> impl Strategy<Value = Turn> {
    let gap = GRACE_MS + 1..1_000 * GRACE_MS;
    (any::<bool>(), prop::bool::weighted(0.2), gap).prop_map(|(is_thief, is_lost, gap_ms)| Turn {
        is_thief,
        is_lost,
        gap_ms,
    })
}

/// Whether never both get through after the theft, each using what it got.
fn is_safe(rule: Rule, before: u8, turns: &[Turn]) -> bool {
    let mut server = Server::new(rule);
    let mut held = [0; 2];
    for _ in 0..before {
        server.now_ms += GRACE_MS + 1;
        held[0] = server.refresh(held[0]).unwrap();
        server.see(held[0]);
    }
    held[1] = held[0];
    let mut got_through = [false; 2];
    for turn in turns {
        server.now_ms += turn.gap_ms;
        let who = usize::from(turn.is_thief);
        let Some(successor) = server.refresh(held[who]) else { return true };
        if turn.is_lost {
            continue;
        }
        held[who] = successor;
        server.see(successor);
        got_through[who] = true;
        if got_through == [true, true] {
            return false;
        }
    }
    true
}

fn live_test(rule: Rule, cases: u32) -> Result<(), String> {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(cases) });
    let steps = prop::collection::vec(step(), 1..60);
    runner
        .run(&steps, |steps| {
            prop_assert!(is_live(rule, &steps));
            Ok(())
        })
        .map_err(|error| error.to_string())
}

fn safe_test(rule: Rule, cases: u32) -> Result<(), String> {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(cases) });
    let turns = (0..4_u8, prop::collection::vec(turn(), 1..20));
    runner
        .run(&turns, |(before, turns)| {
            prop_assert!(is_safe(rule, before, &turns));
            Ok(())
        })
        .map_err(|error| error.to_string())
}

#[test]
fn without_theft_nobody_is_ever_logged_out() {
    live_test(ours, 20_000).unwrap();
}

#[test]
fn v10_4_5_after_a_theft_the_second_to_refresh_ends_the_family() {
    safe_test(ours, 20_000).unwrap();
}

#[test]
fn strict_rotation_logs_out_tabs_and_lost_answers() {
    live_test(strict, 20_000).unwrap_err();
    safe_test(strict, 20_000).unwrap();
}

#[test]
fn a_fixed_period_logs_out_whose_answer_was_lost() {
    live_test(period, 20_000).unwrap_err();
    safe_test(period, 20_000).unwrap();
}

#[test]
fn one_behind_always_allowed_lets_a_thief_stay() {
    live_test(one_behind, 20_000).unwrap();
    safe_test(one_behind, 20_000).unwrap_err();
}

#[test]
fn the_limit_of_the_rule_is_a_client_that_overtakes_its_own_oldest_request() {
    let mut server = Server::new(ours);
    // Two tabs send the first token; one is answered and refreshes again before the other's request arrives.
    let second = server.refresh(0).unwrap();
    server.refresh(second).unwrap();
    assert_eq!(server.refresh(0), None);
    assert!(server.family.is_revoked);
}
