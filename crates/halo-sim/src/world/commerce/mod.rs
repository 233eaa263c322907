//! What clients own and pay for besides tickets, and what is arranged with them: one part of the world.
//!
//! Filled after clients, tickets and invoices, from their rows alone, whatever made those. What follows from
//! other rows at any time (time worked per day, feedback, calls, files, audit) is not stored here but read
//! from them, see [`trace`]. Start with [`rows`].

pub(crate) mod assets;
pub(crate) mod contracts;
pub(crate) mod knowledge;
pub(crate) mod payments;
pub(crate) mod planning;
pub(crate) mod rows;
pub(crate) mod sales;
pub(crate) mod stock;
pub(crate) mod trace;

use super::World;
use super::table::Table;
use crate::times::Ms;
use rows::{
    Appointment, Area, Article, Asset, AssetType, Automation, ChargeRate, Contract, Expense, Instalment, Item, Licence,
    Milestone, Note, Order, Payment, Prepay, Recurring, Report, Supplier, SupplierContract, Tax, TopLevel, Visit,
    Workday,
};

/// See the module.
#[derive(Default)]
pub(crate) struct Commerce {
    pub(crate) suppliers: Table<Supplier>,
    pub(crate) items: Table<Item>,
    pub(crate) asset_types: Table<AssetType>,
    pub(crate) assets: Table<Asset>,
    pub(crate) licences: Table<Licence>,
    pub(crate) contracts: Table<Contract>,
    pub(crate) instalments: Table<Instalment>,
    pub(crate) visits: Table<Visit>,
    pub(crate) supplier_contracts: Table<SupplierContract>,
    pub(crate) prepay: Table<Prepay>,
    pub(crate) charge_rates: Table<ChargeRate>,
    pub(crate) recurring: Table<Recurring>,
    pub(crate) payments: Table<Payment>,
    pub(crate) quotes: Table<Order>,
    pub(crate) sales_orders: Table<Order>,
    pub(crate) purchase_orders: Table<Order>,
    pub(crate) appointments: Table<Appointment>,
    pub(crate) milestones: Table<Milestone>,
    pub(crate) expenses: Table<Expense>,
    pub(crate) workdays: Table<Workday>,
    pub(crate) notes: Table<Note>,
    pub(crate) articles: Table<Article>,
    pub(crate) automations: Table<Automation>,
    pub(crate) reports: Table<Report>,
    pub(crate) taxes: Table<Tax>,
    pub(crate) areas: Table<Area>,
    pub(crate) top_levels: Table<TopLevel>,
    pub(crate) diary: planning::Diary,
    /// The id of the next line of a quotation or an order.
    pub(crate) next_line: i32,
}

/// Makes everything of the module for a history that goes from `start` to `now`.
pub(super) fn fill(world: &mut World, start: Ms, now: Ms) {
    let mut commerce = Commerce { next_line: 1, ..Commerce::default() };
    stock::fill(&mut commerce, start);
    knowledge::fill(&mut commerce, world, start, now);
    assets::fill(&mut commerce, world, start, now);
    let next_line = contracts::fill(&mut commerce, world, start, now);
    payments::fill(&mut commerce, world);
    sales::fill(&mut commerce, world, now);
    planning::fill(&mut commerce, world, start, now);
    world.commerce = commerce;
    world.next_line = next_line;
}

#[cfg(test)]
mod tests;
