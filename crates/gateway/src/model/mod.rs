//! Model safety: the policy that turns findings into a verdict (`model.response.policy`), `/v1/moderations`
//! (`model.output.moderation`), the models of the learned tier, the transformer tier, and what agents may do with their tools.

pub mod classifier;
pub mod conversation;
pub mod moderation;
pub mod policy;
pub mod tool;
pub mod transformer;
