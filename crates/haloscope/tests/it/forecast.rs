//! Predictions of when a first reading will be finished, recorded on its way and compared with its true end.

use std::time::Duration;

use halo_sim::Options;
use haloscope::store::Store;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::serve::{Server, is_complete, until};

/// What each page takes, in turn.
const LATENCIES_MS: [u64; 5] = [500, 150, 900, 300, 700];

#[tokio::test(flavor = "multi_thread")]
async fn finish_times_are_right_within_a_fifth_after_the_first_tenth() {
    let desk = Desk::open(Options { tickets: 1_500, limit: 40, window_seconds: 5, ..Options::default() }).await;
    // Through the lane actions would take too few requests for a prediction.
    desk.trap(json!({ "report_refused": true })).await;
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    let weather = async {
        for latency in LATENCIES_MS.iter().cycle() {
            desk.trap(json!({ "slow": { "milliseconds": latency, "jitter": 100 } })).await;
            tokio::time::sleep(Duration::from_millis(900)).await;
        }
    };
    tokio::select! {
        () = weather => unreachable!("it changes for ever"),
        _ = until(&desk, &server, "complete", is_complete) => {}
    }
    assert_eq!(server.stop().await.0, Some(0));

    let store = Store::open(&desk.store()).await.unwrap();
    let connection = store.connection_get(None).await.unwrap();
    let runs = store.run_list(connection.id, 1_000).await.unwrap();
    let first = runs.last().unwrap();
    let (start, end) = (first.started_at / 1000, first.finished_at.unwrap() / 1000);
    let whole = (end - start) as f64;
    let predictions = first.summary.as_ref().unwrap()["predictions"].as_array().unwrap();
    let errors: Vec<(f64, f64)> = predictions
        .iter()
        .map(|prediction| {
            let share = |name: &str| (prediction[name].as_i64().unwrap() - start) as f64 / whole;
            (prediction["fraction"].as_f64().unwrap(), share("end_ms") - 1.0)
        })
        .collect();
    let late: Vec<_> = errors.iter().filter(|(fraction, _)| *fraction >= 0.1).collect();
    assert!(whole > 15_000.0 && late.len() > 30, "{whole} ms, {errors:.2?}");
    let worst = late.iter().map(|(_, error)| error.abs()).fold(0.0, f64::max);
    eprintln!("{} predictions over {whole:.0} ms, the worst {worst:.2} wrong", late.len());
    let wrong: Vec<_> = late.iter().filter(|(_, error)| error.abs() > 0.2).collect();
    assert!(wrong.is_empty(), "{wrong:.2?} of {errors:.2?}");
    assert!(first.summary.as_ref().map(|summary| &summary["requests"]).and_then(Value::as_u64) > Some(100));
}
