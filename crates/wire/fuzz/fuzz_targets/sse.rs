//! Relays any bytes, cut in several ways, on every streaming surface.

#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/filter.rs"]
mod filter;
#[allow(dead_code)]
#[path = "../../tests/it/property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::sse(bytes));
