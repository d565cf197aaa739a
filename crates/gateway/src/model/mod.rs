//! Model safety: the policy that turns findings into a verdict (`model.response.policy`), `/v1/moderations`
//! (`model.output.moderation`), and the models of the learned tier.

pub mod classifier;
pub mod moderation;
pub mod policy;
