//! Store and warehouse in files outside the data folder.

use std::path::Path;
use std::time::{Duration, Instant};

use halo_sim::Options;

use crate::bad_input::disk::Disk;
use crate::desk::{Desk, Done, on_cluster};
use crate::serve::{PATIENCE, Server, is_complete, until, until_true};

fn small() -> Options {
    Options { tickets: 120, limit: 100_000, ..Options::default() }
}

/// Writes down in a data folder where its files are.
fn write_down(data: &Path, store: &Path, warehouse: &Path) {
    std::fs::create_dir_all(data).unwrap();
    let text = format!("store = \"sqlite:{}\"\nwarehouse = \"duckdb:{}\"\n", store.display(), warehouse.display());
    std::fs::write(data.join("haloscope.toml"), text).unwrap();
}

async fn run_in(desk: &Desk, data: &Path, arguments: &[&str]) -> Done {
    let data = data.display().to_string();
    desk.run(&[arguments, &["--data", &data]].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn they_have_any_name_and_belong_to_one_process() {
    if on_cluster() {
        return;
    }
    let desk = Desk::open(small()).await;
    let (store, warehouse) = (desk.beside("elsewhere.sqlite"), desk.beside("halo.duckdb"));
    let another = desk.beside("another");
    for data in [&desk.data(), &another] {
        write_down(data, &store, &warehouse);
    }
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    assert!(store.exists() && warehouse.exists() && !desk.data().join("store.sqlite").exists());
    assert_eq!(desk.query("select count(*) as n from halo.tickets").await.len(), 1);

    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    let link = desk.beside("link.sqlite");
    std::os::unix::fs::symlink(&store, &link).unwrap();
    for way in [&store, &link] {
        write_down(&another, way, &warehouse);
        let refused = run_in(&desk, &another, &["status"]).await.with_code(1);
        assert!(refused.err.contains("is in use with another data folder"), "{}", refused.err);
    }
    assert_eq!(server.stop().await.0, Some(0));
    write_down(&another, &store, &warehouse);
    run_in(&desk, &another, &["status"]).await.with_code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_of_another_data_folder_is_left_alone_while_it_is_used() {
    if on_cluster() {
        return;
    }
    let desk = Desk::open(small()).await;
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    let (another, store) = (desk.beside("another"), desk.data().join("store.sqlite"));
    write_down(&another, &store, &another.join("warehouse.duckdb"));
    let refused = run_in(&desk, &another, &["status"]).await.with_code(1);
    assert!(refused.err.contains("is in use with another data folder"), "{}", refused.err);
    let to = desk.beside("copy").display().to_string();
    let refused = desk.run(&["migrate", "--from", &another.display().to_string(), "--to", &to]).await.with_code(1);
    assert!(refused.err.contains("is in use with another data folder"), "{}", refused.err);
    assert_eq!(server.stop().await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_leaves_what_somebody_uses_alone() {
    if on_cluster() {
        return;
    }
    let desk = Desk::open(small()).await;
    let (store, warehouse) = (desk.beside("elsewhere.sqlite"), desk.beside("elsewhere.duckdb"));
    write_down(&desk.data(), &store, &warehouse);
    desk.connect(&[]).await.with_code(0);
    desk.run(&["sync"]).await.with_code(0);
    let whole = || [&store, &warehouse].map(|path| std::fs::read(path).unwrap());
    let before = whole();
    let (store, warehouse) = (format!("sqlite:{}", store.display()), format!("duckdb:{}", warehouse.display()));
    for engines in [["--store", &store], ["--warehouse", &warehouse]] {
        let refused = run_in(&desk, &desk.beside("demo"), &[&["demo"][..], &engines].concat()).await.with_code(1);
        assert!(refused.err.contains("holds something already"), "{}", refused.err);
        assert!(refused.err.contains(engines[0]), "{}", refused.err);
    }
    assert!(whole() == before && !desk.beside("demo").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn serving_goes_on_when_a_full_disk_has_room_again() {
    if on_cluster() {
        return;
    }
    let desk = Desk::hurried(small()).await;
    let Some(disk) = Disk::mount(&desk.beside("disk"), 200) else { return };
    write_down(&desk.data(), &desk.beside("store.sqlite"), &desk.beside("disk").join("warehouse.duckdb"));
    desk.connect(&[]).await.with_code(0);
    let server = Server::start(&desk, &[]);
    until(&desk, &server, "complete", is_complete).await;
    // Without room for the log, and with room for it but not for writing it back, after which the engine does nothing more.
    for (seed, room) in [(1, 0), (2, 600_000), (3, 1_200_000)] {
        let filler = disk.fill();
        let length = std::fs::metadata(&filler).unwrap().len();
        std::fs::File::options().write(true).open(&filler).unwrap().set_len(length - room).unwrap();
        desk.mutate(seed, 60).await;
        desk.run(&["sync"]).await;
        // It has the log written back.
        desk.run(&["query", "select count(*) from halo.tickets"]).await;
        std::fs::remove_file(filler).unwrap();
        let began = Instant::now();
        while desk.run(&["query", "select 1"]).await.code != Some(0) {
            assert!(began.elapsed() < PATIENCE, "{}", server.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        until_true(&desk, &server).await;
    }
    let (code, _, log) = server.stop().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("the warehouse is opened again") && !log.contains("damaged"), "{log}");
}
