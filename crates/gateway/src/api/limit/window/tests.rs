//! The windows against exact logs.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::{Calendar, Gcra, Period, SLOTS, Sliding, Window};

/// All that was ever charged.
#[derive(Default)]
struct Log(Vec<(u64, u64)>);

impl Log {
    fn level(&self, now_ms: u64, window_ms: u64) -> u64 {
        self.0.iter().filter(|(at, _)| now_ms < at + window_ms).map(|(_, amount)| amount).sum()
    }
}

/// Pauses and amounts; pauses are short, of a slot, or of a window.
fn moves() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let pause = prop_oneof![0_u64..5, 0_u64..200, 9_000_u64..11_000, 0_u64..30_000];
    proptest::collection::vec((pause, 1_u64..40), 1..200)
}

proptest! {
    #[test]
    fn a_sliding_counter_admits_nothing_that_a_log_refuses_and_all_that_a_log_one_percent_longer_admits(
        moves in moves(), window_ms in prop_oneof![Just(10_000_u64), 100_u64..20_000], max in 1_u64..200,
    ) {
        let (mut sliding, mut log, mut now_ms) = (Sliding::new(window_ms), Log::default(), 1_000_000);
        let slot_ms = window_ms.div_ceil(SLOTS);
        for (pause, amount) in moves {
            now_ms += pause;
            let level = sliding.level(now_ms);
            prop_assert!(log.level(now_ms, window_ms) <= level, "an exact log counts no more");
            // Rounding the slot up adds less than a slot once more for windows that 100 does not divide.
            prop_assert!(level <= log.level(now_ms, (SLOTS + 1) * slot_ms), "nor does a longer one count less");
            if level + amount <= max {
                sliding.charge(now_ms, amount);
                log.0.push((now_ms, amount));
            } else if amount <= max {
                let wait_ms = sliding.wait_ms(now_ms, max - amount);
                prop_assert!(wait_ms > 0 && wait_ms <= (SLOTS + 1) * slot_ms);
                prop_assert!(sliding.clone().level(now_ms + wait_ms) + amount <= max, "there is room when it says so");
                prop_assert!(sliding.clone().level(now_ms + wait_ms - 1) + amount > max, "and not before");
            }
        }
        prop_assert!(sliding.slots_held() as u64 <= SLOTS + 1);
    }

    #[test]
    fn gcra_decides_as_exact_fractions_do(moves in moves(), rate in 1_u64..500, window_ms in 1_u64..20_000) {
        let (mut gcra, mut now_ms) = (Gcra::new(rate, window_ms), 1_000_000_u64);
        // Units times window_ms, drained one millisecond at a time.
        let (mut exact, mut at_ms) = (0_i128, now_ms);
        for (pause, amount) in moves {
            now_ms += pause;
            while at_ms < now_ms && exact > 0 {
                exact = (exact - i128::from(rate)).max(0);
                at_ms += 1;
            }
            at_ms = now_ms;
            let fits = exact + i128::from(amount) * i128::from(window_ms) <= i128::from(rate) * i128::from(window_ms);
            prop_assert_eq!(gcra.level(now_ms) + amount <= rate, fits);
            if fits {
                gcra.charge(now_ms, amount);
                exact += i128::from(amount) * i128::from(window_ms);
            } else if amount <= rate {
                let wait_ms = gcra.wait_ms(now_ms, rate - amount);
                let mut later = gcra;
                prop_assert!(later.level(now_ms + wait_ms) + amount <= rate);
                let mut sooner = gcra;
                prop_assert!(wait_ms > 0 && sooner.level(now_ms + wait_ms - 1) + amount > rate);
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_frees_nothing(back_ms in 0_u64..100_000) {
        let mut sliding = Sliding::new(10_000);
        let mut gcra = Gcra::new(10, 10_000);
        for window in [&mut sliding as &mut dyn Window, &mut gcra] {
            window.charge(200_000, 10);
            window.charge(200_000 - back_ms, 0);
            assert_eq!(window.level(200_000 - back_ms), 10);
            let wait_ms = window.wait_ms(200_000 - back_ms, 0);
            assert!(wait_ms >= 10_000 + back_ms && window.level(200_000 - back_ms + wait_ms) == 0);
        }
    }
}

fn ms(time: &str) -> u64 {
    u64::try_from(time.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap()
}

#[test]
fn days_and_months_are_those_of_the_zone_through_summer_time_too() {
    let check = |period: Period, zone: &str, now: &str, expected: [&str; 2]| {
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(period.bounds(&zone, ms(now)), (ms(expected[0]), ms(expected[1])), "{now}");
    };
    check(Period::Day, "UTC", "2026-02-28T23:59:59Z", ["2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"]);
    check(Period::Month, "UTC", "2028-02-29T12:00:00Z", ["2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"]);
    check(Period::Month, "UTC", "2026-12-31T23:59:59Z", ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"]);
    // The day that the clocks go forward in Berlin has 23 hours.
    check(Period::Day, "Europe/Berlin", "2026-03-29T10:00:00Z", ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"]);
    check(Period::Month, "America/New_York", "2026-11-01T03:59:59Z", ["2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z"]);
}

#[test]
fn a_budget_begins_anew_with_its_period_and_not_before() {
    let mut day = Calendar::new(Period::Day, TimeZone::UTC);
    let noon = ms("2026-05-05T12:00:00Z");
    day.charge(noon, 7);
    assert_eq!((day.level(noon + 1), day.wait_ms(noon, 6)), (7, 12 * 3_600_000));
    assert_eq!(day.level(ms("2026-05-04T12:00:00Z")), 7, "yesterday, by a clock that went back");
    assert_eq!(day.level(ms("2026-05-06T00:00:00Z")), 0);
}
