//! A value that was found good, walked once from its front to its end. Views of views would
//! pass over what is innermost once for each level that is around it.

use super::scanner::{Scanner, Stop};
use super::text::Text;
use super::value::Value;
use super::{JsonError, Limits};

/// Where a walk has come to.
#[derive(Debug)]
pub(crate) struct Walk<'a>(Scanner<'a>);

/// What stands next.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// An array: [`Walk::element`] tells whether there is one before each of its elements.
    Array,
    /// An object: [`Walk::name`] comes before each of its values.
    Object,
    /// A value that has none within.
    Leaf(Value<'a>),
}

impl<'a> Walk<'a> {
    /// Stands before an array or an object.
    pub(super) fn over(text: &'a str, limits: Limits) -> Self {
        Self(Scanner::over(text, limits))
    }

    /// Steps into what stands next, or over it where nothing is within.
    pub(crate) fn step(&mut self) -> Result<Step<'a>, JsonError> {
        let scanner = &mut self.0;
        scanner.whitespace();
        let step = match scanner.peek() {
            b'[' => Step::Array,
            b'{' => Step::Object,
            _ => {
                let leaf = scanner.value(0).map_err(|Stop| scanner.error())?;
                return Ok(Step::Leaf(leaf.value(scanner.text, scanner.limits)));
            }
        };
        scanner.step();
        Ok(step)
    }

    /// Whether the array has another element, not its first where it was `started`; where not,
    /// the walk has left it.
    pub(crate) fn element(&mut self, started: bool) -> Result<bool, JsonError> {
        let another = self.0.another(started, b']');
        another.map_err(|Stop| self.0.error())
    }

    /// The name of the object's next member, likewise.
    pub(crate) fn name(&mut self, started: bool) -> Result<Option<Text<'a>>, JsonError> {
        let name = self.0.name(0, started).map_err(|Stop| self.0.error())?;
        Ok(name.map(|name| name.text(self.0.text)))
    }
}
