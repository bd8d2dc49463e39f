//! `Debug` for what holds a secret.

/// Writes `Debug` for a type that holds a secret: its name, the fields that anybody may see,
/// and that there are others.
macro_rules! debug_without_secrets {
    ($type:ident $(<$lifetime:lifetime>)? { $($field:ident),* }) => {
        impl core::fmt::Debug for $type $(<$lifetime>)? {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use alloc::format;

    struct Held<'a> {
        name: &'a str,
        #[expect(dead_code, reason = "it must not be read")]
        secret: &'a str,
    }

    debug_without_secrets!(Held<'_> { name });

    #[test]
    fn debug_shows_what_is_named_and_that_there_is_more() {
        let held = Held {
            name: "a",
            secret: "b",
        };
        assert_eq!(format!("{held:?}"), r#"Held { name: "a", .. }"#);
    }
}
