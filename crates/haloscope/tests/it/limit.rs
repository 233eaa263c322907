//! The request limit, as the simulator counts it.

use halo_sim::Options;
use serde_json::{Value, json};

use crate::desk::Desk;

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_is_used_and_never_passed() {
    let options = Options { tickets: 8_000, limit: 450, window_seconds: 6, ..Options::default() };
    let desk = Desk::open(options).await;
    desk.connect(&[]).await.with_code(0);
    // Small pages, so that there is work for several windows.
    desk.trap(json!({ "page_cap": { "size": 4 } })).await;
    desk.run(&["sync"]).await.with_code(0);
    let ledger: Value = serde_json::from_str(&desk.get("ledger").await).unwrap();
    assert_eq!(ledger["rejected_429"], 0);
    let most = ledger["max_in_any_window"].as_u64().unwrap();
    assert!((441..=450).contains(&most), "{ledger}");
}
