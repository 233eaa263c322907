//! The records of trade and planning: what clients own and pay for, and what is arranged with them.
//!
//! As in [`crate::world::rows`], times are [`Ms`] in UTC, money is in pence, time worked in minutes.

use crate::times::Ms;
use crate::world::rows::Line;
use crate::world::table::Row;

#[derive(Clone)]
pub(crate) struct Supplier {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) phone: Box<str>,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Ms,
    pub(crate) modified: Ms,
}

/// Something that is sold. Those with a product are what lines of invoices name.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) code: Box<str>,
    pub(crate) name: Box<str>,
    /// See [`super::stock::GROUPS`].
    pub(crate) group: i32,
    pub(crate) price: i64,
    pub(crate) cost: i64,
    pub(crate) recurring: bool,
    pub(crate) nominal: &'static str,
    pub(crate) supplier: i32,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Ms,
    pub(crate) modified: Ms,
}

#[derive(Clone)]
pub(crate) struct AssetType {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) deleted: bool,
}

/// A device at a client's site; negative ids are the default ones of their type, at no site.
#[derive(Clone)]
pub(crate) struct Asset {
    pub(crate) id: i32,
    pub(crate) kind: i32,
    /// The client is that of the site.
    pub(crate) site: i32,
    /// Who has it, or 0.
    pub(crate) user: i32,
    /// 1 in use, 2 in stock, 3 retired.
    pub(crate) status: i32,
    pub(crate) criticality: u8,
    pub(crate) supplier: i32,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
    /// Midnight of the day it was bought.
    pub(crate) bought: Ms,
    pub(crate) warranty_end: Ms,
    pub(crate) updated: Ms,
}

/// Seats of a subscription of one client.
#[derive(Clone)]
pub(crate) struct Licence {
    pub(crate) id: i32,
    pub(crate) client: i32,
    pub(crate) item: i32,
    pub(crate) count: i32,
    pub(crate) in_use: i32,
    pub(crate) start: Ms,
    pub(crate) end: Ms,
    pub(crate) deleted: bool,
}

/// What a contract is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ContractKind {
    Managed = 1,
    Prepaid = 2,
    Maintenance = 3,
}

/// A contract with a client.
#[derive(Clone)]
pub(crate) struct Contract {
    pub(crate) id: i32,
    pub(crate) kind: ContractKind,
    pub(crate) client: i32,
    pub(crate) site: i32,
    pub(crate) sla: i32,
    /// Months from one bill to the next.
    pub(crate) months: i64,
    /// Charged for each of these periods.
    pub(crate) charge: i64,
    /// Minutes of labour inside the agreement per period.
    pub(crate) free_minutes: i32,
    /// First and last day, midnights.
    pub(crate) start: Ms,
    pub(crate) end: Ms,
    pub(crate) active: bool,
    pub(crate) deleted: bool,
    pub(crate) modified: Ms,
}

impl Contract {
    /// For example `MS-0007`; as tickets show it.
    pub(crate) fn reference(&self) -> String {
        let word = match self.kind {
            ContractKind::Managed => "MS",
            ContractKind::Prepaid => "PP",
            ContractKind::Maintenance => "HM",
        };
        format!("{word}-{:04}", self.id)
    }
}

/// One instalment of a contract that is not billed monthly.
#[derive(Clone)]
pub(crate) struct Instalment {
    pub(crate) id: i32,
    pub(crate) contract: i32,
    /// From 1 within the contract.
    pub(crate) sequence: i32,
    pub(crate) amount: i64,
    pub(crate) date: Ms,
    pub(crate) agent: i32,
    pub(crate) deleted: bool,
}

/// A visit that a contract promises.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) id: i32,
    pub(crate) contract: i32,
    pub(crate) date: Ms,
    pub(crate) agent: i32,
    pub(crate) minutes: i32,
    pub(crate) deleted: bool,
}

/// A contract that the provider has with a supplier.
#[derive(Clone)]
pub(crate) struct SupplierContract {
    pub(crate) id: i32,
    pub(crate) supplier: i32,
    pub(crate) subject: Box<str>,
    pub(crate) start: Ms,
    pub(crate) end: Ms,
    pub(crate) deleted: bool,
}

/// Hours that a client bought ahead.
#[derive(Clone)]
pub(crate) struct Prepay {
    pub(crate) id: i32,
    pub(crate) client: i32,
    pub(crate) date: Ms,
    pub(crate) minutes: i32,
    pub(crate) amount: i64,
    pub(crate) expiry: Ms,
    pub(crate) deleted: bool,
}

/// Pence for an hour of one kind of work, for everybody or for one client.
#[derive(Clone)]
pub(crate) struct ChargeRate {
    pub(crate) id: i32,
    /// 0 is everybody.
    pub(crate) client: i32,
    /// The number of the kind of work in lookup list 17.
    pub(crate) charge: i32,
    pub(crate) rate: i64,
    pub(crate) start: Ms,
    pub(crate) deleted: bool,
}

/// The invoice that a contract's bills are made from; a negative id is a template of no client.
#[derive(Clone)]
pub(crate) struct Recurring {
    pub(crate) id: i32,
    pub(crate) client: i32,
    pub(crate) site: i32,
    pub(crate) contract: i32,
    pub(crate) name: Box<str>,
    pub(crate) start: Ms,
    pub(crate) lines: Vec<Line>,
    pub(crate) disabled: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Ms,
    pub(crate) modified: Ms,
}

impl Recurring {
    pub(crate) fn net(&self) -> i64 {
        self.lines.iter().map(Line::net).sum()
    }

    pub(crate) fn tax(&self) -> i64 {
        self.lines.iter().map(Line::tax).sum()
    }
}

/// Money for an invoice. Those of an invoice that are not deleted sum up to what it says is paid.
#[derive(Clone)]
pub(crate) struct Payment {
    pub(crate) id: i32,
    pub(crate) invoice: i32,
    pub(crate) date: Ms,
    pub(crate) amount: i64,
    pub(crate) method: i32,
    pub(crate) deleted: bool,
}

/// A quotation, or a sales or purchase order: one shape for all three.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) id: i32,
    /// The opportunity it began with, or 0.
    pub(crate) ticket: i32,
    /// The quotation of a sales order, the sales order of a purchase order, or 0.
    pub(crate) origin: i32,
    pub(crate) client: i32,
    pub(crate) site: i32,
    pub(crate) user: i32,
    pub(crate) agent: i32,
    /// Of a purchase order.
    pub(crate) supplier: i32,
    /// See [`super::sales::status`].
    pub(crate) status: i32,
    pub(crate) date: Ms,
    /// Until when a quotation stands, or when goods are due.
    pub(crate) until: Ms,
    pub(crate) modified: Ms,
    pub(crate) deleted: bool,
    pub(crate) lines: Vec<OrderLine>,
}

impl Order {
    pub(crate) fn net(&self) -> i64 {
        self.lines.iter().map(OrderLine::net).sum()
    }

    pub(crate) fn cost(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity * line.cost).sum()
    }

    /// At the standard rate of 20 percent.
    pub(crate) fn tax(&self) -> i64 {
        self.lines.iter().map(|line| line.net() / 5).sum()
    }
}

/// A line of an order; ids are unique over all lines of its kind of order.
#[derive(Clone)]
pub(crate) struct OrderLine {
    pub(crate) id: i32,
    pub(crate) item: i32,
    /// Whole units.
    pub(crate) quantity: i64,
    pub(crate) price: i64,
    pub(crate) cost: i64,
}

impl OrderLine {
    pub(crate) fn net(&self) -> i64 {
        self.quantity * self.price
    }
}

/// A meeting or visit of an agent for a ticket.
#[derive(Clone)]
pub(crate) struct Appointment {
    pub(crate) id: i32,
    pub(crate) ticket: i32,
    pub(crate) agent: i32,
    pub(crate) start: Ms,
    pub(crate) minutes: u16,
    /// See [`super::planning::APPOINTMENTS`].
    pub(crate) kind: u8,
    pub(crate) complete: bool,
    pub(crate) private: bool,
    pub(crate) deleted: bool,
    pub(crate) modified: Ms,
}

/// A stage of a project.
#[derive(Clone)]
pub(crate) struct Milestone {
    pub(crate) id: i32,
    pub(crate) ticket: i32,
    /// From 1 within the project.
    pub(crate) sequence: i32,
    pub(crate) name: Box<str>,
    pub(crate) start: Ms,
    pub(crate) target: Ms,
    pub(crate) value: i64,
    /// When it was reached.
    pub(crate) reached: Ms,
    pub(crate) deleted: bool,
}

/// What an agent laid out on a ticket.
#[derive(Clone)]
pub(crate) struct Expense {
    pub(crate) id: i32,
    pub(crate) ticket: i32,
    pub(crate) action: u16,
    pub(crate) agent: i32,
    pub(crate) amount: i64,
    pub(crate) at: Ms,
    pub(crate) charged: bool,
    pub(crate) deleted: bool,
}

/// A day in the timesheet of an agent. What was worked is summed up from the time entries when it is read.
#[derive(Clone)]
pub(crate) struct Workday {
    pub(crate) id: i32,
    pub(crate) agent: i32,
    /// Midnight of the local day, as if it were UTC.
    pub(crate) day: Ms,
}

/// What an account manager noted about a client.
#[derive(Clone)]
pub(crate) struct Note {
    pub(crate) id: i32,
    pub(crate) client: i32,
    pub(crate) agent: i32,
    pub(crate) at: Ms,
    pub(crate) text: Box<str>,
    pub(crate) deleted: bool,
}

/// An article of the knowledge base.
#[derive(Clone)]
pub(crate) struct Article {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) problem: Box<str>,
    pub(crate) answer: Box<str>,
    pub(crate) tags: Box<str>,
    pub(crate) author: i32,
    pub(crate) views: i32,
    pub(crate) useful: i32,
    pub(crate) useless: i32,
    pub(crate) inactive: bool,
    pub(crate) deleted: bool,
    pub(crate) created: Ms,
    pub(crate) edited: Ms,
}

/// One run of an automation on a ticket.
#[derive(Clone)]
pub(crate) struct Automation {
    pub(crate) id: i32,
    pub(crate) ticket: i32,
    pub(crate) at: Ms,
    pub(crate) failed: bool,
    pub(crate) deleted: bool,
}

/// A saved report.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) group: Box<str>,
    pub(crate) sql: Box<str>,
    pub(crate) deleted: bool,
}

/// A tax code.
#[derive(Clone)]
pub(crate) struct Tax {
    pub(crate) id: i32,
    pub(crate) code: Box<str>,
    pub(crate) name: Box<str>,
    /// Percent.
    pub(crate) rate: f64,
    pub(crate) deleted: bool,
}

/// A part of the screen that lists one kind of ticket.
#[derive(Clone)]
pub(crate) struct Area {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) singular: Box<str>,
    pub(crate) deleted: bool,
}

/// The node under which all clients hang.
#[derive(Clone)]
pub(crate) struct TopLevel {
    pub(crate) id: i32,
    pub(crate) name: Box<str>,
    pub(crate) deleted: bool,
}

macro_rules! rows {
    ($($row:ty),+) => {$(
        impl Row for $row {
            fn id(&self) -> i64 {
                i64::from(self.id)
            }
            fn deleted(&self) -> bool {
                self.deleted
            }
        }
    )+};
}

rows!(Supplier, Item, AssetType, Asset, Licence, Contract, Instalment, Visit, SupplierContract, Prepay, ChargeRate);
rows!(Recurring, Payment, Order, Appointment, Milestone, Expense, Note, Article, Automation, Report, Tax, Area);
rows!(TopLevel);

impl Row for Workday {
    fn id(&self) -> i64 {
        i64::from(self.id)
    }
    fn deleted(&self) -> bool {
        false
    }
}
