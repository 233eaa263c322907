//! Sample data: a simulated HaloPSA, where nobody has one to connect. Within an installation it is an installation of its own, in a
//! folder beside the others, so that it goes without a trace.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};
use utoipa::ToSchema;

use crate::background::hosted::Hosted;
use crate::installation::Installation;

/// What is shown on each page while there is sample data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sample {
    /// The whole installation is `haloscope demo`. Otherwise it was started within one, and can be removed.
    pub demo: bool,
    /// The simulated HaloPSA's page *Configuration > Integrations > Webhooks*.
    pub webhooks_url: String,
    /// What one would copy from HaloPSA.
    pub values: SampleValues,
    /// Each of the eleven events happens within so many seconds of being configured.
    pub events_within_s: u32,
}

/// The five values of a simulated HaloPSA. Its secret opens nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[expect(missing_docs, reason = "they are called as in HaloPSA")]
pub struct SampleValues {
    pub auth_url: String,
    pub resource_url: String,
    pub tenant: String,
    pub client_id: String,
    pub client_secret: String,
}

/// What is shown in place of the installation's own connections.
#[derive(Clone)]
pub struct Shown {
    /// What pages say of it.
    pub sample: Sample,
    /// Where it is kept.
    pub installation: Arc<Installation>,
    /// What is served of it.
    pub hosted: Hosted,
}

/// What is asked of those who keep sample data.
pub enum Ask {
    /// Start some.
    Start,
    /// Remove it without a trace.
    Remove,
}

/// An ask, and where the answer goes: a sentence where it could not be done.
pub type Asked = (Ask, oneshot::Sender<Result<(), String>>);

/// Sample data of this process.
pub struct Samples {
    demo: Option<Sample>,
    /// None where nobody keeps sample data.
    keeper: Option<mpsc::Sender<Asked>>,
    shown: watch::Receiver<Option<Shown>>,
}

impl Samples {
    /// Those of a demo.
    pub fn of_demo(sample: Sample) -> Self {
        Self { demo: Some(sample), keeper: None, shown: watch::channel(None).1 }
    }

    /// Those that somebody keeps, who is asked through `keeper`.
    pub fn kept(keeper: mpsc::Sender<Asked>, shown: watch::Receiver<Option<Shown>>) -> Self {
        Self { demo: None, keeper: Some(keeper), shown }
    }

    /// What pages say of sample data; none where there is none.
    pub fn sample(&self) -> Option<Sample> {
        self.demo.clone().or_else(|| Some(self.shown.borrow().as_ref()?.sample.clone()))
    }

    /// What is shown in place of the installation's own connections.
    pub fn shown(&self) -> Option<Shown> {
        self.shown.borrow().clone()
    }

    /// Has sample data started or removed.
    ///
    /// # Errors
    /// A sentence that says why it could not be done.
    pub async fn ask(&self, ask: Ask) -> Result<(), String> {
        const GONE: &str = "This installation has no sample data of its own.";
        let Some(keeper) = &self.keeper else { return Err(GONE.to_owned()) };
        let (answer, answered) = oneshot::channel();
        keeper.send((ask, answer)).await.map_err(|_| GONE.to_owned())?;
        answered.await.map_err(|_| GONE.to_owned())?
    }
}
