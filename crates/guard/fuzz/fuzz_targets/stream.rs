//! Streams any text, cut in several ways.

#![no_main]

#[allow(dead_code)]
#[path = "../../tests/it/property.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|text: &str| property::stream(text));
