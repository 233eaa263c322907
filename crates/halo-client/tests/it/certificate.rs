//! A server whose certificate nobody vouches for.

use std::sync::Arc;

use halo_client::{HaloError, Recovery, Url};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::server::{Fake, json, settings, setup};

const PEM: &[u8] = include_bytes!("self_signed.pem");

/// Accepts encrypted connections and closes them.
async fn encrypted_server() -> Url {
    let certificate = CertificateDer::from_pem_slice(PEM).unwrap();
    let key = PrivateKeyDer::from_pem_slice(PEM).unwrap();
    // Named, since other crates of a build may bring a second provider.
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://localhost:{}", listener.local_addr().unwrap().port())).unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            // The client hangs up during the handshake.
            let _ = acceptor.accept(socket).await;
        }
    });
    url
}

#[tokio::test]
async fn it_is_refused_by_name_and_not_asked_again() {
    let url = encrypted_server().await;
    let set_up = setup(settings(&url)).await;
    for error in [set_up.client.sign_in().await.unwrap_err(), set_up.tickets().await.unwrap_err()] {
        let host = format!("localhost:{}", url.port().unwrap());
        assert_eq!(error.to_string(), format!("the certificate of `{host}` is not trusted"));
        assert!(matches!(error.recovery(), Recovery::AskOperator(_)));
    }
    assert_eq!(set_up.budget.status().used_in_window, 0);
}

#[tokio::test]
async fn a_server_that_does_not_encrypt_is_another_fault() {
    let fake = Fake::start(|_| json("[]")).await;
    let url = Url::parse(&format!("https://localhost:{}", fake.url.port().unwrap())).unwrap();
    let error = setup(settings(&url)).await.client.sign_in().await.unwrap_err();
    assert!(matches!(error, HaloError::Unreachable { .. }), "{error:?}");
}
