//! Permits to send requests, recorded before use, so that the next process keeps the limit of this one.

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use halo_client::{BoxError, PermitBlock, PermitHistory, PermitLog, Url};

use super::database::Store;
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
        let failed = || self.store.failed("record permits");
        let mut transaction = self.store.begin().await?;
        let query = sqlx::query(include_str!("sql/permit_record.sql")).bind(&self.system).bind(signed(block.number));
        let query = query.bind(block.permits).bind(block.in_flight).bind(block.recorded_micros);
        query.execute(&mut *transaction).await.map_err(failed())?;
        let query = sqlx::query(include_str!("sql/permit_forget.sql")).bind(&self.system).bind(signed(forget_below));
        query.execute(&mut *transaction).await.map_err(failed())?;
        transaction.commit().await.map_err(failed())
    }

    async fn learned(&self, limit: Option<u32>) -> Result<()> {
        let query = match limit {
            Some(limit) => sqlx::query(include_str!("sql/learned_limit_set.sql")).bind(&self.system).bind(limit),
            None => sqlx::query(include_str!("sql/learned_limit_forget.sql")).bind(&self.system),
        };
        query.execute(self.store.writer()).await.map_err(self.store.failed("keep the learned limit"))?;
        Ok(())
    }

    async fn load(&self) -> Result<PermitHistory> {
        let query = sqlx::query_as(include_str!("sql/permit_list.sql")).bind(&self.system);
        let rows: Vec<(i64, u32, u32, i64)> =
            query.fetch_all(self.store.readers()).await.map_err(self.store.failed("read permits"))?;
        let query = sqlx::query_scalar(include_str!("sql/learned_limit_get.sql")).bind(&self.system);
        let learned_limit =
            query.fetch_optional(self.store.readers()).await.map_err(self.store.failed("read the learned limit"))?;
        let block = |(number, permits, in_flight, recorded_micros): (i64, u32, u32, i64)| PermitBlock {
            number: number.unsigned_abs(),
            permits,
            in_flight,
            recorded_micros,
        };
        Ok(PermitHistory { blocks: rows.into_iter().map(block).collect(), learned_limit })
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
