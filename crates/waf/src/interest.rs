//! Who is to be asked about a value that was never seen: by place and paranoia level, the links that look there.
//!
//! Most links are patterns behind a few transformation chains. Those of one set and one chain are a sweep: the set is asked
//! once about the transformed value, and only where its answer has the bit of one of them are they asked themselves.
//!
//! Invariant: every link whose answer depends on the value alone, and that may look at a value of the place, is either in
//! a sweep or alone.

use crate::engine::Step;
use crate::prefilter::Bits;
use crate::rule::{Link, Selector, Target};
use crate::silence::{LEVELS, Place, Shown};
use crate::value::Chain;

/// Where a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkAt {
    phase: u8,
    step: u32,
    link: u32,
}

impl LinkAt {
    pub(crate) fn of(self, phases: &[Vec<Step>; 5]) -> &Link {
        &phases[usize::from(self.phase)][self.step as usize].rule.links[self.link as usize]
    }
}

/// Links of one set behind one chain, which look at the same side of an entry.
#[derive(Debug)]
pub(crate) struct Sweep {
    pub(crate) set: u16,
    pub(crate) chain: Chain,
    pub(crate) shown: Shown,
    /// The patterns of all of them.
    mask: Vec<u64>,
    pub(crate) links: Vec<LinkAt>,
}

impl Sweep {
    /// Whether the answer of the set leaves it open that one of the links matches.
    pub(crate) fn may_match(&self, bits: &Bits) -> bool {
        match bits {
            Bits::None => false,
            Bits::All => true,
            Bits::Some(words) => self.mask.iter().zip(words).any(|(own, found)| own & found != 0),
        }
    }

    fn add(&mut self, pattern: u16, at: LinkAt) {
        let word = usize::from(pattern >> 6);
        if self.mask.len() <= word {
            self.mask.resize(word + 1, 0);
        }
        self.mask[word] |= 1 << (pattern & 63);
        self.links.push(at);
    }
}

/// The links that look at a place.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    pub(crate) sweeps: Vec<Sweep>,
    pub(crate) alone: Vec<LinkAt>,
}

/// Who looks where.
#[derive(Debug, Default)]
pub(crate) struct Interests([[Interest; Place::COUNT]; LEVELS]);

impl Interests {
    /// Reads rules whose patterns have their numbers.
    pub(crate) fn new(phases: &[Vec<Step>; 5]) -> Self {
        let mut interests = Self::default();
        for (phase, steps) in (0..).zip(phases) {
            for (step, known) in (0..).zip(steps) {
                for (link, pure) in (0..).zip(&known.rule.links).filter(|(_, link)| link.is_pure()) {
                    interests.take(usize::from(known.level), pure, LinkAt { phase, step, link });
                }
            }
        }
        interests
    }

    pub(crate) fn of(&self, level: usize, place: Place) -> &Interest {
        &self.0[level][place.index()]
    }

    fn take(&mut self, level: usize, link: &Link, at: LinkAt) {
        for place in Place::all() {
            let interest = &mut self.0[level][place.index()];
            let targets = || link.targets.iter().filter(|target| !target.is_count);
            let looks: Vec<Shown> = targets().filter_map(|target| place.shows(target.variable)).collect();
            let is_whole = |target: &Target| place.shows(target.variable).is_none() || target.selector == Selector::All;
            let sees_all = targets().all(is_whole);
            match link.probe.filter(|_| !link.is_multi_match && sees_all) {
                None if looks.is_empty() => {}
                None => interest.alone.push(at),
                Some(probe) => {
                    for shown in [Shown::Value, Shown::Name].into_iter().filter(|shown| looks.contains(shown)) {
                        interest.sweep((probe.set, link.chain, shown)).add(probe.pattern, at);
                    }
                }
            }
        }
    }
}

impl Interest {
    fn sweep(&mut self, (set, chain, shown): (u16, Chain, Shown)) -> &mut Sweep {
        let known = self.sweeps.iter().position(|sweep| (sweep.set, sweep.chain, sweep.shown) == (set, chain, shown));
        let index = known.unwrap_or_else(|| {
            self.sweeps.push(Sweep { set, chain, shown, mask: Vec::new(), links: Vec::new() });
            self.sweeps.len() - 1
        });
        &mut self.sweeps[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RuleSet, Source};

    /// Links with and without selectors, exclusions, `multiMatch`, counts and negation.
    const RULES: &[u8] = br#"
SecRule ARGS "@rx one" "id:1,phase:1,pass,t:lowercase"
SecRule ARGS|ARGS_NAMES|!ARGS:free "@rx two" "id:2,phase:2,pass,t:lowercase"
SecRule ARGS:named|REQUEST_HEADERS "@rx three" "id:3,phase:2,pass"
SecRule REQUEST_HEADERS "!@rx ^four" "id:4,phase:1,pass"
SecRule ARGS "@rx five" "id:5,phase:2,pass,multiMatch,t:urlDecode"
SecRule &ARGS "@gt 5" "id:6,phase:2,pass"
SecRule REQUEST_URI|ARGS "@pm six" "id:7,phase:2,pass,tag:'paranoia-level/2'"
SecRule ARGS "@streq %{tx.x}" "id:8,phase:2,pass"
"#;

    fn asked(interests: &Interests, level: usize, place: Place, phases: &[Vec<Step>; 5]) -> (Vec<u32>, Vec<u32>) {
        let id = |at: &LinkAt| phases[usize::from(at.phase)][at.step as usize].rule.id;
        let interest = interests.of(level, place);
        (
            interest.sweeps.iter().flat_map(|sweep| &sweep.links).map(id).collect(),
            interest.alone.iter().map(id).collect(),
        )
    }

    #[test]
    fn each_link_is_asked_where_it_looks() {
        let mut none = |_: &str, _: &str| Err("there are no files".to_owned());
        let set = RuleSet::parse(&[Source { name: "test", text: RULES }], &mut none).unwrap();
        let engine = set.compile().unwrap();
        let asked = |level, place| asked(&engine.interests, level, place, &engine.phases);
        assert_eq!(asked(0, Place::ArgsGet), (vec![1, 2, 2], vec![3, 5]));
        assert_eq!(asked(0, Place::Headers), (vec![3], vec![4]));
        assert_eq!(asked(2, Place::ArgsPost), (vec![], vec![7]));
        assert_eq!(asked(2, Place::Scalar(crate::variable::Variable::RequestUri)), (vec![], vec![7]));
        assert_eq!(asked(0, Place::Cookies), (vec![], vec![]));
    }

    #[test]
    fn a_sweep_is_over_when_no_bit_is_its_own() {
        let mut sweep = Sweep { set: 0, chain: Chain::NONE, shown: Shown::Value, mask: Vec::new(), links: Vec::new() };
        sweep.add(70, LinkAt { phase: 0, step: 0, link: 0 });
        assert!(!sweep.may_match(&Bits::None));
        assert!(!sweep.may_match(&Bits::Some(Box::new([u64::MAX, !(1 << 6)]))));
        assert!(sweep.may_match(&Bits::Some(Box::new([0, 1 << 6]))));
        assert!(sweep.may_match(&Bits::All));
    }
}
