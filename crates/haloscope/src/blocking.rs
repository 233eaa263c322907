//! Work that blocks, as DuckDB's calls and large decoding do, away from the async threads.

/// Does it on a thread of its own. A panic of it goes on here.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}
