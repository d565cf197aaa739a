//! Compliance: the register of controls.

pub mod control;
