//! Tables of the warehouse, made from the list of entities.

use std::collections::BTreeMap;
use std::sync::Arc;

use halo_client::entities::{self, Entity, Kind};
use warehouse::{Child, Column, ColumnType, Echo, Table};

/// Fields that HaloPSA showed beyond the list profile, by name: they became columns.
pub type Extras = BTreeMap<String, Extra>;

/// What the values of a field outside the profile are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extra {
    /// Whole number.
    Int,
    /// Number with a fraction.
    Number,
    /// Text.
    Text,
    /// Yes or no.
    Bool,
    /// Anything nested.
    Json,
}

impl Extra {
    /// The kind of the profile's columns with the same values.
    pub fn kind(self) -> Kind {
        match self {
            Self::Int => Kind::Int,
            Self::Number => Kind::Number,
            Self::Text => Kind::Text,
            Self::Bool => Kind::Bool,
            Self::Json => Kind::Json,
        }
    }
}

/// The entity's table in the schema of one connection. `narrow` names the columns that the report lane brings, if any.
pub fn table(schema: &str, entity: &Entity, extras: &Extras, narrow: &[String]) -> Arc<Table> {
    let own = entity.columns.iter().map(|column| Column::new(column.name, column_type(column.kind)));
    let extra = extras.iter().map(|(name, extra)| Column::new(name.as_str(), column_type(extra.kind())));
    Arc::new(Table {
        schema: schema.to_owned(),
        name: entity.table.to_owned(),
        columns: own.chain(extra).collect(),
        key: owned(entity.key),
        stamp: entity.stamp.map(str::to_owned),
        watched: owned(entity.watched),
        rivals: owned(entity.rivals),
        family: entity.family.map(str::to_owned),
        echoes: entity.echoes.iter().map(echo).collect(),
        narrow: narrow.to_vec(),
        children: entity.child.iter().map(|child| self::child(schema, child)).collect(),
    })
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn echo(echo: &entities::Echo) -> Echo {
    Echo {
        column: echo.column.to_owned(),
        reference: echo.reference.to_owned(),
        table: echo.table.to_owned(),
        key: echo.key.to_owned(),
        source: echo.source.to_owned(),
    }
}

fn child(schema: &str, child: &entities::Child) -> Child {
    let parent = Column::new(child.parent, ColumnType::BigInt);
    let own = child.columns.iter().map(|column| Column::new(column.name, column_type(column.kind)));
    Child {
        table: Table {
            schema: schema.to_owned(),
            name: child.table.to_owned(),
            columns: std::iter::once(parent).chain(own).collect(),
            ..Table::default()
        },
        parent: child.parent.to_owned(),
    }
}

/// The engine's type for a kind of value.
pub fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::Int => ColumnType::BigInt,
        Kind::Number => ColumnType::Double,
        Kind::Money => ColumnType::Decimal,
        Kind::Text => ColumnType::Text,
        Kind::Bool => ColumnType::Boolean,
        Kind::Time => ColumnType::Timestamp,
        Kind::Day => ColumnType::Date,
        Kind::Custom => ColumnType::Map,
        Kind::Json => ColumnType::Json,
    }
}
