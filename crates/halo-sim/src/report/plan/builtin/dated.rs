//! Functions of dates. The part of DATEADD and its kin comes as a number, see [`Part::number`].

use super::Want::{Int, Moment, Text};
use super::{Entry, Gives, entry, int, open, word};
use crate::report::convert::{Target, cast};
use crate::report::dates::{self, Part};
use crate::report::error::{Res, fail};
use crate::report::types::{BIGINT, INT, NVARCHAR, Ty, VARCHAR};
use crate::report::value::{Value, text};

pub(super) const ENTRIES: &[Entry] = &[
    entry("dateadd", (3, 3), &[Int, Int, Moment], Gives::Fixed(Ty::DateTime), |a| {
        dates::add(Part::at(int(&a[0])), int(&a[1]), int(&a[2])).map(Value::Date)
    }),
    entry("datediff", (3, 3), &[Int, Moment, Moment], Gives::Fixed(INT), |a| {
        let count = dates::difference(Part::at(int(&a[0])), int(&a[1]), int(&a[2]));
        match i32::try_from(count) {
            Ok(_) => Ok(Value::Int(count)),
            Err(_) => fail(
                "The datediff function resulted in an overflow. The number of dateparts separating two date/time \
                    instances is too large. Try to use datediff with a less precise datepart.",
            ),
        }
    }),
    entry("datediff_big", (3, 3), &[Int, Moment, Moment], Gives::Fixed(BIGINT), |a| {
        Ok(Value::Int(dates::difference(Part::at(int(&a[0])), int(&a[1]), int(&a[2]))))
    }),
    entry("datepart", (2, 2), &[Int, Moment], Gives::Fixed(INT), |a| {
        Ok(Value::Int(dates::part(Part::at(int(&a[0])), int(&a[1]))))
    }),
    entry("datename", (2, 2), &[Int, Moment], Gives::Fixed(NVARCHAR), |a| {
        Ok(text(dates::name(Part::at(int(&a[0])), int(&a[1]))))
    }),
    entry("year", (1, 1), &[Moment], Gives::Fixed(INT), |a| part(Part::Year, a)),
    entry("month", (1, 1), &[Moment], Gives::Fixed(INT), |a| part(Part::Month, a)),
    entry("day", (1, 1), &[Moment], Gives::Fixed(INT), |a| part(Part::Day, a)),
    entry("eomonth", (1, 2), &[Moment, Int], Gives::Fixed(Ty::Date), |a| {
        dates::end_of_month(int(&a[0]), a.get(1).map_or(0, int)).map(Value::Date)
    }),
    entry("datefromparts", (3, 3), &[Int, Int, Int], Gives::Fixed(Ty::Date), |a| {
        match dates::from_parts(int(&a[0]), int(&a[1]), int(&a[2])) {
            Some(at) => Ok(Value::Date(at)),
            None => fail("Cannot construct data type date, some of the arguments have values which are not valid."),
        }
    }),
    // What AT TIME ZONE 'GMT Standard Time' makes of a moment.
    entry("at_london", (1, 1), &[Moment], Gives::Fixed(Ty::DateTime), |a| {
        let at = int(&a[0]);
        Ok(Value::Date(at + crate::times::london_offset(at)))
    }),
    open("isdate", (1, 1), &[Text], Gives::Fixed(INT), |a| {
        let good = !word(&a[0]).is_empty() && cast(&a[0], VARCHAR, Target::plain(Ty::DateTime)).is_ok();
        Ok(Value::Int(good.into()))
    }),
];

fn part(part: Part, a: &[Value]) -> Res<Value> {
    Ok(Value::Int(dates::part(part, int(&a[0]))))
}
