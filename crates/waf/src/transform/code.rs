//! Base 64, hexadecimal, SQL hexadecimal literals, parity bits.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::{hex, hex_pair};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes up to the first byte that is not of the alphabet; a value that is not base 64 at all becomes empty.
pub(super) fn base64_decode(value: &[u8]) -> Vec<u8> {
    let end = value.iter().position(|&byte| !is_base64(byte)).unwrap_or(value.len());
    decode_clean(&value[..end])
}

/// Decodes, leaving out every byte that is not of the alphabet.
pub(super) fn base64_decode_ext(value: &[u8]) -> Vec<u8> {
    let clean: Vec<u8> = value.iter().copied().filter(|&byte| is_base64(byte)).collect();
    decode_clean(&clean)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn decode_clean(clean: &[u8]) -> Vec<u8> {
    // One left-over digit holds no whole byte.
    let whole = if clean.len() % 4 == 1 { clean.len() - 1 } else { clean.len() };
    LENIENT.decode(&clean[..whole]).unwrap_or_default()
}

pub(super) fn base64_encode(value: &[u8]) -> Vec<u8> {
    STANDARD.encode(value).into_bytes()
}

/// Decodes pairs of digits; a digit without a partner is dropped.
pub(super) fn hex_decode(value: &[u8]) -> Vec<u8> {
    value.chunks_exact(2).map(|pair| hex(pair[0]).unwrap_or(0) << 4 | hex(pair[1]).unwrap_or(0)).collect()
}

pub(super) fn hex_encode(value: &[u8]) -> Vec<u8> {
    value.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// Decodes `0x…` literals of at least one whole pair.
pub(super) fn sql_hex_decode(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while at < value.len() {
        let literal =
            value[at] == b'0' && matches!(value.get(at + 1), Some(b'x' | b'X')) && hex_pair(value, at + 2).is_some();
        if !literal {
            out.push(value[at]);
            at += 1;
            continue;
        }
        at += 2;
        while let Some(byte) = hex_pair(value, at) {
            out.push(byte);
            at += 2;
        }
    }
    out
}

/// Sets the eighth bit so that the count of ones is even (0) or odd (1), or clears it.
pub(super) fn parity(value: &[u8], wanted: Option<u32>) -> Vec<u8> {
    value
        .iter()
        .map(|byte| {
            let low = byte & 0x7F;
            match wanted {
                Some(bit) if low.count_ones() % 2 != bit => low | 0x80,
                _ => low,
            }
        })
        .collect()
}
