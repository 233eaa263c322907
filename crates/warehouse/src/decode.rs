//! The engine's values as [`Field`]s.

use duckdb::{
    arrow::{
        array::{Array, ArrayRef, AsArray, StructArray, UnionArray},
        datatypes::{
            DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
            IntervalMonthDayNanoType, IntervalUnit, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
            TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
            UInt8Type, UInt16Type, UInt32Type, UInt64Type,
        },
        util::display::array_value_to_string,
    },
    core::{LogicalTypeHandle, LogicalTypeId},
};

use crate::{Field, calendar};

/// What the engine's type says beyond the type in which its values arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Plain,
    /// Unsigned 128-bit numbers arrive as signed ones.
    UnsignedHuge,
    Json,
    /// Bits arrive as bytes: the number of bits to skip, then the bits.
    Bits,
}

/// Name of a type as SQL writes it, and what its values mean.
pub(crate) fn describe(logical: &LogicalTypeHandle) -> (String, Meaning) {
    let name = type_name(logical);
    let meaning = match logical.id() {
        LogicalTypeId::UHugeint => Meaning::UnsignedHuge,
        LogicalTypeId::Bit => Meaning::Bits,
        _ if name == "JSON" => Meaning::Json,
        _ => Meaning::Plain,
    };
    (name, meaning)
}

fn type_name(logical: &LogicalTypeHandle) -> String {
    if let Some(alias) = logical.get_alias() {
        return alias;
    }
    let child = |index| type_name(&logical.child(index));
    match logical.id() {
        LogicalTypeId::Decimal => format!("DECIMAL({},{})", logical.decimal_width(), logical.decimal_scale()),
        LogicalTypeId::List => format!("{}[]", child(0)),
        // The length of arrays is not to be had.
        LogicalTypeId::Array => format!("{}[n]", child(0)),
        LogicalTypeId::Map => format!("MAP({}, {})", child(0), child(1)),
        LogicalTypeId::Struct => {
            let fields =
                (0..logical.num_children()).map(|index| format!("{} {}", logical.child_name(index), child(index)));
            format!("STRUCT({})", fields.collect::<Vec<_>>().join(", "))
        }
        id => scalar_name(id).to_owned(),
    }
}

fn scalar_name(id: LogicalTypeId) -> &'static str {
    match id {
        LogicalTypeId::Boolean => "BOOLEAN",
        LogicalTypeId::Tinyint => "TINYINT",
        LogicalTypeId::Smallint => "SMALLINT",
        LogicalTypeId::Integer => "INTEGER",
        LogicalTypeId::Bigint => "BIGINT",
        LogicalTypeId::UTinyint => "UTINYINT",
        LogicalTypeId::USmallint => "USMALLINT",
        LogicalTypeId::UInteger => "UINTEGER",
        LogicalTypeId::UBigint => "UBIGINT",
        LogicalTypeId::Hugeint => "HUGEINT",
        LogicalTypeId::UHugeint => "UHUGEINT",
        LogicalTypeId::Float => "FLOAT",
        LogicalTypeId::Double => "DOUBLE",
        LogicalTypeId::Varchar => "VARCHAR",
        LogicalTypeId::Blob => "BLOB",
        LogicalTypeId::Bit => "BIT",
        LogicalTypeId::Uuid => "UUID",
        LogicalTypeId::Date => "DATE",
        LogicalTypeId::Time => "TIME",
        LogicalTypeId::TimeNs => "TIME_NS",
        LogicalTypeId::TimeTZ => "TIME WITH TIME ZONE",
        LogicalTypeId::Timestamp => "TIMESTAMP",
        LogicalTypeId::TimestampS => "TIMESTAMP_S",
        LogicalTypeId::TimestampMs => "TIMESTAMP_MS",
        LogicalTypeId::TimestampNs => "TIMESTAMP_NS",
        LogicalTypeId::TimestampTZ => "TIMESTAMP WITH TIME ZONE",
        LogicalTypeId::Interval => "INTERVAL",
        LogicalTypeId::Enum => "ENUM",
        LogicalTypeId::Union => "UNION",
        LogicalTypeId::Bignum => "BIGNUM",
        LogicalTypeId::Geometry => "GEOMETRY",
        LogicalTypeId::SqlNull => "NULL",
        _ => "UNKNOWN",
    }
}

/// The value of one row. The offset of a `TIME WITH TIME ZONE` is lost on the way, a `BIGNUM` comes as its bytes. Types that have no form of their own come as the text that their library writes.
pub(crate) fn field(column: &ArrayRef, row: usize, meaning: Meaning) -> Field {
    if column.is_null(row) {
        return Field::Null;
    }
    macro_rules! value {
        ($arrow:ty) => {
            column.as_primitive::<$arrow>().value(row)
        };
    }
    match column.data_type() {
        DataType::Null => Field::Null,
        DataType::Boolean => Field::Bool(column.as_boolean().value(row)),
        DataType::Int8 => Field::Int(value!(Int8Type).into()),
        DataType::Int16 => Field::Int(value!(Int16Type).into()),
        DataType::Int32 => Field::Int(value!(Int32Type).into()),
        DataType::Int64 => Field::Int(value!(Int64Type).into()),
        DataType::UInt8 => Field::Int(value!(UInt8Type).into()),
        DataType::UInt16 => Field::Int(value!(UInt16Type).into()),
        DataType::UInt32 => Field::Int(value!(UInt32Type).into()),
        DataType::UInt64 => Field::Int(value!(UInt64Type).into()),
        // Through its text, or 0.1 would become 0.10000000149011612.
        DataType::Float32 => Field::Float(value!(Float32Type).to_string().parse().unwrap_or(f64::NAN)),
        DataType::Float64 => Field::Float(value!(Float64Type)),
        DataType::Decimal128(_, 0) if meaning == Meaning::UnsignedHuge => huge(value!(Decimal128Type)),
        DataType::Decimal128(_, 0) => Field::Int(value!(Decimal128Type)),
        DataType::Decimal128(_, scale) => Field::Decimal(decimal(value!(Decimal128Type), (*scale).unsigned_abs())),
        DataType::Utf8 if meaning == Meaning::Json => Field::Json(column.as_string::<i32>().value(row).to_owned()),
        DataType::Utf8 => Field::Text(column.as_string::<i32>().value(row).to_owned()),
        DataType::Binary if meaning == Meaning::Bits => Field::Text(bits(column.as_binary::<i32>().value(row))),
        DataType::Binary => Field::Blob(column.as_binary::<i32>().value(row).to_vec()),
        DataType::Date32 => Field::Date(date(value!(Date32Type))),
        DataType::Time64(TimeUnit::Nanosecond) => Field::Time(calendar::time(value!(Time64NanosecondType), 9)),
        DataType::Time64(_) => Field::Time(calendar::time(value!(Time64MicrosecondType), 6)),
        DataType::Timestamp(unit, zone) => {
            let (value, digits) = match unit {
                TimeUnit::Second => (value!(TimestampSecondType), 0),
                TimeUnit::Millisecond => (value!(TimestampMillisecondType), 3),
                TimeUnit::Microsecond => (value!(TimestampMicrosecondType), 6),
                TimeUnit::Nanosecond => (value!(TimestampNanosecondType), 9),
            };
            Field::Timestamp(timestamp(value, digits, zone.is_some()))
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = value!(IntervalMonthDayNanoType);
            Field::Text(interval(value.months, value.days, value.nanoseconds / 1000))
        }
        DataType::List(_) => Field::List(fields(&column.as_list::<i32>().value(row))),
        DataType::FixedSizeList(..) => Field::List(fields(&column.as_fixed_size_list().value(row))),
        DataType::Struct(_) => Field::Object(object(column.as_struct(), row)),
        DataType::Map(..) => {
            let entries = column.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entry = |row| (field(keys, row, Meaning::Plain).to_text(), field(values, row, Meaning::Plain));
            Field::Object((0..entries.len()).map(entry).collect())
        }
        DataType::Union(..) => match column.as_any().downcast_ref::<UnionArray>() {
            Some(union) => field(union.child(union.type_id(row)), union.value_offset(row), Meaning::Plain),
            None => Field::Null,
        },
        _ => array_value_to_string(column, row).map_or(Field::Null, Field::Text),
    }
}

fn fields(values: &ArrayRef) -> Vec<Field> {
    (0..values.len()).map(|row| field(values, row, Meaning::Plain)).collect()
}

fn object(values: &StructArray, row: usize) -> Vec<(String, Field)> {
    let columns = values.columns().iter().zip(values.column_names());
    columns.map(|(column, name)| (name.to_owned(), field(column, row, Meaning::Plain))).collect()
}

fn huge(value: i128) -> Field {
    match u128::try_from(value) {
        Ok(_) => Field::Int(value),
        Err(_) => Field::Decimal(value.cast_unsigned().to_string()),
    }
}

fn bits(bytes: &[u8]) -> String {
    let Some((skip, bytes)) = bytes.split_first() else { return String::new() };
    let digits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    digits.get(usize::from(*skip)..).unwrap_or_default().to_owned()
}

fn decimal(value: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if value < 0 { "-" } else { "" })
}

fn date(days: i32) -> String {
    match days {
        i32::MAX => "infinity".into(),
        days if days == -i32::MAX => "-infinity".into(),
        days => calendar::date(days.into()),
    }
}

/// `digits` decimal digits of a second make one unit of `value`.
fn timestamp(value: i64, digits: u32, has_zone: bool) -> String {
    match value {
        i64::MAX => return "infinity".into(),
        value if value == -i64::MAX => return "-infinity".into(),
        _ => {}
    }
    format!("{}{}", calendar::timestamp(value, digits), if has_zone { "Z" } else { "" })
}

/// `1 year 2 months 3 days 04:05:06`, as the engine writes it.
fn interval(months: i32, days: i32, micros: i64) -> String {
    let mut parts = Vec::new();
    for (count, unit) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if count != 0 {
            parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    if micros != 0 || parts.is_empty() {
        let magnitude = i64::try_from(micros.unsigned_abs()).unwrap_or(i64::MAX);
        parts.push(format!("{}{}", if micros < 0 { "-" } else { "" }, calendar::time(magnitude, 6)));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_a_form() {
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(123_456, 3), "123.456");
        assert_eq!(timestamp(-1, 9, true), "1969-12-31T23:59:59.999999999Z");
        assert_eq!(timestamp(i64::MAX, 6, true), "infinity");
        assert_eq!(interval(14, 3, 14_706_000_000), "1 year 2 months 3 days 04:05:06");
        assert_eq!(interval(0, 0, 0), "00:00:00");
        assert_eq!(interval(0, 0, -1), "-00:00:00.000001");
        assert_eq!(huge(-1), Field::Decimal(u128::MAX.to_string()));
    }
}
