//! Suppliers and what they supply, kinds of devices, rates of labour, taxes: the small lists of trade.

use super::Commerce;
use super::rows::{Area, AssetType, ChargeRate, Item, Supplier, Tax, TopLevel};
use crate::times::Ms;
use crate::world::words::PRODUCTS;

/// The item of the first product of [`PRODUCTS`]; the others follow.
const FIRST_PRODUCT: i32 = 15;
/// The first item that lines of invoices never name.
const FIRST_OTHER: i32 = 101;

/// Groups of items, numbered from 1.
pub(crate) const GROUPS: [&str; 3] = ["Hardware", "Licences", "Services"];
pub(crate) const HARDWARE: i32 = 1;
pub(crate) const LICENCES: i32 = 2;
pub(crate) const SERVICES: i32 = 3;

/// Name, and whether nothing is bought there any more.
const SUPPLIERS: [(&str, bool); 7] = [
    ("Northgate Distribution", false),
    ("Cirrus Cloud Supply", false),
    ("Keystone Components", false),
    ("Brightline Security", false),
    ("Harbour Telecom", false),
    ("Copperfield Leasing", false),
    ("Old Mill Stationers", true),
];

/// Items that are only quoted and ordered: code, name, group, price and cost in pence, supplier.
const OTHERS: [(&str, &str, i32, i64, i64, i32); 12] = [
    ("HW-DESKTOP", "Desktop, standard build", HARDWARE, 64_900, 52_800, 1),
    ("HW-MON27", "Monitor 27 inch", HARDWARE, 21_900, 17_450, 1),
    ("HW-DOCK", "Docking station", HARDWARE, 17_500, 13_900, 1),
    ("HW-SW24", "Network switch, 24 ports", HARDWARE, 48_000, 37_500, 3),
    ("HW-AP6", "Wireless access point", HARDWARE, 16_900, 12_100, 3),
    ("HW-FW40", "Firewall, branch", HARDWARE, 72_500, 58_200, 4),
    ("HW-SRV1", "Server, one processor", HARDWARE, 389_000, 321_000, 3),
    ("HW-UPS1500", "Uninterruptible power supply", HARDWARE, 41_000, 33_300, 3),
    ("LIC-CAD", "Drawing suite licence, yearly", LICENCES, 42_000, 36_100, 2),
    ("LIC-FW1Y", "Firewall subscription, yearly", LICENCES, 29_500, 23_600, 4),
    ("SRV-DAY", "Engineer on site, per day", SERVICES, 68_000, 25_600, 0),
    ("HW-FAX", "Fax machine", HARDWARE, 12_900, 9_800, 7),
];

/// Kinds of devices, numbered from 1.
pub(crate) const ASSET_TYPES: [&str; 7] =
    ["Laptop", "Desktop", "Server", "Firewall", "Network switch", "Wireless access point", "Printer"];

/// Pence for an hour, by the numbers of lookup list 17.
const RATES: [(i32, i64); 3] = [(1, 8_500), (2, 11_000), (3, 9_500)];

const TAXES: [(i32, &str, &str, f64); 4] = [
    (1, "T1", "Standard rate", 20.0),
    (2, "T5", "Reduced rate", 5.0),
    (3, "T0", "Zero rate", 0.0),
    (4, "T2", "Exempt", 0.0),
];

const AREAS: [(i32, &str, &str); 3] =
    [(1, "Tickets", "Ticket"), (2, "Projects", "Project"), (3, "Opportunities", "Opportunity")];

/// The item of a product, as lines of invoices name it.
pub(crate) fn item_of(product: usize) -> i32 {
    FIRST_PRODUCT + i32::try_from(product).unwrap_or_default()
}

pub(super) fn fill(commerce: &mut Commerce, start: Ms) {
    commerce.suppliers = SUPPLIERS
        .iter()
        .zip(1..)
        .map(|((name, inactive), id)| Supplier {
            id,
            name: (*name).into(),
            phone: format!("+44 20 7946 09{id:02}").into(),
            inactive: *inactive,
            deleted: false,
            created: start,
            modified: start,
        })
        .collect();
    commerce.items = items(start).into_iter().collect();
    commerce.asset_types =
        ASSET_TYPES.iter().zip(1..).map(|(name, id)| AssetType { id, name: (*name).into(), deleted: false }).collect();
    commerce.charge_rates = RATES
        .iter()
        .map(|(charge, rate)| ChargeRate {
            id: *charge,
            client: 0,
            charge: *charge,
            rate: *rate,
            start: crate::times::month_start(start, 0),
            deleted: false,
        })
        .collect();
    commerce.taxes = TAXES
        .iter()
        .map(|(id, code, name, rate)| Tax {
            id: *id,
            code: (*code).into(),
            name: (*name).into(),
            rate: *rate,
            deleted: false,
        })
        .collect();
    commerce.areas = AREAS
        .iter()
        .map(|(id, name, singular)| Area {
            id: *id,
            name: (*name).into(),
            singular: (*singular).into(),
            deleted: false,
        })
        .collect();
    commerce.top_levels = std::iter::once(TopLevel { id: 1, name: "Demo MSP".into(), deleted: false }).collect();
}

fn items(start: Ms) -> Vec<Item> {
    let plain = Item {
        id: 0,
        code: "".into(),
        name: "".into(),
        group: SERVICES,
        price: 0,
        cost: 0,
        recurring: false,
        nominal: "4200",
        supplier: 0,
        inactive: false,
        deleted: false,
        created: start,
        modified: start,
    };
    let products = PRODUCTS.iter().enumerate().map(|(place, product)| {
        let group = match product.code.split('-').next() {
            Some("HW") => HARDWARE,
            Some("MS" | "LAB" | "SRV") => SERVICES,
            _ => LICENCES,
        };
        Item {
            id: item_of(place),
            code: product.code.into(),
            name: product.name.into(),
            group,
            price: product.price,
            cost: product.cost,
            recurring: is_recurring(place),
            nominal: product.nominal,
            supplier: if group == SERVICES { 0 } else { group },
            ..plain.clone()
        }
    });
    let others = OTHERS.iter().zip(FIRST_OTHER..).map(|((code, name, group, price, cost, supplier), id)| Item {
        id,
        code: (*code).into(),
        name: (*name).into(),
        group: *group,
        price: *price,
        cost: *cost,
        supplier: *supplier,
        inactive: *code == "HW-FAX",
        ..plain.clone()
    });
    products.chain(others).collect()
}

/// Whether a product is sold by the month, and not by the hour or the piece.
pub(crate) fn is_recurring(product: usize) -> bool {
    PRODUCTS.get(product).is_some_and(|product| !product.code.starts_with("LAB") && !product.code.starts_with("HW"))
}
