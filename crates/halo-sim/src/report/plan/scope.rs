//! Names: which column of which source of which query a name means.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::report::error::{Res, fail};
use crate::report::exec::group::Agg;
use crate::report::exec::window::Window;
use crate::report::expr::Ex;
use crate::report::types::Ty;

/// A column of the rows of a query or a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: Option<String>,
    pub(super) ty: Ty,
}

/// One table, derived table or CTE in FROM.
pub(super) struct Source {
    /// Its name in this query, in lower case.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Where its columns begin in the joined row.
    pub(super) offset: usize,
}

/// What GROUP BY and aggregates make of the rows, while the rest of the SELECT is compiled.
pub(super) struct Grouping {
    pub(super) keys: Vec<(Ex, Ty)>,
    pub(super) aggs: Vec<Agg>,
}

/// A window function, and where its value will stand.
pub(super) type Placed = (Window, Rc<Cell<usize>>);

/// The names that one SELECT can use.
pub(super) struct Scope<'p> {
    pub(super) sources: Vec<Source>,
    pub(super) parent: Option<&'p Scope<'p>>,
    /// Whether a name of a query further out was used.
    pub(super) escaped: Cell<bool>,
    pub(super) grouping: RefCell<Option<Grouping>>,
    /// Whether names mean groups, not rows; off inside an aggregate.
    pub(super) grouped: Cell<bool>,
    /// The clause that is compiled, as messages name it.
    pub(super) clause: Cell<&'static str>,
    /// Window functions met so far; `None` where none may be.
    pub(super) windows: RefCell<Option<Vec<Placed>>>,
}

impl<'p> Scope<'p> {
    pub(super) fn new(parent: Option<&'p Scope<'p>>) -> Self {
        Self {
            sources: Vec::new(),
            parent,
            escaped: Cell::new(false),
            grouping: RefCell::new(None),
            grouped: Cell::new(false),
            clause: Cell::new("select list"),
            windows: RefCell::new(None),
        }
    }

    pub(super) fn width(&self) -> usize {
        self.sources.last().map_or(0, |source| source.offset + source.columns.len())
    }

    /// The column that a name means, here or further out.
    pub(super) fn column(&self, qualifier: Option<&str>, name: &str) -> Res<(Ex, Ty)> {
        let (mut scope, mut level) = (self, 0);
        loop {
            if let Some((place, ty)) = scope.own(qualifier, name)? {
                let found = scope.in_groups(place, qualifier, name)?;
                self.mark(level);
                return Ok(match found {
                    Ex::Col(place) if level > 0 => (Ex::Outer(level, place), ty),
                    other => (other, ty),
                });
            }
            match scope.parent {
                Some(parent) => (scope, level) = (parent, level + 1),
                None => break,
            }
        }
        match qualifier {
            Some(table) if !self.knows(table) => {
                fail(format!("The multi-part identifier \"{table}.{name}\" could not be bound."))
            }
            _ => fail(format!("Invalid column name '{name}'.")),
        }
    }

    /// This query and those between it and the one `level` further out depend on rows around them.
    fn mark(&self, level: usize) {
        let mut scope = self;
        for _ in 0..level {
            scope.escaped.set(true);
            match scope.parent {
                Some(parent) => scope = parent,
                None => return,
            }
        }
    }

    fn knows(&self, table: &str) -> bool {
        let table = table.to_lowercase();
        let mut scope = Some(self);
        while let Some(here) = scope {
            if here.sources.iter().any(|source| source.name == table) {
                return true;
            }
            scope = here.parent;
        }
        false
    }

    fn own(&self, qualifier: Option<&str>, name: &str) -> Res<Option<(usize, Ty)>> {
        let qualifier = qualifier.map(str::to_lowercase);
        let mut found = None;
        for source in self.sources.iter().filter(|source| qualifier.as_ref().is_none_or(|name| source.name == *name)) {
            let named = |column: &Column| column.name.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(name));
            let Some(place) = source.columns.iter().position(named) else { continue };
            if found.is_some() {
                return fail(format!("Ambiguous column name '{name}'."));
            }
            found = Some((source.offset + place, source.columns[place].ty));
        }
        Ok(found)
    }

    /// Behind GROUP BY only what was grouped by has one value.
    fn in_groups(&self, place: usize, qualifier: Option<&str>, name: &str) -> Res<Ex> {
        let grouping = self.grouping.borrow();
        let Some(grouping) = grouping.as_ref().filter(|_| self.grouped.get()) else { return Ok(Ex::Col(place)) };
        match grouping.keys.iter().position(|(key, _)| *key == Ex::Col(place)) {
            Some(key) => Ok(Ex::Col(key)),
            None => {
                let source = self.sources.iter().rfind(|source| source.offset <= place);
                let table =
                    source.map_or_else(|| qualifier.unwrap_or_default().to_owned(), |source| source.name.clone());
                let clause = self.clause.get();
                let reason = "it is not contained in either an aggregate function or the GROUP BY clause";
                fail(format!("Column '{table}.{name}' is invalid in the {clause} because {reason}."))
            }
        }
    }
}
