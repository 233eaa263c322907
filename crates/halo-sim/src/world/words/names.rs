//! Names of companies, people, places and products. All are invented.

/// Clients with their number of managed users; later ones are made of two words.
pub(crate) const CLIENTS: [(&str, u32); 40] = [
    ("Harrowgate Logistics", 400),
    ("Northwind Dental", 168),
    ("Pike & Mallory Solicitors", 128),
    ("Silverbrook Schools Trust", 96),
    ("Tidewater Housing", 84),
    ("Brackenfell Foods", 72),
    ("Osprey Engineering", 58),
    ("Larkspur Care", 52),
    ("Quarry Lane Builders", 44),
    ("Meridian Architects", 38),
    ("Fennimore Insurance", 36),
    ("Coppergate Hotels", 33),
    ("Elmstead Vets", 31),
    ("Juniper Print", 28),
    ("Old Mill Bakery", 4),
    ("Zephyr Cycles", 3),
    ("Ashdown Surveyors", 26),
    ("Beacon Hill Dairy", 24),
    ("Calder Valley Press", 22),
    ("Dovecote Nurseries", 20),
    ("Ember & Oak Kitchens", 19),
    ("Fairwater Marine", 18),
    ("Gannet Fisheries", 17),
    ("Hollybush Pharmacy", 16),
    ("Inkwell Accountants", 15),
    ("Jarrow Steel Stockholders", 14),
    ("Kingfisher Travel", 13),
    ("Lantern Theatre", 12),
    ("Millrace Brewery", 11),
    ("Nightingale Physiotherapy", 10),
    ("Oakhanger Estates", 10),
    ("Pennine Couriers", 9),
    ("Quayside Lettings", 8),
    ("Redfern Opticians", 8),
    ("Sandpiper Yachts", 7),
    ("Thornbury Joinery", 6),
    ("Umber Studio", 5),
    ("Verity Translations", 5),
    ("Wharfside Garage", 4),
    ("Yarrow Florists", 4),
];

pub(crate) const FIRST_WORDS: [&str; 24] = [
    "Amber",
    "Birch",
    "Cobalt",
    "Dunmore",
    "Eastfield",
    "Foxglove",
    "Granite",
    "Hazel",
    "Ivory",
    "Juno",
    "Kestrel",
    "Linden",
    "Maple",
    "Nettle",
    "Orchard",
    "Primrose",
    "Quill",
    "Rowan",
    "Saffron",
    "Thistle",
    "Upland",
    "Violet",
    "Willow",
    "Yew",
];

pub(crate) const SECOND_WORDS: [&str; 16] = [
    "Advisory",
    "Builders",
    "Clinics",
    "Design",
    "Estates",
    "Freight",
    "Gardens",
    "Hardware",
    "Interiors",
    "Joinery",
    "Kitchens",
    "Law",
    "Media",
    "Nurseries",
    "Optics",
    "Partners",
];

pub(crate) const FIRST_NAMES: [&str; 40] = [
    "Priya", "Tom", "Aisha", "Owen", "Grace", "Liam", "Zara", "Hugh", "Mei", "Callum", "Ines", "Dev", "Ruth", "Kofi",
    "Elsie", "Piotr", "Nadia", "Rhys", "Bea", "Sean", "Lucía", "Amir", "Joan", "Theo", "Farah", "Ewan", "Ida", "Marek",
    "Olive", "Yusuf", "Clara", "Niall", "Tess", "Ravi", "Gwen", "Jonas", "Maya", "Felix", "Zoë", "Arthur",
];

pub(crate) const LAST_NAMES: [&str; 50] = [
    "Shah",
    "Barrow",
    "Cole",
    "Denning",
    "Eastwood",
    "Farrow",
    "Granger",
    "Holt",
    "Iqbal",
    "Jessop",
    "Kemp",
    "Lister",
    "Marsh",
    "Nolan",
    "Okafor",
    "Penrose",
    "Quayle",
    "Rowe",
    "Stroud",
    "Thorne",
    "Underhill",
    "Vickers",
    "Winslow",
    "Yates",
    "Abbot",
    "Birdsall",
    "Carver",
    "Drury",
    "Ellery",
    "Frost",
    "Goss",
    "Hale",
    "Ingle",
    "Jarvis",
    "Kerr",
    "Lomas",
    "Moss",
    "Nye",
    "O'Dowd",
    "Pell",
    "Rudd",
    "Sayer",
    "Tully",
    "Upton",
    "Vane",
    "Wragg",
    "Zeller",
    "Ashby",
    "Booth",
    "Crane",
];

pub(crate) const SITES: [&str; 6] = ["Main", "Branch", "Warehouse", "Riverside", "High Street", "Annexe"];

/// Agents: first name, last name, title, team, manager's place in this list. The last one has left.
pub(crate) const AGENTS: [(&str, &str, &str, usize, usize); 13] = [
    ("Marta", "Lindqvist", "Service desk manager", 0, 0),
    ("Dana", "Cole", "Service desk engineer", 0, 0),
    ("Ben", "Achebe", "Service desk engineer", 0, 0),
    ("Sofia", "Reyes", "Service desk engineer", 0, 0),
    ("Jack", "Tremlett", "Service desk engineer", 0, 0),
    ("Hannah", "Voss", "Senior engineer", 1, 0),
    ("Idris", "Penn", "Senior engineer", 1, 0),
    ("Keiko", "Marlow", "Senior engineer", 1, 0),
    ("Tomasz", "Birch", "Network specialist", 2, 5),
    ("Gareth", "Pryce", "Project engineer", 3, 0),
    ("Rosa", "Hollis", "Project engineer", 3, 0),
    ("Nina", "Okoro", "Account manager", 4, 0),
    ("Victor", "Swann", "Service desk engineer", 0, 0),
];

/// Titles of those who join such a team later.
pub(crate) const TITLES: [&str; 5] =
    ["Service desk engineer", "Senior engineer", "Specialist engineer", "Project engineer", "Account manager"];

/// Where the further groups of first and second line sit.
pub(crate) const TOWNS: [&str; 6] = ["Leeds", "Bristol", "Cardiff", "Glasgow", "Norwich", "Derby"];

/// Teams: name, department, and what they work on (requests, projects, sales).
pub(crate) const TEAMS: [(&str, i32, [bool; 3]); 5] = [
    ("1st Line Support", 1, [true, false, false]),
    ("2nd Line Support", 1, [true, false, false]),
    ("3rd Line Support", 1, [true, true, false]),
    ("Projects", 2, [false, true, false]),
    ("Sales", 3, [false, false, true]),
];

pub(crate) const DEPARTMENTS: [&str; 3] = ["Service Desk", "Professional Services", "Sales"];

/// A line of an invoice: code, name, price and cost in pence, nominal code.
pub(crate) struct Product {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) price: i64,
    pub(crate) cost: i64,
    pub(crate) nominal: &'static str,
}

pub(crate) const PRODUCTS: [Product; 6] = [
    Product { code: "MS-USER", name: "Managed user", price: 4_500, cost: 1_800, nominal: "4000" },
    Product { code: "M365-BP", name: "Business suite licence", price: 1_810, cost: 1_520, nominal: "4010" },
    Product { code: "BACKUP-TB", name: "Cloud backup per terabyte", price: 3_995, cost: 2_150, nominal: "4020" },
    Product { code: "SEC-EDR", name: "Endpoint protection", price: 650, cost: 389, nominal: "4030" },
    Product {
        code: "LAB-HR",
        name: "Labour outside the agreement, per hour",
        price: 8_500,
        cost: 3_200,
        nominal: "4100",
    },
    Product { code: "HW-LAPTOP", name: "Laptop, standard build", price: 79_900, cost: 66_300, nominal: "4200" },
];

pub(crate) const COLOURS: [&str; 8] =
    ["#3366cc", "#2bd3c6", "#d0021b", "#f5a623", "#7ed321", "#9013fe", "#4a90e2", "#8b572a"];
