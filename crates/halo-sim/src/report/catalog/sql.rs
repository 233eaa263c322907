//! The types of columns as HaloPSA's database declares them.

use crate::report::types::{INT as PLAIN, NVARCHAR as TEXT, Ty, Width};

/// See the module.
#[derive(Clone, Copy)]
pub(crate) struct Sql {
    /// As `INFORMATION_SCHEMA` names it.
    pub(crate) name: &'static str,
    /// Signs of a text.
    pub(crate) length: Option<i64>,
    pub(crate) ty: Ty,
}

const fn plain(name: &'static str, ty: Ty) -> Sql {
    Sql { name, length: None, ty }
}

pub(super) const INT: Sql = plain("int", PLAIN);
pub(super) const SMALLINT: Sql = plain("smallint", Ty::Int(Width::Small));
pub(super) const BIT: Sql = plain("bit", Ty::Bit);
pub(super) const FLOAT: Sql = plain("float", Ty::Float);
pub(super) const MONEY: Sql = plain("money", Ty::Money);
pub(super) const DATETIME: Sql = plain("datetime", Ty::DateTime);
pub(super) const GUID: Sql = plain("uniqueidentifier", TEXT);
pub(super) const NTEXT: Sql = Sql { name: "ntext", length: Some(1_073_741_823), ty: TEXT };
pub(super) const NVARCHAR: Sql = text(4_000);

pub(super) const fn text(length: i64) -> Sql {
    Sql { name: "nvarchar", length: Some(length), ty: TEXT }
}
