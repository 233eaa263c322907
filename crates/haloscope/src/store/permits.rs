//! Permits to send requests, recorded before use, so that the next process keeps the limit of this one.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use halo_client::{BoxError, PermitBlock, PermitHistory, PermitLog, Url};

use super::engine::{Store, parameters, statement, transaction};
use super::error::Result;

/// The permits of one HaloPSA.
#[derive(Clone, Debug)]
pub struct Permits {
    store: Store,
    system: String,
}

impl Permits {
    /// The permits of the HaloPSA with this Resource URL. Whether its limit counts all clients together is not known, so we
    /// assume it: connections that differ only in their client share these permits and must share one budget.
    pub fn new(store: Store, resource_url: &Url) -> Self {
        Self { store, system: system(resource_url) }
    }

    /// Names the HaloPSA: equal for all connections that share its permits.
    pub fn system(&self) -> &str {
        &self.system
    }

    async fn record(&self, block: PermitBlock, forget_below: u64) -> Result<()> {
        let record = statement!("permit_record", "record permits");
        let forget = statement!("permit_forget", "record permits");
        let system = self.system.as_str();
        transaction!(self.store, work, {
            let PermitBlock { permits, in_flight, recorded_micros, .. } = block;
            let parameters = parameters![system, signed(block.number), permits, in_flight, recorded_micros];
            work.execute(&record, parameters).await?;
            work.execute(&forget, parameters![system, signed(forget_below)]).await?;
        })
    }

    async fn learned(&self, limit: Option<u32>) -> Result<()> {
        let system = self.system.as_str();
        let set = statement!("learned_limit_set", "keep the learned limit");
        let forget = statement!("learned_limit_forget", "forget the learned limit");
        match limit {
            Some(limit) => self.store.execute(&set, parameters![system, limit]).await?,
            None => self.store.execute(&forget, parameters![system]).await?,
        };
        Ok(())
    }

    async fn load(&self) -> Result<PermitHistory> {
        let list = statement!("permit_list", "read permits");
        let get = statement!("learned_limit_get", "read the learned limit");
        let system = parameters![self.system.as_str()];
        let rows: Vec<(i64, i64, i64, i64)> = self.store.all(&list, system).await?;
        let learned: Option<(i64,)> = self.store.optional(&get, system).await?;
        // They were recorded as 32 bits.
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        let block = |(number, permits, in_flight, recorded_micros): (i64, i64, i64, i64)| PermitBlock {
            number: number.unsigned_abs(),
            permits: small(permits),
            in_flight: small(in_flight),
            recorded_micros,
        };
        let blocks = rows.into_iter().map(block).collect();
        Ok(PermitHistory { blocks, learned_limit: learned.map(|(limit,)| small(limit)) })
    }
}

impl PermitLog for Permits {
    fn record(&self, block: PermitBlock, forget_below: u64) -> BoxFuture<'_, Result<(), BoxError>> {
        async move { Ok(self.record(block, forget_below).await?) }.boxed()
    }

    fn learned(&self, limit: Option<u32>) -> BoxFuture<'_, Result<(), BoxError>> {
        async move { Ok(self.learned(limit).await?) }.boxed()
    }

    fn load(&self) -> BoxFuture<'_, Result<PermitHistory, BoxError>> {
        async move { Ok(self.load().await?) }.boxed()
    }
}

/// Block numbers count up from 1, by one every few requests.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Host, port and path, without the differences that lead to the same place.
fn system(resource_url: &Url) -> String {
    let host = resource_url.host_str().unwrap_or_default();
    let port = resource_url.port_or_known_default().unwrap_or_default();
    format!("{host}:{port}{}", resource_url.path().trim_end_matches('/'))
}
