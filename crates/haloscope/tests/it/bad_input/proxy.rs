//! A way to the simulator that can be spoilt by path.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::desk::{Desk, Done};

/// What is answered instead, by the start of the path.
type Instead = Arc<Mutex<Option<(&'static str, Vec<u8>)>>>;

/// See the module.
pub(super) struct Proxy {
    port: u16,
    instead: Instead,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Leads to the simulator of this desk.
    pub(super) async fn to(desk: &Desk) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let target = desk.simulator().base_url().strip_prefix("http://").unwrap().to_owned();
        let instead = Instead::default();
        let task = tokio::spawn(serve(listener, target, instead.clone()));
        Self { port, instead, task }
    }

    pub(super) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on answers these bytes and hangs up where the path starts so; none leads everything on again.
    pub(super) fn answer(&self, instead: Option<(&'static str, Vec<u8>)>) {
        *self.instead.lock().unwrap() = instead;
    }

    /// Connects the desk by this way.
    pub(super) async fn connect(&self, desk: &Desk) -> Done {
        let (auth, resource) = (format!("{}/auth", self.base_url()), format!("{}/api", self.base_url()));
        let id = desk.simulator().client_id();
        let tenant = desk.simulator().tenant();
        let addresses = ["connect", "--auth-url", &auth, "--resource-url", &resource, "--tenant", tenant];
        let others = ["--client-id", id, "--allow-private-address", "--reserve-percent", "0"];
        desk.run(&[&addresses[..], &others].concat()).await
    }
}

/// An answer with this status and body.
pub(super) fn answer(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into()
}

async fn serve(listener: TcpListener, target: String, instead: Instead) {
    while let Ok((client, _)) = listener.accept().await {
        let (target, instead) = (target.clone(), instead.clone());
        // A client that hangs up early is no matter here.
        tokio::spawn(async move { one(client, &target, &instead).await.ok() });
    }
}

/// One request, one connection.
async fn one(mut client: TcpStream, target: &str, instead: &Instead) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).map_err(io::Error::other)?;
    let path = head.split(' ').nth(1).unwrap_or_default();
    let spoilt = instead.lock().unwrap().clone().filter(|(start, _)| path.starts_with(start));
    if let Some((_, bytes)) = spoilt {
        client.write_all(&bytes).await?;
        return client.shutdown().await;
    }
    let mut server = TcpStream::connect(target).await?;
    server.write_all(head.replacen("\r\n", "\r\nconnection: close\r\n", 1).as_bytes()).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
