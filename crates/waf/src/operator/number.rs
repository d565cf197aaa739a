//! Comparing numbers, which are read as C's `atoi` reads them.

/// One comparison of a value with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberTest {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl NumberTest {
    pub(crate) fn holds(self, value: i64, number: i64) -> bool {
        match self {
            NumberTest::Equal => value == number,
            NumberTest::Less => value < number,
            NumberTest::LessOrEqual => value <= number,
            NumberTest::Greater => value > number,
            NumberTest::GreaterOrEqual => value >= number,
        }
    }
}

/// The number a text begins with; 0 when it begins with none. Beyond the range of 64 bits it stays at the end of it.
pub(crate) fn integer(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let (digits, sign) = match text.first() {
        Some(b'-') => (&text[1..], -1),
        Some(b'+') => (&text[1..], 1),
        _ => (text, 1),
    };
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0_i64, |sum, digit| sum.saturating_mul(10).saturating_add(i64::from(digit - b'0'))) * sign
}
