//! Scans any text with every rule.

#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|text: &str| property::scan(text));
