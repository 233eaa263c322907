//! The inbox, as the store keeps it.

use haloscope::store::{ConnectionId, ConnectionSettings, NewDelivery, NewRefusal, Pending, Settled, Store, Wanted};

use super::Place;

on_every_engine![
    deliveries_are_kept_once_and_followed_until_they_are_settled,
    deliveries_are_counted_and_forgotten,
    hostile_texts_come_back,
];

fn delivery(connection: ConnectionId, key: &str, record: i64, arrived_at: i64) -> NewDelivery {
    NewDelivery {
        connection,
        key: key.to_owned(),
        arrived_at,
        source: "192.0.2.1".to_owned(),
        headers: "{}".to_owned(),
        body: format!(r#"{{"id":"{key}","object_id":{record}}}"#),
        words: Some("Ticket Updated".to_owned()),
        event: Some("ticket updated"),
        family: Some("tickets"),
        says: Some("changed"),
        record: Some(record),
        occurred_at: Some(arrived_at - 1_000),
        stamp: (record % 2 == 0).then_some(arrived_at - 2_000),
    }
}

fn settled(number: i64, state: &'static str, due_at: i64, did: &str) -> Settled {
    let outcome = serde_json::json!({ "did": did, "why": "it's \"so\"" }).to_string();
    Settled { number, state, attempts: 1, due_at, outcome, shows: did == "read" }
}

async fn numbers(store: &Store, id: ConnectionId, now: i64, without: &[(&str, i64)]) -> Vec<i64> {
    let waiting = store.deliveries_waiting(id, now, 100, without).await.unwrap();
    waiting.into_iter().map(|waiting| waiting.number).collect()
}

async fn deliveries_are_kept_once_and_followed_until_they_are_settled(place: Place) {
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    let other = store.connection_add(&place.settings("other"), 5).await.unwrap().id;
    let batch = [
        delivery(id, "a", 1, 10),
        delivery(id, "b", 2, 11),
        delivery(id, "a", 1, 12),
        delivery(other, "a", 1, 13),
        delivery(id, "a", 1, 14),
    ];
    store.deliveries_add(&batch).await.unwrap();
    let first = numbers(&store, id, 100, &[]).await;
    assert_eq!((first.len(), numbers(&store, other, 100, &[]).await.len()), (2, 1));
    assert_eq!(numbers(&store, id, 100, &[("tickets", 1)]).await, first[1..]);
    let wanted = Wanted { limit: 10, ..Wanted::default() };
    let log = store.deliveries_log(id, &wanted).await.unwrap();
    let repeats: Vec<_> = log.iter().map(|logged| (&*logged.key, logged.repeats, logged.arrived_at)).collect();
    assert_eq!(repeats, [("b", 0, 11), ("a", 2, 10)]);
    let one = Wanted { number: Some(first[0]), limit: 1, ..Wanted::default() };
    assert_eq!(store.deliveries_log(id, &one).await.unwrap()[0].body.as_deref(), Some(batch[0].body.as_str()));

    // What carries its record can be shown.
    assert_eq!(store.deliveries_before_waiting(id).await.unwrap(), first[0] - 1);
    let shown = store.deliveries_to_show(id, first[0] - 1, 10).await.unwrap();
    let bodies: Vec<_> = shown.iter().map(|carrying| (carrying.record, carrying.body.is_some())).collect();
    assert_eq!(bodies, [(1, false), (2, true)]);
    assert!(store.deliveries_to_show(id, first[1], 10).await.unwrap().is_empty());
    store.deliveries_visible(&[first[1]], 20).await.unwrap();

    // One is tried again later, the other one is done.
    let came_to = [settled(first[0], "waiting", 200, "unlisted"), settled(first[1], "settled", 0, "read")];
    store.deliveries_settle(&came_to, 30).await.unwrap();
    assert!(numbers(&store, id, 199, &[]).await.is_empty());
    assert_eq!(numbers(&store, id, 200, &[]).await, first[..1]);
    let done =
        &store.deliveries_log(id, &Wanted { state: Some("settled".to_owned()), ..wanted.clone() }).await.unwrap()[0];
    assert_eq!(
        (done.settled_at, done.visible_at, done.outcome.as_deref()),
        (Some(30), Some(20), Some(&*came_to[1].outcome))
    );
    // New ones come before those that are due again.
    store.deliveries_add(&[delivery(id, "c", 3, 300)]).await.unwrap();
    let order = numbers(&store, id, 400, &[]).await;
    assert!(order.len() == 2 && order[1] == first[0], "{order:?}");

    // A dead one is followed again when it comes again, or when somebody wants it; a settled one only then.
    store
        .deliveries_settle(&[settled(first[0], "dead", 0, "failed"), settled(order[0], "dead", 0, "failed")], 40)
        .await
        .unwrap();
    assert_eq!(store.deliveries_pending(id).await.unwrap(), Pending { waiting: 0, dead: 2 });
    assert_eq!(store.deliveries_unshown(id).await.unwrap(), Some(10));
    store.deliveries_add(&[delivery(id, "a", 1, 500), delivery(id, "b", 2, 500)]).await.unwrap();
    assert_eq!(numbers(&store, id, 600, &[]).await, first[..1]);
    assert_eq!(store.deliveries_replay(id, None).await.unwrap(), 1);
    assert_eq!(store.deliveries_replay(id, Some(first[1])).await.unwrap(), 1);
    assert_eq!(numbers(&store, id, 600, &[]).await.len(), 3);
    assert_eq!(store.deliveries_replay(other, Some(first[1])).await.unwrap(), 0, "it is another connection's");

    // What is fetched from HaloPSA's log must be new.
    let fetched = [delivery(id, "a", 1, 700), delivery(id, "d", 4, 700)];
    assert_eq!(store.deliveries_recover(&fetched).await.unwrap(), 1);
    assert!(store.deliveries_remove(id, "d").await.unwrap() && !store.deliveries_remove(id, "d").await.unwrap());
}

async fn deliveries_are_counted_and_forgotten(place: Place) {
    const HOUR: i64 = 3_600_000_000;
    let store = place.open().await.unwrap();
    let id = store.connection_add(&place.settings("main"), 5).await.unwrap().id;
    let many: Vec<_> = (0..10).map(|n| delivery(id, &format!("k{n}"), n, n * HOUR / 2)).collect();
    store.deliveries_add(&many).await.unwrap();
    let unknown =
        NewDelivery { event: None, family: None, words: Some("odd".to_owned()), ..delivery(id, "u", 1, HOUR) };
    store.deliveries_add(&[unknown]).await.unwrap();
    let received = || async {
        let mut received = store.deliveries_received(id, 4 * HOUR).await.unwrap();
        received.sort_by_key(|it| it.event.clone());
        received.into_iter().map(|it| (it.event, it.times, it.last_at, it.day)).collect::<Vec<_>>()
    };
    let all = vec![(None, 1, HOUR, 0), (Some("ticket updated".to_owned()), 10, 9 * HOUR / 2, 2)];
    assert_eq!(received().await, all);
    let mut hours: Vec<_> =
        store.deliveries_by_hour(id, 2 * HOUR).await.unwrap().into_iter().map(|hour| (hour.hour, hour.times)).collect();
    hours.sort_unstable();
    assert_eq!(hours, [(0, 2), (1, 2), (2, 2)]);
    assert_eq!(store.deliveries_delays(id, 0).await.unwrap()["ticket updated"], 1_000);
    assert_eq!(store.deliveries_unknown(id).await.unwrap()[0].words, "odd");
    let settle = numbers(&store, id, 0, &[]).await.into_iter().map(|number| settled(number, "settled", 0, "unlisted"));
    store.deliveries_settle(&settle.collect::<Vec<_>>(), 1).await.unwrap();
    let unconfirmed = store.deliveries_unconfirmed(id, 0).await.unwrap();
    assert_eq!((unconfirmed.len(), unconfirmed[0].times, unconfirmed[0].record), (1, 10, Some(9)));
    assert_eq!(unconfirmed[0].why.as_deref(), Some("it's \"so\""));
    for times in [1, 2] {
        let refused = NewRefusal { connection: id.0, status: 401, source: "192.0.2.9".to_owned(), times, last_at: 7 };
        store.refusals_add(&[refused]).await.unwrap();
    }
    assert_eq!(store.refusals_list(id, 0).await.unwrap()[0].times, 3);
    // What is forgotten stays counted.
    assert_eq!(store.deliveries_forget(2 * HOUR).await.unwrap(), 5);
    assert_eq!(store.deliveries_forget(2 * HOUR).await.unwrap(), 0);
    assert_eq!(received().await, all);
    assert!(store.refusals_list(id, 0).await.unwrap().is_empty());
    assert_eq!(store.deliveries_log(id, &Wanted { limit: 100, ..Wanted::default() }).await.unwrap().len(), 6);
}

/// A zero character is kept as the sign for one that cannot be shown, by both engines: PostgreSQL holds none.
async fn hostile_texts_come_back(place: Place) {
    let store = place.open().await.unwrap();
    let texts = [
        "",
        "'; drop table settings; --",
        "\"$1\" ?1 \\u0000 \\",
        "表🙂\u{202e}\u{fffe}",
        "a\u{0}b",
        &"x".repeat(1 << 20),
    ];
    // Names of things are short.
    let short = |text: &str| format!("c{}{}", text.len(), text.chars().take(200).collect::<String>());
    let kept = |text: &str| text.replace('\0', "\u{fffd}");
    for text in texts {
        let place_of = ConnectionSettings { tenant: Some(text.to_owned()), ..place.settings(&short(text)) };
        let connection = store.connection_add(&place_of, i64::MAX).await.unwrap();
        let listed = store.connection_list().await.unwrap().pop().unwrap();
        assert_eq!((listed.settings.tenant, listed.created_at), (Some(kept(text)), i64::MAX));
        store.setting_set("text", &text).await.unwrap();
        assert_eq!(
            store.setting_get::<String>("text").await.unwrap().as_deref(),
            Some(text),
            "as JSON it comes back whole"
        );
        let new = NewDelivery {
            key: short(text),
            words: Some(text.to_owned()),
            body: serde_json::json!({ "a": text }).to_string(),
            occurred_at: Some(i64::MIN),
            stamp: Some(i64::MAX),
            ..delivery(connection.id, "", i64::MAX, 0)
        };
        store.deliveries_add(&[new.clone(), new.clone()]).await.unwrap();
        let number = numbers(&store, connection.id, 0, &[]).await[0];
        let wanted = Wanted { number: Some(number), limit: 1, ..Wanted::default() };
        let logged = store.deliveries_log(connection.id, &wanted).await.unwrap().pop().unwrap();
        assert_eq!((logged.key, logged.words, logged.repeats), (kept(&new.key), Some(kept(text)), 1));
        assert_eq!((logged.record, logged.occurred_at), (Some(i64::MAX), Some(i64::MIN)));
        assert_eq!(logged.body.unwrap(), new.body.chars().take(200_000).collect::<String>());
    }
}
