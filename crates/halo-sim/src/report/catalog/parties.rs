//! Clients, sites, contacts and agents. No credentials: HaloPSA's tables of people hold some, these do not.

use super::sql::{BIT, DATETIME, FLOAT, INT, NVARCHAR, text};
use super::{Column, api, flat, own};
use crate::entity::{agent, client, site, user};
use crate::value::V;
use crate::world::rows::{Agent, Client, Site, User};

flat!(AREA = "AREA": Client, clients, keyed &["Aarea"], Some(&client::CLIENT), AREA_COLUMNS);

const AREA_COLUMNS: &[Column<Client>] = &[
    api("Aarea", INT, "id"),
    api("aareadesc", NVARCHAR, "name"),
    api("AIsInactive", BIT, "inactive"),
    api("Astopped", INT, "stopped"),
    api("Atreeid", INT, "toplevel_id"),
    api("Aarearef", NVARCHAR, "ref"),
    api("acustomertype", INT, "customertype"),
    api("AAccountManagerTech", INT, "accountmanagertech"),
    api("Apritech", INT, "pritech"),
    api("Asectech", INT, "sectech"),
    api("AisVIP", BIT, "is_vip"),
    api("aaccountsid", NVARCHAR, "accountsid"),
    api("AWebsite", NVARCHAR, "website"),
    api("adatecreated", DATETIME, "datecreated"),
    api("ALastUpdate", DATETIME, "alastupdate"),
    api("AdefaultCurrencyCode", INT, "default_currency_code"),
];

flat!(SITE = "SITE": Site, sites, keyed &["Ssitenum"], Some(&site::SITE), SITE_COLUMNS);

const SITE_COLUMNS: &[Column<Site>] = &[
    api("Ssitenum", INT, "id"),
    api("sdesc", NVARCHAR, "name"),
    // A decimal in the database too.
    api("Sarea", FLOAT, "client_id"),
    api("SIsInactive", BIT, "inactive"),
    api("Sslaid", INT, "sla_id"),
    api("StimezoneName", NVARCHAR, "timezone"),
    api("stimezonenamenew", NVARCHAR, "timezone"),
    api("sMainContact", INT, "maincontact_id"),
    api("SLastUpdate", DATETIME, "slastupdate"),
];

flat!(USERS = "USERS": User, users, keyed &["Uid"], Some(&user::USERS), USER_COLUMNS);

const USER_COLUMNS: &[Column<User>] = &[
    api("Uid", INT, "id"),
    api("uusername", NVARCHAR, "name"),
    api("uFirstName", NVARCHAR, "firstname"),
    api("uLastName", NVARCHAR, "surname"),
    api("Usite", FLOAT, "site_id"),
    api("uemail", NVARCHAR, "emailaddress"),
    api("uextn", NVARCHAR, "phonenumber"),
    api("umobile", NVARCHAR, "mobilenumber"),
    api("uinactive", BIT, "inactive"),
    api("UIsImportantContact", BIT, "isimportantcontact"),
    api("uisserviceaccount", BIT, "isserviceaccount"),
    api("ulinkedagentid", INT, "linked_agent_id"),
    api("UAzureOID", NVARCHAR, "azureoid"),
    api("ULastUpdate", DATETIME, "ulastupdate"),
];

flat!(UNAME = "UNAME": Agent, agents, keyed &["Unum"], Some(&agent::AGENT), AGENT_COLUMNS);

const AGENT_COLUMNS: &[Column<Agent>] = &[
    api("Unum", INT, "id"),
    api("uname", NVARCHAR, "name"),
    api("ufirstname", NVARCHAR, "firstname"),
    api("ulastname", NVARCHAR, "surname"),
    api("uinitials", text(10), "initials"),
    api("usmtp", NVARCHAR, "email"),
    api("usection", NVARCHAR, "team"),
    api("Uisdisabled", BIT, "isdisabled"),
    api("uisapiagent", BIT, "isapiagent"),
    api("ulinemanager", INT, "linemanager"),
    api("UJobTitle", NVARCHAR, "jobtitle"),
    api("UWorkDayID", INT, "workday_id"),
    own("ulast_modified", DATETIME, |_, row| V::Date(row.created)),
];
