//! Rows on their way into columns: each value beside the two levels that tell Parquet which of the
//! things around it are there (definition) and which list it goes on with (repetition).

use parquet::data_type::ByteArray;
use serde_json::Value as Json;

use super::layout::{Field, Layout, Leaf, Node};

/// What makes a record no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    /// A field that must be there is not.
    #[error("has no {0}")]
    Missing(String),
    /// A field is of another type.
    #[error("has something else than expected in {0}")]
    OtherType(String),
}

/// Rows that wait to be written.
pub(super) struct Columns {
    pub(super) layout: Layout,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

/// The values of one column.
pub(super) struct Column {
    pub(super) values: Values,
    pub(super) definitions: Vec<i16>,
    pub(super) repetitions: Vec<i16>,
}

/// Those that are there.
pub(super) enum Values {
    Flags(Vec<bool>),
    Ints(Vec<i32>),
    Longs(Vec<i64>),
    Doubles(Vec<f64>),
    Texts(Vec<ByteArray>),
}

/// How deep in optional values and lists something stands.
#[derive(Clone, Copy)]
struct Depth {
    definition: i16,
    repetition: i16,
}

impl Columns {
    pub(super) fn new(layout: Layout) -> Columns {
        let columns = layout.leaves.iter().map(|leaf| Column::new(*leaf)).collect();
        Columns { layout, columns, rows: 0, bytes: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// About how much memory the rows take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Hands the rows over.
    pub(super) fn take(&mut self) -> Vec<Column> {
        (self.rows, self.bytes) = (0, 0);
        let fresh = self.layout.leaves.iter().map(|leaf| Column::new(*leaf)).collect();
        std::mem::replace(&mut self.columns, fresh)
    }

    /// Adds a line of the log as a row. After an error the rows are of no use any more.
    ///
    /// # Errors
    /// [`Unfit`].
    pub(super) fn push(&mut self, line: &Json, value: &Json) -> Result<(), Unfit> {
        let Columns { layout, columns, bytes, .. } = self;
        let mut row = Row { columns, bytes };
        let beside = |name: &str| match name {
            "log_time" => line["time"].as_str().and_then(milliseconds).map(Json::from),
            name => line.get(name.trim_start_matches("log_")).cloned(),
        };
        let top = Depth { definition: 0, repetition: 0 };
        for (name, field) in &layout.beside {
            row.field(name, field, beside(name).as_ref(), top)?;
        }
        for (name, field) in &layout.fields {
            row.field(name, field, value.get(name), top)?;
        }
        self.rows += 1;
        Ok(())
    }
}

fn milliseconds(time: &str) -> Option<i64> {
    time.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

struct Row<'a> {
    columns: &'a mut [Column],
    bytes: &'a mut usize,
}

impl Row<'_> {
    fn field(
        &mut self,
        name: &str,
        field: &Field,
        value: Option<&Json>,
        mut depth: Depth,
    ) -> Result<(), Unfit> {
        let value = value.filter(|value| !value.is_null());
        if field.optional {
            if value.is_none() {
                self.absent(&field.node, depth);
                return Ok(());
            }
            depth.definition += 1;
        }
        let value = value.ok_or_else(|| Unfit::Missing(name.to_owned()))?;
        match &field.node {
            Node::Leaf(column) => self.leaf(*column, value, depth, name),
            Node::Group(fields) => {
                for (inner, field) in fields {
                    let path = format!("{name}.{inner}");
                    self.field(&path, field, value.get(inner), depth)?;
                }
                Ok(())
            }
            Node::List(level, element) => {
                let items = value.as_array().ok_or_else(|| Unfit::OtherType(name.to_owned()))?;
                if items.is_empty() {
                    self.absent(&element.node, depth);
                }
                depth.definition += 1;
                for item in items {
                    self.field(name, element, Some(item), depth)?;
                    depth.repetition = *level;
                }
                Ok(())
            }
        }
    }

    /// Notes in every column below that there is no value.
    fn absent(&mut self, node: &Node, depth: Depth) {
        match node {
            Node::Leaf(column) => self.columns[*column].levels(depth),
            Node::Group(fields) => fields.iter().for_each(|(_, it)| self.absent(&it.node, depth)),
            Node::List(_, element) => self.absent(&element.node, depth),
        }
    }

    fn leaf(&mut self, at: usize, value: &Json, depth: Depth, name: &str) -> Result<(), Unfit> {
        let column = &mut self.columns[at];
        let bytes = column.push(value).ok_or_else(|| Unfit::OtherType(name.to_owned()))?;
        *self.bytes += bytes;
        column.levels(depth);
        Ok(())
    }
}

/// Beside a text its vector holds a pointer and more.
const TEXT_OVERHEAD_BYTES: usize = 48;

impl Column {
    fn new(leaf: Leaf) -> Column {
        let values = match leaf {
            Leaf::Flag => Values::Flags(Vec::new()),
            Leaf::Int => Values::Ints(Vec::new()),
            Leaf::Long | Leaf::TimeMs => Values::Longs(Vec::new()),
            Leaf::Double => Values::Doubles(Vec::new()),
            Leaf::Text => Values::Texts(Vec::new()),
        };
        Column { values, definitions: Vec::new(), repetitions: Vec::new() }
    }

    fn levels(&mut self, depth: Depth) {
        self.definitions.push(depth.definition);
        self.repetitions.push(depth.repetition);
    }

    /// Adds a value and says what it takes; none when it is of another type.
    fn push(&mut self, value: &Json) -> Option<usize> {
        Some(match &mut self.values {
            Values::Flags(flags) => {
                flags.push(value.as_bool()?);
                1
            }
            Values::Ints(ints) => {
                ints.push(i32::try_from(value.as_i64()?).ok()?);
                4
            }
            Values::Longs(longs) => {
                longs.push(value.as_i64()?);
                8
            }
            Values::Doubles(doubles) => {
                doubles.push(value.as_f64()?);
                8
            }
            Values::Texts(texts) => {
                // A document of somebody else is shown as JSON where it is JSON.
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let bytes = text.len() + TEXT_OVERHEAD_BYTES;
                texts.push(ByteArray::from(text.into_bytes()));
                bytes
            }
        })
    }
}
