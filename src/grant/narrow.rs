//! The one rule of delegation: a child is never wider than its parent.

use alloc::string::String;
use core::fmt;

/// How deep delegation may go at the most, whatever a deployment configures (Grantex
/// section 8: default 3, hard cap 10).
pub const DEEPEST: u32 = 10;

/// What a grant allows, as far as delegation can widen it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent<'a> {
    /// The scopes, compared whole: no scope implies another.
    pub scopes: &'a [String],
    /// Seconds since 1970.
    pub expires_at: i64,
    /// 0 for what the principal gave, one more for each delegation.
    pub depth: u32,
}

/// In which way a child is wider than its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wider {
    /// It has this scope, which the parent lacks.
    Scope(String),
    /// It lives longer than the parent.
    Expiry,
    /// It is not exactly one step deeper than the parent, or deeper than [`DEEPEST`].
    Depth,
}

impl Wider {
    /// The stable code, the one of a [`Refusal`](crate::jose::Refusal).
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Scope(_) => "delegation_scope_wider",
            Self::Expiry => "delegation_outlives_parent",
            Self::Depth => "delegation_depth_invalid",
        }
    }
}

impl fmt::Display for Wider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl core::error::Error for Wider {}

impl Extent<'_> {
    /// Whether `self` may be delegated from `parent`.
    ///
    /// # Errors
    /// [`Wider`]: the first way in which it may not.
    pub fn within(&self, parent: &Extent<'_>) -> Result<(), Wider> {
        if let Some(scope) = self
            .scopes
            .iter()
            .find(|scope| !parent.scopes.contains(scope))
        {
            return Err(Wider::Scope(scope.clone()));
        }
        if self.expires_at > parent.expires_at {
            return Err(Wider::Expiry);
        }
        if parent.depth.checked_add(1) != Some(self.depth) || self.depth > DEEPEST {
            return Err(Wider::Depth);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::{borrow::ToOwned, vec, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    fn scopes(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn equal_scopes_and_expiry_one_step_deeper_are_within() {
        let given = scopes(&["a", "b"]);
        let parent = Extent {
            scopes: &given,
            expires_at: 100,
            depth: 0,
        };
        assert_eq!(
            Extent {
                depth: 1,
                ..parent.clone()
            }
            .within(&parent),
            Ok(())
        );
    }

    #[test]
    fn each_way_of_being_wider_is_named() {
        let (given, more) = (scopes(&["a"]), scopes(&["a", "b"]));
        let parent = Extent {
            scopes: &given,
            expires_at: 100,
            depth: 3,
        };
        let child = Extent {
            depth: 4,
            ..parent.clone()
        };
        assert_eq!(
            Extent {
                scopes: &more,
                ..child.clone()
            }
            .within(&parent),
            Err(Wider::Scope("b".to_owned()))
        );
        assert_eq!(
            Extent {
                expires_at: 101,
                ..child.clone()
            }
            .within(&parent),
            Err(Wider::Expiry)
        );
        for depth in [0, 3, 5] {
            assert_eq!(
                Extent {
                    depth,
                    ..child.clone()
                }
                .within(&parent),
                Err(Wider::Depth)
            );
        }
        let deepest = Extent {
            depth: DEEPEST,
            ..parent.clone()
        };
        assert_eq!(
            Extent {
                depth: DEEPEST + 1,
                ..parent
            }
            .within(&deepest),
            Err(Wider::Depth)
        );
    }

    #[test]
    fn a_scope_implies_no_other() {
        let (given, wanted) = (scopes(&["files", "files:*"]), scopes(&["files:read"]));
        let parent = Extent {
            scopes: &given,
            expires_at: 1,
            depth: 0,
        };
        let child = Extent {
            scopes: &wanted,
            expires_at: 1,
            depth: 1,
        };
        assert_eq!(
            child.within(&parent),
            Err(Wider::Scope("files:read".to_owned()))
        );
    }

    proptest! {
        #[test]
        fn a_chain_of_steps_within_never_leaves_its_root(
            root in prop::collection::vec("[a-d]", 1..5),
            steps in prop::collection::vec((prop::collection::vec("[a-e]", 0..5), -3i64..3), 0..12),
        ) {
            let mut holders = vec![(root.clone(), 1000i64, 0u32)];
            for (scopes, later) in steps {
                let (parent_scopes, parent_expiry, parent_depth) = holders.last().unwrap().clone();
                let parent =
                    Extent { scopes: &parent_scopes, expires_at: parent_expiry, depth: parent_depth };
                let child =
                    Extent { scopes: &scopes, expires_at: parent_expiry + later, depth: parent_depth + 1 };
                if child.within(&parent).is_ok() {
                    holders.push((scopes.clone(), child.expires_at, child.depth));
                }
            }
            for (scopes, expiry, depth) in holders {
                prop_assert!(scopes.iter().all(|scope| root.contains(scope)));
                prop_assert!(expiry <= 1000 && depth <= DEEPEST);
            }
        }
    }
}
