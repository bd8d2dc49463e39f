//! The HTTP surface, line by line, generated and checked in: a review's diff shows any change.
//! `COUNTERSIGN_REWRITE=1 cargo test --features authority --test routes` writes it again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_docs,
    reason = "tests fail by panicking, and run where std is"
)]

#[path = "support/golden.rs"]
mod golden;

use countersign::doors::{DOORS, Handler, Method};
use golden::assert_current;
use std::{collections::HashSet, fmt::Write as _};

/// In the order in which routes are tried, as the first match wins.
fn table() -> String {
    let mut text = String::from(
        "# Generated from the doors' tables by tests/routes.rs. Method, path, where it runs: at\n\
         # the front, or inside the account that the request names. The first match wins.\n",
    );
    for door in DOORS {
        let prefix = if door.prefix.is_empty() {
            "/"
        } else {
            door.prefix
        };
        writeln!(text, "\n[{prefix}]").unwrap();
        for route in door.routes {
            let runs = match route.handler {
                Handler::Front(_) => "front",
                Handler::Account { .. } => "account",
            };
            let path = format!("{}{}", door.prefix, route.pattern);
            writeln!(text, "{:7} {path:72} {runs}", route.method.as_str()).unwrap();
        }
    }
    text
}

#[test]
fn the_table_of_routes_is_current() {
    assert_current(
        "tests/golden/routes.txt",
        &table(),
        "--features authority --test routes",
    );
}

/// Grantex section 1: never a limit on the keys; and nothing else is without one.
#[test]
fn the_keys_alone_are_open_to_whoever_asks_too_often() {
    for route in DOORS.iter().flat_map(|door| door.routes) {
        let is_keys = route.pattern.ends_with("jwks.json") && route.method == Method::Get;
        assert_eq!(route.flood_limited, !is_keys, "{}", route.pattern);
    }
}

/// A route after another with the same method and an equal or more general pattern is never
/// reached.
#[test]
fn no_route_hides_another() {
    let hides = |general: &str, special: &str| {
        general.split('/').count() == special.split('/').count()
            && general
                .split('/')
                .zip(special.split('/'))
                .all(|(one, other)| one.starts_with('{') || one == other)
    };
    for door in DOORS {
        for (at, route) in door.routes.iter().enumerate() {
            for later in door.routes.iter().skip(at + 1) {
                assert!(
                    route.method != later.method || !hides(route.pattern, later.pattern),
                    "{}: {} hides {}",
                    door.prefix,
                    route.pattern,
                    later.pattern
                );
            }
        }
    }
}

/// The longest prefix comes first: a door before another that begins with its own prefix
/// would take the other's requests.
#[test]
fn no_door_hides_another() {
    let mut before = HashSet::new();
    for door in DOORS {
        for earlier in &before {
            let rest = door.prefix.strip_prefix(*earlier);
            assert!(
                !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
                "{earlier} hides {}",
                door.prefix
            );
        }
        before.insert(door.prefix);
    }
}
