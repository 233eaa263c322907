//! What is reached over HTTP: [`hooks`] takes HaloPSA's deliveries. Only this folder knows axum. It must not know the command
//! line.

pub mod hooks;
pub mod listener;
