//! Reports as customers write them; results are worked out anew from the truth.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, start};
use crate::report::{live, number, text};

/// Names by number.
async fn names(bench: &Bench, entity: &str) -> BTreeMap<i64, String> {
    bench.truth(entity).await.iter().map(|row| (number(&row["id"]), text(&row["name"]))).collect()
}

#[tokio::test]
async fn monthly_tickets_by_client_with_case() {
    let bench = start().await;
    let rows = bench
        .sql(
            "SELECT a.aareadesc AS [Client Name], CONVERT(VARCHAR(7), f.dateoccured, 120) AS [Month], \
             COUNT(*) AS [All], SUM(CASE WHEN f.datecleared IS NULL THEN 0 ELSE 1 END) AS Closed, \
             SUM(CASE WHEN f.Slastate = 'i' THEN 1 ELSE 0 END) * 100.0 / COUNT(*) AS [In SLA] \
             FROM FAULTS AS f INNER JOIN AREA AS a ON a.Aarea = f.Areaint \
             WHERE f.FDeleted = 0 AND f.FMergedIntoFaultid = 0 AND f.RequestTypeNew NOT IN (20, 21) \
             GROUP BY a.aareadesc, CONVERT(VARCHAR(7), f.dateoccured, 120)",
        )
        .await;
    let clients = names(&bench, "Client").await;
    let mut truth: BTreeMap<(String, String), (i64, i64, i64)> = BTreeMap::new();
    for ticket in bench.truth("Tickets").await.iter().filter(live) {
        let client = clients[&number(&ticket["client_id"])].clone();
        let entry = truth.entry((client, text(&ticket["dateoccurred"])[..7].to_owned())).or_default();
        entry.0 += 1;
        entry.1 += i64::from(ticket.get("dateclosed").is_some());
        entry.2 += i64::from(ticket["slastate"] == "I");
    }
    assert!(truth.len() > 50);
    assert_eq!(rows.len(), truth.len());
    for row in rows {
        let (all, closed, inside) = truth[&(text(&row["Client Name"]), text(&row["Month"]))];
        assert_eq!((number(&row["All"]), number(&row["Closed"])), (all, closed), "{row}");
        let share = inside as f64 * 100.0 / all as f64;
        assert!((row["In SLA"].as_f64().unwrap() - share).abs() < 1e-6, "{row}: {share}");
    }
}

#[tokio::test]
async fn first_response_by_priority() {
    let bench = start().await;
    let rows = bench
        .sql(
            "SELECT p.Pdesc AS Priority, COUNT(f.FResponseDate) AS Answered, \
             AVG(DATEDIFF(MINUTE, f.dateoccured, f.FResponseDate)) AS Minutes, \
             MAX(DATEDIFF(hour, f.dateoccured, f.FResponseDate)) AS Longest \
             FROM dbo.FAULTS f WITH (NOLOCK) \
             LEFT JOIN POLICY p ON p.Pslaid = f.Slaid AND p.Ppolicy = f.seriousness \
             WHERE f.FDeleted = 0 AND f.RequestTypeNew < 20 GROUP BY p.Pdesc HAVING COUNT(f.FResponseDate) > 0",
        )
        .await;
    let seconds = |value: &Value| format!("{}Z", text(value)).parse::<jiff::Timestamp>().unwrap().as_second();
    let names = ["", "Critical", "High", "Medium", "Low"];
    let mut truth: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for ticket in bench.truth("Tickets").await {
        let responded = text(&ticket["responsedate"]);
        if ticket["deleted"] == true || responded.starts_with("1900") || number(&ticket["tickettype_id"]) >= 20 {
            continue;
        }
        let (from, to) = (seconds(&ticket["dateoccurred"]), seconds(&ticket["responsedate"]));
        let entry = truth.entry(names[usize::try_from(number(&ticket["priority_id"])).unwrap()]).or_default();
        entry.0 += 1;
        entry.1 += to.div_euclid(60) - from.div_euclid(60);
        entry.2 = entry.2.max(to.div_euclid(3_600) - from.div_euclid(3_600));
    }
    assert_eq!(rows.len(), truth.len());
    for row in rows {
        let (count, sum, longest) = truth[text(&row["Priority"]).as_str()];
        let expected = (count, sum / count, longest);
        assert_eq!((number(&row["Answered"]), number(&row["Minutes"]), number(&row["Longest"])), expected, "{row}");
    }
}

#[tokio::test]
async fn names_by_subqueries_and_by_joins_are_the_same() {
    let bench = start().await;
    bench.control(Method::POST, "mutate", &json!({"seed": 8, "count": 60})).await;
    let by_subquery = "select faultid as [Ticket ID], (select aareadesc from area where aarea=areaint) as [Client], \
        (select sdesc from site where ssitenum=sitenumber) 'Site', username as [Username], \
        (select tstatusdesc from tstatus where tstatus=status) as [Status], \
        (select uname from uname where unum=assignedtoint) as [Technician], sectio_ as [Section], \
        (select rtdesc from requesttype where rtid=requesttypenew) as [Request type], category2 as [Category], \
        (select fvalue from lookup where fcode=frequestsource and fid=22) as [Source], \
        (select pdesc from policy where ppolicy=seriousness and pslaid=slaid) as [Priority] \
        from faults where fdeleted=fmergedintofaultid";
    let by_join = "SELECT f.Faultid AS [Ticket ID], a.aareadesc AS Client, s.sdesc AS Site, f.username AS Username, \
        t.tstatusdesc AS Status, u.uname AS Technician, f.sectio_ AS Section, r.RTRequestType AS [Request type], \
        f.category2 AS Category, l.fvalue AS Source, p.Pdesc AS Priority FROM FAULTS f \
        LEFT OUTER JOIN (SITE s LEFT JOIN AREA a ON a.Aarea = s.Sarea) ON s.Ssitenum = f.sitenumber \
        LEFT JOIN TSTATUS t ON t.Tstatus = f.Status LEFT JOIN UNAME u ON u.Unum = f.Assignedtoint \
        LEFT JOIN REQUESTTYPE r ON r.RTid = f.RequestTypeNew LEFT JOIN LOOKUP l ON l.fid = 22 AND l.fcode = \
        f.FRequestSource \
        LEFT JOIN POLICY p ON p.Pslaid = f.Slaid AND p.Ppolicy = f.seriousness \
        WHERE f.FDeleted = 0 AND f.FMergedIntoFaultid = 0";
    let (one, other) = (bench.sql(by_subquery).await, bench.sql(by_join).await);
    assert_eq!(one, other);
    let (clients, faults) = (names(&bench, "Client").await, bench.faults().await);
    let alive: BTreeSet<i64> = bench
        .truth("Client")
        .await
        .iter()
        .filter(|row| row["deleted"] == false)
        .map(|row| number(&row["id"]))
        .collect();
    let truth: Vec<_> = faults.iter().filter(live).collect();
    assert_eq!(one.len(), truth.len());
    for (row, ticket) in one.iter().zip(truth) {
        assert_eq!(row["Ticket ID"], ticket["id"]);
        let client = number(&ticket["client_id"]);
        assert_eq!(row["Client"].as_str(), alive.contains(&client).then(|| clients[&client].as_str()), "{row}");
        assert_eq!((&row["Status"], &row["Technician"]), (&ticket["status_name"], &ticket["agent_name"]));
    }
}

#[tokio::test]
async fn backlog_and_time_per_team_and_agent() {
    let bench = start().await;
    let faults = bench.faults().await;
    let rows = bench
        .sql(
            "SELECT s.SDSectionName AS Team, COUNT(f.Faultid) AS Backlog, \
             COUNT(CASE WHEN DATEDIFF(day, f.dateoccured, GETDATE()) > 30 THEN 1 END) AS Old FROM SECTIONDETAIL s \
             LEFT JOIN FAULTS f ON f.sectio_ = s.SDSectionName AND f.FDeleted = 0 AND f.datecleared IS NULL \
             GROUP BY s.SDSectionName ORDER BY COUNT(f.Faultid) DESC, s.SDSectionName OFFSET 0 ROWS",
        )
        .await;
    let open = |team: &str| {
        let mine = |row: &&Value| row["deleted"] == false && row.get("dateclosed").is_none() && row["team"] == team;
        faults.iter().filter(mine).cloned().collect::<Vec<_>>()
    };
    assert_eq!(rows.len(), names(&bench, "Team").await.len());
    for row in &rows {
        let open = open(row["Team"].as_str().unwrap());
        let old = open.iter().filter(|ticket| text(&ticket["dateoccurred"]).as_str() < "2026-10-25").count();
        assert_eq!((number(&row["Backlog"]), number(&row["Old"])), (open.len() as i64, old as i64), "{row}");
    }
    let backlogs: Vec<i64> = rows.iter().map(|row| number(&row["Backlog"])).collect();
    assert!(backlogs.iter().rev().is_sorted() && backlogs[0] > 0);

    let rows = bench
        .sql(
            "SELECT u.uname AS Agent, ROUND(SUM(ac.timetaken), 2) AS Hours, COUNT(DISTINCT ac.Faultid) AS Tickets \
             FROM ACTIONS ac JOIN FAULTS f ON f.Faultid = ac.Faultid INNER JOIN UNAME u ON ac.whoagentid = u.Unum \
             WHERE ac.timetaken > 0 AND f.FDeleted = 0 AND ac.Whe_ >= '20260101' AND ac.Whe_ < '20270101' \
             GROUP BY u.uname, u.Unum",
        )
        .await;
    let agents = names(&bench, "Agent").await;
    let mut truth: BTreeMap<String, (f64, BTreeSet<i64>)> = BTreeMap::new();
    for action in bench.truth("Actions").await {
        let (hours, agent) = (action["timetaken"].as_f64().unwrap(), number(&action["who_agentid"]));
        if action["deleted"] == false && hours > 0.0 && agent > 0 && text(&action["datetime"]).starts_with("2026") {
            let entry = truth.entry(agents[&agent].clone()).or_default();
            entry.0 += hours;
            entry.1.insert(number(&action["ticket_id"]));
        }
    }
    assert_eq!(rows.len(), truth.len());
    for row in rows {
        let (hours, tickets) = &truth[&text(&row["Agent"])];
        assert!((row["Hours"].as_f64().unwrap() - hours).abs() < 0.006, "{row} {hours}");
        assert_eq!(number(&row["Tickets"]), tickets.len() as i64, "{row}");
    }
}

#[tokio::test]
async fn invoices_with_their_lines() {
    let bench = start().await;
    let rows = bench
        .sql(
            "SELECT h.IHInvoiceNumber AS Number, c.aareadesc AS Client, h.IHAmountPaid + h.IHAmountDue AS Total, \
             SUM(d.IDNet_Amount + d.IDTax_Amount) AS Lines, COUNT(*) AS n, CAST(h.IHInvoice_Date AS DATE) AS Day, \
             CASE WHEN h.IHAmountDue > 0 AND h.IHDue_Date < GETDATE() THEN 'late' ELSE 'fine' END AS State \
             FROM INVOICEHEADER h JOIN INVOICEDETAIL d ON d.IdIHid = h.IHid JOIN AREA c ON h.IHaarea = c.Aarea \
             WHERE h.ihvoided = 0 GROUP BY h.IHInvoiceNumber, c.aareadesc, h.IHAmountPaid, h.IHAmountDue, \
             h.IHInvoice_Date, h.IHDue_Date",
        )
        .await;
    let invoices = bench.truth("Invoice").await;
    let truth: BTreeMap<String, &Value> = invoices
        .iter()
        .filter(|row| row["deleted"] == false && row["voided"] == false)
        .map(|row| (text(&row["invoicenumber"]), row))
        .collect();
    assert!(rows.len() > 100 && rows.len() == truth.len());
    for row in rows {
        let invoice = truth[&text(&row["Number"])];
        let near = |left: &Value, right: &Value| (left.as_f64().unwrap() - right.as_f64().unwrap()).abs() < 0.001;
        assert!(near(&row["Total"], &invoice["total"]) && near(&row["Lines"], &invoice["total"]), "{row}");
        assert_eq!(number(&row["n"]), invoice["lines"].as_array().unwrap().len() as i64);
        assert_eq!((&row["Client"], &row["Day"]), (&invoice["client_name"], &invoice["invoice_date"]));
        let late =
            invoice["amountdue"].as_f64().unwrap() > 0.0 && text(&invoice["duedate"]).as_str() < "2026-11-24T17:00";
        assert_eq!(row["State"] == "late", late, "{row}");
    }
}

#[tokio::test]
async fn ctes_windows_and_last_actions() {
    let bench = start().await;
    let rows = bench
        .sql(
            "WITH ranked AS (SELECT f.Faultid, f.Areaint, f.dateoccured, ROW_NUMBER() OVER (PARTITION BY f.Areaint \
             ORDER BY f.dateoccured DESC, f.Faultid DESC) AS place FROM FAULTS f WHERE f.FDeleted = 0) \
             SELECT a.aareadesc AS Client, r.Faultid, r.dateoccured, \
             (SELECT TOP 1 x.note FROM ACTIONS x WHERE x.Faultid = r.Faultid ORDER BY x.actionnumber DESC) AS [Last \
             note], \
             (SELECT COUNT(*) FROM ACTIONS x WHERE x.Faultid = r.Faultid) AS Actions, \
             CASE WHEN EXISTS (SELECT 1 FROM ACTIONS x WHERE x.Faultid = r.Faultid AND x.ActIsBillable = 1) THEN 1 \
             ELSE 0 END AS Billable \
             FROM ranked r JOIN AREA a ON a.Aarea = r.Areaint WHERE r.place <= 2",
        )
        .await;
    let faults: Vec<Value> = bench.faults().await.into_iter().filter(|row| row["deleted"] == false).collect();
    let actions = bench.truth("Actions").await;
    let clients = names(&bench, "Client").await;
    let mut count = 0;
    for (id, client) in clients {
        let mut mine: Vec<_> = faults.iter().filter(|row| number(&row["client_id"]) == id).collect();
        mine.sort_by_key(|row| std::cmp::Reverse((text(&row["dateoccurred"]), number(&row["id"]))));
        for ticket in mine.into_iter().take(2) {
            count += 1;
            let row =
                rows.iter().find(|row| row["Faultid"] == ticket["id"]).unwrap_or_else(|| panic!("{}", ticket["id"]));
            let steps: Vec<_> =
                actions.iter().filter(|row| row["ticket_id"] == ticket["id"] && row["deleted"] == false).collect();
            assert_eq!((&row["Client"], number(&row["Actions"])), (&json!(client), steps.len() as i64));
            assert_eq!(row["Last note"], steps.last().map_or(Value::Null, |step| step["note"].clone()));
            let billable = steps.iter().any(|step| step["actisbillable"] == true);
            assert_eq!(number(&row["Billable"]), i64::from(billable));
        }
    }
    assert!(count > 20 && rows.len() == count, "{count}");
}

#[tokio::test]
async fn status_history_and_tombstones() {
    let bench = start().await;
    bench.control(Method::POST, "mutate", &json!({"seed": 21, "count": 150})).await;
    let gone = bench.sql("SELECT Faultid, fdeleteddate FROM FAULTS WHERE FDeleted = 1 OR FMergedIntoFaultid > 0").await;
    let faults = bench.faults().await;
    let truth: Vec<_> = faults.iter().filter(|row| !live(row)).map(|row| number(&row["id"])).collect();
    assert!(!truth.is_empty());
    assert_eq!(gone.iter().map(|row| number(&row["Faultid"])).collect::<Vec<_>>(), truth);
    let merges = bench.sql("SELECT FMfaultid, FMmergedIntoFaultid FROM FaultMerge").await;
    let merged = faults.iter().filter(|row| row["merged_into_id"] != 0).count();
    assert_eq!(merges.len(), merged);

    let changes = "SELECT a.Faultid, a.actionnumber, b.tstatusdesc AS Old, n.tstatusdesc AS New FROM ACTIONS a \
        LEFT JOIN TSTATUS b ON b.Tstatus = a.ActionStatusBefore JOIN TSTATUS n ON n.Tstatus = a.ActionStatusAfter \
        WHERE a.ActionStatusBefore <> a.ActionStatusAfter";
    let trail = "SELECT AFaultid AS Faultid, ID % 256 AS actionnumber, NULLIF(AFrom, '') AS Old, ATo AS New FROM AUDIT \
        WHERE AValue = 'Status' AND ATo <> ''";
    let (one, other) = (bench.sql(changes).await, bench.sql(trail).await);
    assert!(one.len() > 300);
    let known = |rows: &[Value]| -> BTreeSet<String> {
        rows.iter().filter(|row| !row["Old"].is_null()).map(Value::to_string).collect()
    };
    assert!(known(&one).len() > 200 && known(&one).is_subset(&known(&other)));
}
