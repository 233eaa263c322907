//! Tables and their engine.
