//! Wrong addresses and credentials, given to `connect` or going wrong later.

use super::proxy::{Proxy, answer};
use super::{check, counts, fails, recovers, run, small, sooner};
use crate::desk::{Desk, Done};

const LOGIN: &str = "<!DOCTYPE html><html><title>Log in - Halo</title></html>";

fn html() -> Vec<u8> {
    answer("200 OK", "text/html", LOGIN)
}

fn json(status: &str, body: &str) -> Vec<u8> {
    answer(status, "application/json", body)
}

/// Connects by an address below which `auth` and `api` are looked for.
async fn connect(desk: &Desk, base: &str, tenant: &str, client_id: &str, more: &[&str]) -> Done {
    let (auth, resource) = (format!("{base}/auth"), format!("{base}/api"));
    let addresses = ["connect", "--auth-url", &auth, "--resource-url", &resource, "--allow-private-address"];
    run(desk, &[&addresses[..], &["--tenant", tenant, "--client-id", client_id], more].concat()).await
}

/// Connects by a bad address, which must fail with these words, the first of which is the step.
async fn refused(desk: &Desk, base: &str, what: &str, words: &[&str]) {
    let done = connect(desk, base, desk.simulator().tenant(), desk.simulator().client_id(), &[]).await;
    check(desk, what, &done, &[words, &["nothing was saved"]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_named_and_the_connection_of_before_stays() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    let closed = Proxy::to(&desk).await.base_url();
    let simulator = desk.simulator().base_url().to_string();
    for (base, words) in [
        ("http://halo.invalid", ["\"Sign in\"", "`halo.invalid` could not be reached", "Check the spelling"]),
        (&closed, ["\"Sign in\"", "could not be reached", "Check the spelling"]),
        // The simulator does not encrypt.
        (&simulator.replace("http://", "https://"), ["\"Sign in\"", "could not be reached", "Check the spelling"]),
        (
            &format!("{simulator}/desk"),
            ["\"Sign in\"", "`/desk/auth/token` answered an HTML page", "Auth URL in /auth"],
        ),
        ("ftp://halo.example", ["\"Resource URL\"", "`ftp://halo.example/api` cannot be used", "begin with https"]),
        ("halo", ["\"Resource URL\"", "`halo/api` cannot be used", "begin with https"]),
    ] {
        refused(&desk, base, base, &words).await;
    }
    let status = run(&desk, &["status", "--json"]).await.json();
    assert_eq!(status["connections"][0]["resource_url"], desk.simulator().resource_url(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_halopsa_is_told_at_once() {
    const AGENT: &str = "\"Ask for the agent\"";
    let desk = Desk::hurried(small()).await;
    let proxy = Proxy::to(&desk).await;
    let much = json("200 OK", &format!("{{\"access_token\":\"{}\"}}", "x".repeat(5_000_000)));
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"id\":1,".to_vec();
    for (start, bytes, words) in [
        ("/auth", html(), ["\"Sign in\"", "an HTML page titled \"Log in - Halo\"", "Auth URL in /auth"]),
        ("/auth", json("200 OK", "{\"ok\":true}"), ["\"Sign in\"", "holds no access token", "is a HaloPSA's"]),
        ("/auth", much.clone(), ["\"Sign in\"", "`/auth/token` is larger than the limit", "1048576 bytes"]),
        ("/", Vec::new(), ["\"Sign in\"", "the connection broke", "Check the network"]),
        ("/", b"220 mail.example ESMTP\r\n".to_vec(), ["\"Sign in\"", "the connection broke", "Check the network"]),
        ("/api", html(), [AGENT, "an HTML page titled \"Log in - Halo\"", "Resource URL ends in /api"]),
        ("/api", much, [AGENT, "`/Agent/me` is larger than the limit", "4000000 bytes"]),
        ("/api", json("200 OK", &"[".repeat(10_000)), [AGENT, "nests deeper than 64 levels", "is a HaloPSA's"]),
        ("/api", cut, [AGENT, "ended early, after 8 bytes", "Check the network"]),
        ("/api", json("503 Unavailable", ""), [AGENT, "with status 503", "status page"]),
    ] {
        proxy.answer(Some((start, bytes)));
        refused(&desk, &proxy.base_url(), words[1], &words).await;
    }
    fails(&desk, &["status"], &["nothing is connected yet: run `haloscope connect` first"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_named_and_never_shown() {
    let desk = Desk::hurried(small()).await;
    desk.connect(&[]).await.with_code(0);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let (wrong, empty, none) = (file("wrong", "hush-hush\n"), file("empty", " \n"), "/nowhere/secret");
    let (tenant, client_id) = (desk.simulator().tenant(), desk.simulator().client_id());
    let credentials = ["\"Sign in\"", "refused the credentials of client", "Check client ID, client secret and tenant"];
    for (tenant, client_id, secret, words) in [
        (tenant, client_id, Some(&*wrong), credentials),
        (tenant, client_id, Some(&*empty), ["the client secret", "is empty", "copy it from HaloPSA again"]),
        (tenant, client_id, Some(none), ["the secret file", "`/nowhere/secret` cannot be read", "No such file"]),
        (tenant, "nobody", None, ["\"Sign in\"", "client `nobody`", "Check client ID"]),
        ("other", client_id, None, ["\"Sign in\"", "does not accept the tenant `other`", "Copy the tenant"]),
    ] {
        let more = secret.map(|path| ["--client-secret-file", path]);
        let base = desk.simulator().base_url().to_string();
        let done = connect(&desk, &base, tenant, client_id, more.as_ref().map_or(&[], |more| more)).await;
        check(&desk, words[1], &done, &words);
        assert!(!done.err.contains("hush-hush"), "{}", done.err);
    }
    run(&desk, &["sync"]).await.with_code(0);
}

/// The connection was good once: then the secret is changed, the tenant moves, the host goes away.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_later_ends_the_pass_with_a_sentence() {
    let desk = Desk::hurried(small()).await;
    let proxy = Proxy::to(&desk).await;
    proxy.connect(&desk).await.with_code(0);
    run(&desk, &["sync"]).await.with_code(0);
    desk.mutate(3, 20).await;
    let before = counts(&desk).await;
    let tenant = "{\"error\":\"invalid_request\",\"error_description\":\"The specified tenant does not exist.\"}";
    for (start, bytes, words) in [
        (
            "/auth",
            json("401 Unauthorized", "{\"error\":\"invalid_client\"}"),
            ["refused the credentials of client", "Check client ID, client secret"],
        ),
        ("/auth", json("400 Bad Request", tenant), ["the tenant `demomsp`", "does not exist. Copy the tenant"]),
        ("/", Vec::new(), ["the connection broke", "Check the network"]),
    ] {
        proxy.answer(Some((start, bytes)));
        sooner(&desk, fails(&desk, &["sync"], &words)).await;
        let status = run(&desk, &["status", "--json"]).await.json();
        assert_ne!(status["connections"][0]["last_run"]["outcome"], "complete", "{status}");
    }
    assert_eq!(counts(&desk).await, before);
    proxy.answer(None);
    recovers(&desk).await;
}
