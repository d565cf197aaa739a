//! Takes any bytes as a plain answer through filters, on every surface.

#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/filter.rs"]
mod filter;
#[allow(dead_code)]
#[path = "../../tests/it/property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| property::answer(bytes));
