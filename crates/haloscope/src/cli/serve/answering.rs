//! Answers other processes, which ask on the socket of the data folder.

use std::sync::Arc;
use std::time::Duration;

use crate::background::board::{Trouble, Wish};
use crate::background::server::{Serving, View};
use crate::background::verify_connection;
use crate::cli::holder::Holder;
use crate::cli::through::Told;
use crate::cli::{output, status, user, webhook};
use crate::control::{EventSink, Failure, Handler, Request, WebhookAsk};
use crate::installation::Installation;
use crate::store::Connection;
use crate::webhooks::gate::Gate;

/// Between two lines of progress for one who waits.
const BETWEEN_LINES: Duration = Duration::from_millis(200);

/// See the module.
pub(super) struct Answering {
    pub(super) holder: Holder,
    pub(super) installation: Arc<Installation>,
    pub(super) gate: Arc<Gate>,
    pub(super) view: View,
}

impl Handler for Answering {
    async fn handle(&self, request: Request, events: EventSink) -> Result<(), Failure> {
        match request {
            Request::Status { connection } => {
                // A client that has gone needs no answer.
                let _ = events.data(&self.report(connection.as_deref()).await?).await;
                Ok(())
            }
            Request::Sync { connection, full, accept_absences: accepted, with, without } => {
                let name = self.name(connection.as_deref()).await?;
                self.sync(&name, Wish { full, accepted, with, without, by: None }, &events).await
            }
            Request::Verify { connection } => {
                let name = self.name(connection.as_deref()).await?;
                Box::pin(self.verify(&name, &events)).await
            }
            Request::Webhook { connection, ask } => {
                for part in self.webhook(connection.as_deref(), &ask).await?.parts() {
                    // A client that has gone needs no answer.
                    let _ = events.data(&part).await;
                }
                Ok(())
            }
            Request::UserLink { name } => {
                let made = user::link(&self.installation, name.as_deref()).await;
                let made = made.map_err(|error| Failure::because("user", output::chain(&error)))?;
                let _ = events.data(&made).await;
                Ok(())
            }
            other => self.holder.handle(other, events).await,
        }
    }
}

impl Answering {
    async fn report(&self, connection: Option<&str>) -> Result<status::Report, Failure> {
        let report = status::report(&self.installation.store, connection, Some("serves")).await;
        let mut report = report.map_err(|error| Failure::because("status", output::chain(&error)))?;
        for connection in &mut report.connections {
            connection.live = self.view.live(&connection.name);
        }
        Ok(report)
    }

    /// The connection that is meant.
    async fn connection(&self, connection: Option<&str>) -> Result<Connection, Failure> {
        let found = self.installation.store.connection_get(connection).await;
        found.map_err(|error| Failure::new("connection", &error))
    }

    async fn name(&self, connection: Option<&str>) -> Result<String, Failure> {
        Ok(self.connection(connection).await?.settings.name)
    }

    async fn webhook(&self, connection: Option<&str>, ask: &WebhookAsk) -> Result<webhook::Answer, Failure> {
        let connection = self.connection(connection).await?;
        let failed = |error: anyhow::Error| Failure::because("webhook", output::chain(&error));
        let client = match ask {
            WebhookAsk::Create => {
                let source = self.awake(&connection.settings.name)?.source().await;
                Some(&source.map_err(|error| failed(error.into()))?.client)
            }
            _ => None,
        };
        let answer = webhook::carry_out(&self.installation, &connection, client, ask).await;
        if matches!(ask, WebhookAsk::Create | WebhookAsk::Rotate | WebhookAsk::Protect { .. }) {
            // Also where it ended half way.
            self.gate.load(&self.installation, &connection).await.map_err(|error| failed(error.into()))?;
        }
        let answer = answer.map_err(failed)?;
        if matches!(ask, WebhookAsk::Replay { .. }) {
            self.serving(&connection.settings.name)?.delivered.tell();
        }
        Ok(answer)
    }

    fn serving(&self, name: &str) -> Result<&Arc<Serving>, Failure> {
        let unknown = || Failure::because("connection", format!("the connection `{name}` is not served"));
        self.view.serving(name).ok_or_else(unknown)
    }

    /// A connection whose HaloPSA may be asked.
    fn awake(&self, name: &str) -> Result<&Arc<Serving>, Failure> {
        let serving = self.serving(name)?;
        match serving.paused {
            true => Err(Failure::because("paused", format!("`{name}` is paused: resume it in the web app"))),
            false => Ok(serving),
        }
    }

    /// Has a pass made, and waits for it. It is made also when the one who asked has gone.
    async fn sync(&self, name: &str, wish: Wish, events: &EventSink) -> Result<(), Failure> {
        let board = &self.awake(name)?.board;
        let mut answers = board.answers();
        let number = board.wish(wish);
        let answered = answers.wait_for(|answered| answered.number >= number);
        let answered = tokio::select! {
            answered = answered => answered.expect("the board outlives those who ask").failed.clone(),
            () = self.relay(name, events) => None,
            () = events.cancelled().cancelled() => return Err(stopped()),
        };
        if let Some(Trouble { error, advice, .. }) = answered {
            return Err(Failure::because("failed", format!("{}. {advice}", error.trim_end_matches('.'))));
        }
        let _ = events.data(&Told::Report(self.report(Some(name)).await?)).await;
        Ok(())
    }

    /// Tells of progress for ever.
    async fn relay(&self, name: &str, events: &EventSink) {
        let Ok(serving) = self.serving(name) else { return };
        let mut live = serving.board.live();
        loop {
            let now = Told::Live(Box::new(live.borrow_and_update().clone()));
            // Whoever does not read any more has gone: the cancellation says so.
            let _ = events.data(&now).await;
            tokio::time::sleep(BETWEEN_LINES).await;
            if live.changed().await.is_err() {
                return;
            }
        }
    }

    /// Compares both sides between two passes.
    async fn verify(&self, name: &str, events: &EventSink) -> Result<(), Failure> {
        let serving = self.awake(name)?;
        let work = async {
            let verified = verify_connection::run(serving, events.cancelled().clone(), None).await;
            verified.map_err(|error| {
                let advice = error.advice();
                Failure::because("failed", output::chain(&output::advised(&error.into(), &advice)))
            })
        };
        let verified = tokio::select! {
            verified = work => verified?,
            () = self.relay(name, events) => return Err(stopped()),
        };
        let _ = events.data(&Told::Verified(verified)).await;
        Ok(())
    }
}

fn stopped() -> Failure {
    Failure::because("stopped", "`haloscope serve` ends or takes up changed connections; what was done is kept")
}
