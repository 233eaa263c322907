//! How a HaloPSA gets connected: what a person enters is checked ([`form`]), tried step by step ([`probe`]) and kept ([`keep`]). The
//! command line and the web app do it by the same rules. It must not know either.

pub mod form;
pub mod keep;
pub mod probe;
