//! The columns that a record becomes, by its schema.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};
use schemas::shape::Shape;

/// What stands beside the record on the log; the names do not occur among fields.
const BESIDE: [(&str, Shape); 4] = [
    ("log_partition", Shape::Int),
    ("log_offset", Shape::Long),
    ("log_time", Shape::TimeMs),
    ("log_key", Shape::Text),
];

/// A record as columns.
pub(super) struct Layout {
    /// The file's schema.
    pub(super) schema: TypePtr,
    /// What stands beside the record, in the order of its columns.
    pub(super) beside: Vec<(String, Field)>,
    /// The record's fields.
    pub(super) fields: Vec<(String, Field)>,
    /// The type of each column, in order.
    pub(super) leaves: Vec<Leaf>,
}

/// A field, or an element of a list.
pub(super) struct Field {
    /// It may be absent.
    pub(super) optional: bool,
    pub(super) node: Node,
}

/// What a field is made of.
pub(super) enum Node {
    /// The column with this number.
    Leaf(usize),
    Group(Vec<(String, Field)>),
    /// How many lists it stands in, itself included: its repetition level.
    List(i16, Box<Field>),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Flag,
    Int,
    Long,
    TimeMs,
    Double,
    Text,
}

impl Layout {
    /// The columns of a record with these fields.
    pub(super) fn of(record: &str, fields: &[(String, Shape)]) -> Result<Layout, ParquetError> {
        let mut leaves = Vec::new();
        let beside = BESIDE.map(|(name, shape)| (name.to_owned(), shape));
        let (mut types, beside) = group(&beside, 0, &mut leaves)?;
        let (more, fields) = group(fields, 0, &mut leaves)?;
        types.extend(more);
        let name = record.rsplit('.').next().unwrap_or(record);
        let schema = Arc::new(Type::group_type_builder(name).with_fields(types).build()?);
        Ok(Layout { schema, beside, fields, leaves })
    }
}

/// A group's types for the file, and its fields.
type Group = (Vec<TypePtr>, Vec<(String, Field)>);

fn group(
    fields: &[(String, Shape)],
    lists: i16,
    leaves: &mut Vec<Leaf>,
) -> Result<Group, ParquetError> {
    let mut types = Vec::with_capacity(fields.len());
    let mut made = Vec::with_capacity(fields.len());
    for (name, shape) in fields {
        let (kind, field) = field(name, shape, false, lists, leaves)?;
        types.push(kind);
        made.push((name.clone(), field));
    }
    Ok((types, made))
}

fn field(
    name: &str,
    shape: &Shape,
    optional: bool,
    lists: i16,
    leaves: &mut Vec<Leaf>,
) -> Result<(TypePtr, Field), ParquetError> {
    let leaf = match shape {
        Shape::Optional(shape) => return field(name, shape, true, lists, leaves),
        Shape::List(element) => return list(name, element, optional, lists, leaves),
        Shape::Record(fields) => {
            let (types, fields) = group(fields, lists, leaves)?;
            let kind = Type::group_type_builder(name)
                .with_repetition(repetition(optional))
                .with_fields(types)
                .build()?;
            return Ok((Arc::new(kind), Field { optional, node: Node::Group(fields) }));
        }
        Shape::Flag => Leaf::Flag,
        Shape::Int => Leaf::Int,
        Shape::Long => Leaf::Long,
        Shape::TimeMs => Leaf::TimeMs,
        Shape::Double => Leaf::Double,
        // Bytes are documents of somebody else; a column has their JSON text.
        Shape::Text | Shape::Bytes => Leaf::Text,
    };
    leaves.push(leaf);
    let kind = Type::primitive_type_builder(name, leaf.physical())
        .with_repetition(repetition(optional))
        .with_logical_type(leaf.logical())
        .build()?;
    Ok((Arc::new(kind), Field { optional, node: Node::Leaf(leaves.len() - 1) }))
}

/// Lists have three levels in Parquet: the list, its repeated part, the element.
fn list(
    name: &str,
    element: &Shape,
    optional: bool,
    lists: i16,
    leaves: &mut Vec<Leaf>,
) -> Result<(TypePtr, Field), ParquetError> {
    let lists = lists + 1;
    let (element_type, element) = field("element", element, false, lists, leaves)?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![element_type])
        .build()?;
    let kind = Type::group_type_builder(name)
        .with_repetition(repetition(optional))
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)])
        .build()?;
    Ok((Arc::new(kind), Field { optional, node: Node::List(lists, Box::new(element)) }))
}

const fn repetition(optional: bool) -> Repetition {
    if optional { Repetition::OPTIONAL } else { Repetition::REQUIRED }
}

impl Leaf {
    const fn physical(self) -> Physical {
        match self {
            Leaf::Flag => Physical::BOOLEAN,
            Leaf::Int => Physical::INT32,
            Leaf::Long | Leaf::TimeMs => Physical::INT64,
            Leaf::Double => Physical::DOUBLE,
            Leaf::Text => Physical::BYTE_ARRAY,
        }
    }

    fn logical(self) -> Option<LogicalType> {
        match self {
            Leaf::TimeMs => Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
            Leaf::Text => Some(LogicalType::String),
            Leaf::Flag | Leaf::Int | Leaf::Long | Leaf::Double => None,
        }
    }
}
